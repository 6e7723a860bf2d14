"""DRBD disks that are not as they should be. Both sides are looked at: each alone has been seen to mislead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.diagnosis.pairs import LOOK_AGAIN, MOVES, Pair, line, pairs
from checks.diagnosis.split import word_of_the_kernel
from checks.diagnosis.words import away, disk, finding, instance, key, node, returned
from checks.facts.disks import UNCONFIGURED, DiskState
from engine.diagnosis import Finding, Subject, Unknown
from engine.knowledge import Context
from engine.template.filters import join_and, plural

GOOD = "UpToDate"
WAITS = "WFConnection"
ALONE = "StandAlone"
MIRRORING = frozenset({"SyncSource", "SyncTarget"})
CUT = frozenset({WAITS, "Timeout", "BrokenPipe", "NetworkFailure", "ProtocolError", "TearDown", "Disconnecting",
                 "Unconnected"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ailment:
    """What is wrong with one disk."""

    code: str
    title: str
    weight: int
    next: str


def disks(context: Context) -> Iterator[Finding | Unknown]:
    """A disk that is not connected and up to date on both its nodes."""
    alone: dict[str, list[Pair]] = {}
    inactive: dict[str, list[Pair]] = {}
    for one in pairs(context):
        if isinstance(one, Unknown):
            yield one
            continue
        hidden = [side for side in one.sides if not side.seen]
        missing = [side for side in one.sides if side.connection == UNCONFIGURED]
        if len(hidden) == len(one.sides) or (len(missing) + len(hidden) == len(one.sides) and not one.wanted):
            continue
        if hidden and _only_waits(next(side for side in one.sides if side.seen)):
            alone.setdefault(hidden[0].node, []).append(one)
        elif missing and not hidden and len(missing) < len(one.sides):
            inactive.setdefault(missing[0].node, []).append(one)
        elif missing or not all(side.in_sync for side in one.sides if side.seen) or _both_primary(one):
            yield from _finding(context, one)
    yield from (_without_peer(name, some) for name, some in alone.items())
    yield from (_inactive_on(name, some) for name, some in inactive.items())


def _only_waits(side: DiskState) -> bool:
    return side.connection == UNCONFIGURED or (side.connection, side.disk) == (WAITS, GOOD)


def _both_primary(one: Pair) -> bool:
    return all(side.role == "Primary" for side in one.sides)


def _without_peer(name: str, some: list[Pair]) -> Finding:
    return finding(
        "disks-without-peer",
        f"{plural(len(some), 'disk has', 'disks have')} no second copy, because nothing is seen of {name}.",
        node(name),
        *_instances(some),
        evidence=tuple(f"{one.name}: {line(side)}" for one in some for side in one.sides if side.seen),
        weight=300,
        next=f"They connect again by gnt-instance activate-disks once {name} is back.",
        explained_by=away(name),
        key_about=(node(name),),
    )


def _inactive_on(name: str, some: list[Pair]) -> Finding:
    names = join_and([one.name for one in _instances(some)])
    return finding(
        "disks-inactive",
        f"{plural(len(some), 'disk is', 'disks are')} not active on {name}, as after a restart of that node.",
        node(name),
        *_instances(some),
        evidence=tuple(f"{one.name}: {line(side)}" for one in some for side in one.sides),
        weight=420,
        next=f"On the master, for {names}: gnt-instance activate-disks INSTANCE",
        explained_by=returned(name),
        key_about=(node(name),),
    )


def _finding(context: Context, one: Pair) -> Iterator[Finding | Unknown]:
    what = _ailment(one)
    evidence = one.evidence
    if ALONE in {side.connection for side in one.sides}:
        lines, unknown = word_of_the_kernel(context, one)
        evidence += lines
        if unknown:
            yield unknown
    if one.later is not None:
        evidence += tuple(f"{LOOK_AGAIN:.0f} s later: {line(side)}" for side in one.later)
    if not all(side.seen for side in one.sides):
        yield Unknown(f"whether {one.name} has a good copy elsewhere", join_and([
            f"{side.node} does not answer" for side in one.sides if not side.seen
        ]))  # fmt: skip
    yield finding(
        what.code,
        f"{one.name[0].upper()}{one.name[1:]} {what.title}",
        instance(one.instance.name),
        disk(one.own.index),
        *(node(side.node) for side in one.sides),
        evidence=evidence,
        weight=what.weight,
        next=what.next,
        explained_by=tuple(key("drbd-module", node(side.node)) for side in one.sides),
        key_about=(instance(one.instance.name), disk(one.own.index)),
    )


def _ailment(one: Pair) -> Ailment:  # noqa: PLR0911 - one return for each ailment, the gravest first
    """The one thing to be said about a disk that is not well."""
    name = one.instance.name
    seen = [side for side in one.sides if side.seen]
    states = {side.connection for side in seen}
    if _both_primary(one):
        return Ailment("disk-two-primaries", "is Primary on both its nodes: both may write to it.", 690,
                       f"See on both nodes whether {name} runs there; it must run on one only.")  # fmt: skip
    if states == {UNCONFIGURED}:
        return Ailment("disk-inactive", "is active on none of its nodes, although it should be.", 420,
                       f"On the master: gnt-instance activate-disks {name}")  # fmt: skip
    if ALONE in states:
        where = join_and([side.node for side in seen if side.connection == ALONE])
        return Ailment("disk-standalone", f"was disconnected for good by {where} (StandAlone).", 450,
                       "From /proc/drbd alone a split brain (both sides written) looks like a refused connection:"
                       " before anything is connected again, find out which side was written last.")  # fmt: skip
    diskless = [side.node for side in seen if side.disk in {"Diskless", "Failed", "Detaching"}]
    if diskless:
        return Ailment("disk-missing", f"has lost its backing disk on {join_and(diskless)}.", 440,
                       f"See why (lvs and the kernel log there); then gnt-instance replace-disks rebuilds that side"
                       f" (-p: the primary's, -s: the secondary's) of {name}.")  # fmt: skip
    if states & MIRRORING:
        return _syncing(one, name)
    if states & MOVES:
        return Ailment("disk-stuck", f"is in a handshake of its two sides ({', '.join(sorted(states & MOVES))})"
                       f"{_moving(one)}.", 430,
                       f"Look at the storage of its secondary {one.other.node} first: dmsetup info (Suspended?),"
                       " processes in state D, the kernel log. drbdsetup may hang there: use timeout.")  # fmt: skip
    if states & CUT:
        both = all(side.connection in CUT for side in seen)
        return Ailment("disk-cut", f"is not connected: {'both sides wait' if both else 'one side waits'} for the"
                       " other one.", 410,
                       f"Look at the network between {one.own.node} and {one.other.node} (their secondary addresses);"
                       f" then: gnt-instance activate-disks {name}")  # fmt: skip
    bad = [f"{side.disk} on {side.node}" for side in seen if side.disk != GOOD]
    return Ailment("disk-degraded", f"is not in sync: {join_and(bad) or ', '.join(sorted(states))}.", 430,
                   f"Do not make that side Primary. On the master: gnt-instance activate-disks {name}")  # fmt: skip


def _syncing(one: Pair, name: str) -> Ailment:
    done = next((f" ({side.synced} % done)" for side in one.sides if side.synced is not None), "")
    if one.moved:
        return Ailment("disk-syncing", f"is being resynchronised{done} and moves.", 60, "Wait for it to end.")
    return Ailment("disk-sync-stalled", f"should be resynchronised{done}{_moving(one)}.", 400,
                   f"Look at the network and at the storage of {one.own.node} and {one.other.node}, and at the jobs"
                   f" of {name}: a paused sync is resumed by the job that paused it.")  # fmt: skip


def _moving(one: Pair) -> str:
    if one.moved is None:
        return "; whether it moves could not be seen"
    return " and moves" if one.moved else f" and did not move within {LOOK_AGAIN:.0f} s"


def _instances(some: list[Pair]) -> list[Subject]:
    return [instance(name) for name in dict.fromkeys(one.instance.name for one in some)]
