"""Checks of the two sides of an instance's DRBD disks, before anything is done that could cost one of them."""

from __future__ import annotations

from collections.abc import Callable

from checks.drbd.facts.sides import ALL, DiskSides, sides
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.commands import to_type
from engine.english import join_and, listed
from engine.errors import FactError
from engine.knowledge import Context, Verdict, check


@check("disks.need_repair")
@unknown_if_unreadable
def need_repair(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """At least one DRBD disk of the instance is not connected and up to date on both its nodes."""
    found = sides(context, instance=instance, disk=disk)
    wrong = tuple(one for one in _wrong(found) if one.state != "unseen")
    return verdict(
        holds=True if wrong else None if _unseen(found) else False,
        true=f"Not in sync: {_named(wrong)}.",
        false=f"All DRBD disks of {instance} are connected and up to date on both nodes."
        if found
        else f"{instance} has no DRBD disk.",
        unknown=_not_seen(found),
        evidence=_lines(found),
    )


@check("disks.seen")
@unknown_if_unreadable
def seen(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """Both sides of each DRBD disk can be looked at."""
    found = _mirrored(context, instance=instance, disk=disk)
    silent = list(dict.fromkeys(side.node for each in found for side in each.sides if not side.seen))
    return verdict(
        holds=not silent,
        true="Both sides of each disk can be seen.",
        false=f"Nothing is seen of {listed(silent)}.",
        evidence=tuple(side.line for each in found for side in each.sides if not side.seen),
        hint="What a side holds that nobody can look at is not known. Bring the node back first.",
    )


@check("instances.runs_once")
@unknown_if_unreadable
def runs_once(context: Context, *, instance: str) -> Verdict:
    """The instance does not run on both its nodes at the same time."""
    found = _mirrored(context, instance=instance)
    on = sorted({side.node for each in found for side in each.sides if side.runs})
    unknown = sorted({side.node for each in found for side in each.sides if side.runs is None})
    return verdict(
        holds=False if len(on) > 1 else None if unknown else True,
        true=f"{instance} runs on {on[0]} only." if on else f"{instance} runs on neither node.",
        unknown=f"Whether {instance} runs on {join_and(unknown)} cannot be seen.",
        false=f"{instance} runs on {join_and(on)}: each writes to its own side.",
        evidence=found[0].running if found else (),
        hint="Decide which of them serves its users, and end the other one by its process, not by Ganeti.",
    )


@check("disks.are_stuck")
@unknown_if_unreadable
def are_stuck(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """At least one disk of the instance hangs in the middle of a handshake."""
    found = _mirrored(context, instance=instance, disk=disk)
    stuck, wrong = [one for one in found if one.state == "stuck"], _wrong(found)
    return verdict(
        holds=True if stuck else None if _unseen(wrong) else False,
        unknown=_not_seen(wrong),
        true=f"Within a handshake that does not end: {_named(stuck)}.",
        false="No disk hangs within its handshake.",
        evidence=tuple(line for one in stuck for line in one.evidence) or _lines(found),
        hint=f"{to_type('diagnose')} says what is wrong instead.",
        opposite_hint=to_type("run", "split-brain-stuck", instance=instance),
    )


@check("disks.not_diverged")
@unknown_if_unreadable
def not_diverged(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """No two sides have both changed since they were apart: of each disk one side has all the other one has."""
    return _none(
        context, instance, disk, lambda one: one.contested,
        "Of each disk one side has all that the other one has.", "Both sides were changed: {}.",
        f"DRBD will not choose. Somebody has to: {to_type('run', 'split-brain-replace', instance=instance)}",
    )  # fmt: skip


@check("disks.relation_known")
@unknown_if_unreadable
def relation_known(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """It is known of each disk how its two sides stand to each other."""
    return _none(
        context, instance, disk, lambda one: one.relation == "unknown" and one.state != "stuck",
        "How the sides stand to each other is known.", "How the two sides differ cannot be told: {}.",
        "If both have changed, DRBD refuses to connect them, and nothing is lost by trying. If a node ran without its"
        " disk, reconnecting may throw the good side away.",
    )  # fmt: skip


@check("disks.none_lost")
@unknown_if_unreadable
def none_lost(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """No side lost its backing disk while it was Primary; from then on it wrote only to the other side."""
    return _none(
        context, instance, disk, lambda one: any(side.lost_disk for side in one.sides) and _apart(one),
        "The kernel logs do not say that a side lost its disk while it was in use.",
        "A side lost its disk while it was in use: {}. What it holds is older, whatever its role.",
        "Reconnecting may throw the good side away (Ganeti's issue 846). Choose it:"
        f" {to_type('run', 'split-brain-replace', instance=instance)}",
    )  # fmt: skip


@check("disks.newer_side_runs")
@unknown_if_unreadable
def newer_side_runs(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """The instance does not run on the older side of a disk."""
    return _none(
        context, instance, disk, _runs_on_older,
        "The instance does not run on an older side.", "The instance runs on the older side of {}.",
        "What was written on the newer side is not what its users see now. Choose which side counts:"
        f" {to_type('run', 'split-brain-replace', instance=instance)}",
    )  # fmt: skip


@check("disks.one_keeper")
@unknown_if_unreadable
def one_keeper(context: Context, *, instance: str, disk: str = ALL) -> Verdict:
    """What is known of the disks does not speak for different nodes."""
    found = _wrong(_mirrored(context, instance=instance, disk=disk))
    kept = list(dict.fromkeys(one.keep for one in found if one.keep))
    return verdict(
        holds=False if len(kept) > 1 else None if _unseen(found) else True,
        true="The disks of the instance do not speak for different nodes.",
        unknown=_not_seen(found),
        false="; ".join(f"disk {one.index}: {one.keep} holds the data worth keeping" for one in found if one.keep)
        + ".",
        evidence=tuple(f"disk {one.index}: {one.why}" for one in found if one.keep),
        hint="Repair them one by one, with disk=NUMBER.",
    )


@check("instances.not_running_on")
@unknown_if_unreadable
def not_running_on(context: Context, *, instance: str, node: str) -> Verdict:
    """The instance is not seen to run on this node."""
    where, found = host(context, node).name, _mirrored(context, instance=instance)
    runs = any(side.runs for each in found for side in each.sides if side.node == where)
    return verdict(
        holds=not runs,
        true=f"{instance} is not seen to run on {where}.",
        false=f"{instance} runs on {where}, from the side that would be thrown away.",
        evidence=found[0].running if found else (),
        hint=f"Is it the right side? If it is: gnt-instance shutdown {instance} first.",
    )


@check("instances.running_known")
@unknown_if_unreadable
def running_known(context: Context, *, instance: str, node: str) -> Verdict:
    """It can be seen whether the instance runs on this node."""
    where, found = host(context, node).name, _mirrored(context, instance=instance)
    unseen = any(side.runs is None for each in found for side in each.sides if side.node == where)
    return verdict(
        holds=not unseen,
        true=f"It can be seen whether {instance} runs on {where}.",
        false=f"Whether {instance} runs on {where} cannot be seen.",
        evidence=found[0].running if found else (),
        hint="Look there yourself before you force this.",
    )


@check("disks.other_side_whole")
@unknown_if_unreadable
def other_side_whole(context: Context, *, instance: str, node: str, disk: str = ALL) -> Verdict:
    """The side that is kept holds whole data: what is thrown away on this node is not the only good side."""
    where, found = host(context, node).name, _wrong(_mirrored(context, instance=instance, disk=disk))
    strangers = [one for one in found if where not in {side.node for side in one.sides}]
    only = [one for one in found if not strangers and not _other(one, where)]
    return verdict(
        holds=False if strangers or only else None if _unseen(found) else True,
        true=f"The other sides than those on {where} hold whole data.",
        false=f"{where} has no side of {_named(strangers)}."
        if strangers
        else f"The side on {where} is the only one with whole data: {_named(only)}.",
        unknown=_not_seen(found),
        evidence=_lines(strangers or only),
        hint="Name the other node." if strangers else "Throwing it away would leave nothing to copy from.",
    )


@check("disks.worse_side")
@unknown_if_unreadable
def worse_side(context: Context, *, instance: str, node: str, disk: str = ALL) -> Verdict:
    """Nothing that is known speaks for keeping this node's side of a disk."""
    where, found = host(context, node).name, _wrong(_mirrored(context, instance=instance, disk=disk))
    better = [one for one in found if one.keep == where]
    judged = tuple(f"disk {one.index}: {one.verdict}" for one in found)
    return verdict(
        holds=False if better else None if _unseen(found) else True,
        true="; ".join(judged) + "." if found else f"No disk with a side on {where} is out of sync.",
        false=f"What is known speaks for the side on {where}: {better[0].why}." if better else "",
        unknown=_not_seen(found),
        evidence=(*judged, *(line for one in better for line in one.evidence)),
        hint="Throw the other side away, unless you know better than what was read here.",
    )


def _mirrored(context: Context, *, instance: str, disk: str = ALL) -> tuple[DiskSides, ...]:
    """The sides of the disks.

    Raises:
        FactError: there are none, so that there is nothing to look at.
    """
    found = sides(context, instance=instance, disk=disk)
    if not found:
        raise FactError(f"{instance} has no DRBD disk.", hint="Name an instance whose disks are mirrored.")
    return found


def _other(one: DiskSides, where: str) -> bool:
    return any(side.has_data for side in one.sides if side.node != where)


def _apart(one: DiskSides) -> bool:
    return one.state in {"apart", "inactive"}


def _runs_on_older(one: DiskSides) -> bool:
    older = {"first newer": one.second, "second newer": one.first}.get(one.relation)
    return older is not None and bool(older.runs)


def _wrong(found: tuple[DiskSides, ...]) -> tuple[DiskSides, ...]:
    return tuple(one for one in found if one.state != "in sync")


def _unseen(found: tuple[DiskSides, ...]) -> tuple[str, ...]:
    """The nodes of which nothing is known, so that nothing can be said of their sides."""
    return tuple(dict.fromkeys(side.node for one in found for side in one.sides if not side.seen))


def _not_seen(found: tuple[DiskSides, ...]) -> str:
    return f"It cannot be known: nothing is seen of the side on {', '.join(_unseen(found))}."


def _named(some: tuple[DiskSides, ...] | list[DiskSides]) -> str:
    return ", ".join(f"disk {one.index} ({one.state})" for one in some)


def _lines(some: tuple[DiskSides, ...] | list[DiskSides]) -> tuple[str, ...]:
    return tuple(side.line for one in some for side in one.sides)


def _none(
    context: Context, instance: str, disk: str, ill: Callable[[DiskSides], bool], true: str, false: str, hint: str
) -> Verdict:
    wrong = _wrong(_mirrored(context, instance=instance, disk=disk))
    found = [one for one in wrong if ill(one)]
    return verdict(
        holds=False if found else None if _unseen(wrong) else True,
        true=true,
        unknown=_not_seen(wrong),
        false=false.format(", ".join(f"disk {one.index}" for one in found)),
        evidence=tuple(line for one in found for line in one.evidence),
        hint=hint,
    )
