"""What is wrong with one DRBD disk, by both its sides: the gravest thing that can be said of it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.drbd.facts.side import Side
from checks.drbd.facts.sides import DiskSides
from checks.drbd.rules.disk_pairs import LOOK_AGAIN, Pair
from checks.drbd.states import (
    APART,
    CONGESTED,
    HANDSHAKE,
    LINKED,
    RESYNC,
    SYNCING,
    WITHOUT_DISK,
    Connection,
    Disk,
    Role,
)
from checks.look.rule import suggest
from engine.english import join_and
from engine.findings import Suggestion

SPLIT = frozenset({"diverged", "unrelated"})
"""How two sides stand to each other that DRBD does not connect again by itself."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """What is wrong with one disk.

    Attributes:
        title: what follows its name.
    """

    code: str
    title: str
    next: str
    suggestion: Suggestion | None = None


def syncing(one: Pair) -> Ailment:
    """It is being resynchronised, or should be."""
    name = one.instance.name
    done = next((f" ({side.synced} % done)" for side in one.sides if side.synced is not None), "")
    if one.moved:
        return Ailment("disk-syncing", f"is being resynchronised{done} and moves.", "Wait for it to end.")
    return Ailment(
        "disk-sync-stalled",
        f"should be resynchronised{done}{_moving(one)}.",
        f"Look at the network and at the storage of {one.own.node} and {one.other.node}, and at the jobs of {name}: a"
        " paused sync is resumed by the job that paused it.",
    )


def ailment(one: Pair, seen: DiskSides, *, cut: bool) -> Ailment:  # noqa: PLR0911 - one return for each ailment
    """The one thing to be said about a disk that is not well; the gravest comes first.

    Args:
        one: the disk as both nodes see it, and some seconds later.
        seen: both sides, compared.
        cut: the nodes do not reach each other at their addresses for DRBD.
    """
    name = one.instance.name
    states = {side.connection for side in one.sides if side.seen}
    connected = states <= LINKED
    if all(side.role is Role.PRIMARY for side in one.sides) and (connected or seen.relation not in SPLIT):
        return Ailment("disk-two-primaries", "is Primary on both its nodes: both may write to it.",
                       f"See on both nodes whether {name} runs there; it must run on one only.")  # fmt: skip
    if states == {Connection.UNCONFIGURED}:
        return Ailment("disk-inactive", "is active on none of its nodes, although it should be.",
                       f"On the master: gnt-instance activate-disks {name}")  # fmt: skip
    lost = next((side for side in seen.sides if side.lost_disk), None)
    if lost is not None:
        return _ran_diskless(one, seen, lost)
    if not connected and seen.relation in SPLIT:
        return _diverged(seen, name)
    diskless = [side.node for side in one.sides if side.disk in WITHOUT_DISK and side.seen]
    if diskless:
        return Ailment("disk-missing", f"has lost its backing disk on {join_and(diskless)}.",
                       "See why (lvs and the kernel log there): a disk that fails will fail again.",
                       suggest("split-brain-replace", instance=name))  # fmt: skip
    if states & HANDSHAKE:
        return _handshake(one, seen)
    if connected and states & CONGESTED:
        return _congested(one)
    if connected and states & RESYNC:
        return syncing(one)
    if not connected:
        return _apart(one, seen, cut=cut)
    bad = [f"{side.disk} on {side.node}" for side in one.sides if side.disk is not Disk.UP_TO_DATE]
    return Ailment("disk-degraded", f"is not in sync: {join_and(bad) or ', '.join(sorted(states))}.",
                   f"Do not make that side Primary. On the master: gnt-instance activate-disks {name}")  # fmt: skip


def _ran_diskless(one: Pair, seen: DiskSides, lost: Side) -> Ailment:
    other = next(side.node for side in seen.sides if side is not lost)
    return Ailment(
        "disk-ran-diskless",
        f"was lost on {lost.node} while it was in use there: what was written next is on {other} only.",
        f"{lost.node} may hold old data that looks good. Do not activate or reconnect it, and do not restart"
        f" {lost.node}: DRBD may take it for the newer side and throw the good one away. The watcher would do it within"
        f" minutes: gnt-cluster watcher pause 12h. {_worth(seen)}",
        suggest("split-brain-replace", instance=one.instance.name),
    )


def _diverged(seen: DiskSides, name: str) -> Ailment:
    what = "hold different data" if seen.relation == "diverged" else "hold data that have nothing in common"
    return Ailment(
        "disk-diverged",
        f"has split: {join_and([_changed(side) for side in seen.sides])}. Its two sides {what} (split brain).",
        f"One side has to be given up; whatever connects them again will not choose. {_worth(seen)}",
        suggest("split-brain-replace", instance=name),
    )


def _changed(side: Side) -> str:
    return f"{side.node} was written alone ({side.changes} changed)"


def _congested(one: Pair) -> Ailment:
    behind = [side.node for side in one.sides if side.connection is not Connection.AHEAD]
    return Ailment(
        "disk-behind",
        f"is connected, and its side on {join_and(behind)} is behind: the network is too slow for what is written.",
        f"DRBD copies what is missing once the network has room again. Until then {join_and(behind)} must not take over"
        f" {one.instance.name}. Look at the network between {one.own.node} and {one.other.node}.",
    )


def _handshake(one: Pair, seen: DiskSides) -> Ailment:
    phase = ", ".join(sorted({side.connection for side in one.sides} & SYNCING))
    if one.moved:
        return Ailment("disk-syncing", f"is in the handshake of its two sides ({phase}) and moves.",
                       "Wait for it to end.")  # fmt: skip
    held = [f"{name} on {side.node}" for side in seen.sides for name in side.suspended]
    where = f" {join_and(held)} is suspended: nothing written there ever ends." if held else ""
    return Ailment(
        "disk-stuck",
        f"is stuck in the handshake of its two sides ({phase}){_moving(one)}.",
        f"Ask nothing of DRBD's tools there: they hang as well. Look at the storage of {one.other.node}.{where}",
        suggest("split-brain-stuck", instance=one.instance.name),
    )


def _apart(one: Pair, seen: DiskSides, *, cut: bool) -> Ailment:
    """Two sides that do not see each other, and of which one has all that the other one has, as far as is known."""
    name = one.instance.name
    partial = [side.node for side in one.sides if side.seen and side.disk is Disk.INCONSISTENT]
    alone = [side.node for side in one.sides if side.connection is Connection.STANDALONE]
    if partial:
        return Ailment(
            "disk-sync-broken",
            f"is not connected, and its side on {join_and(partial)} is only half written: a resync was broken off.",
            f"The side on {join_and(partial)} must not be made Primary. {_worth(seen)}",
            suggest("split-brain-replace", instance=name),
        )
    if cut:
        then = f", and for {join_and(alone)} by gnt-instance activate-disks {name}." if alone else "."
        return Ailment("disk-cut", "is not connected: its two nodes do not reach each other.",
                       f"It connects again once that network works{then}")  # fmt: skip
    if alone:
        both = len(alone) == len(one.sides)
        return Ailment(
            "disk-standalone",
            f"was disconnected for good by {'both its sides' if both else 'one of its sides'}, {join_and(alone)}"
            " (StandAlone).",
            _worth(seen)
            if seen.relation != "unknown"
            else "From /proc/drbd alone a split brain (both sides written)"
            " looks like a refused connection: before anything is connected again, find out which side was written"
            " last.",
            suggest("split-brain-cleanup", instance=name),
        )
    both = all(side.connection in APART for side in one.sides)
    return Ailment(
        "disk-waits",
        f"is not connected: {'both sides wait' if both else 'one side waits'} for the other one.",
        f"See whether TCP port {_port(one)} is let through between {one.own.node} and {one.other.node} (their secondary"
        " addresses).",
        suggest("split-brain-cleanup", instance=name),
    )


def _port(one: Pair) -> str:
    return str(next((disk.port for disk in one.instance.disks if disk.index == one.own.index), None) or "of the disk")


def _worth(seen: DiskSides) -> str:
    if not seen.keep:
        return f"Which side matters is not known: {seen.why}."
    return f"Worth keeping, as far as can be seen: {seen.keep}; {seen.why}."


def _moving(one: Pair) -> str:
    if one.moved is None:
        return "; whether it moves could not be seen"
    return " and moves" if one.moved else f" and did not move within {LOOK_AGAIN:.0f} s"
