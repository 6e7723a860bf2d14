"""Checks of volumes that a node has lost: whether they may be made there, and whether they were."""

from __future__ import annotations

from checks.drbd.facts.find_missing import ALL, group_of, lost
from checks.drbd.facts.missing_volumes import MADE, Lost, LostDisk, LostVolume
from checks.drbd.states import NOT_KNOWN
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.numbers import KIB, in_words
from checks.releases import DISKLESS_CONNECTS
from engine.commands import to_type
from engine.english import join_and, plural
from engine.knowledge import Context, Verdict, check


@check("volumes.are_lost")
@unknown_if_unreadable
def are_lost(context: Context, *, node: str, instances: str = ALL) -> Verdict:
    """The node lacks volumes of mirrored disks, or some that were made for it are not in sync yet."""
    found = lost(context, node=node, instances=instances)
    return verdict(
        holds=bool(found.disks),
        true=_lost(found),
        false=f"{found.node} has the volumes of all its mirrored disks.",
        evidence=(*map(_volume_line, found.volumes), *found.elsewhere)
        or (f"{found.node}: lvs: every volume that the configuration wants there",),
        hint=f"Is it the other node? {join_and(found.elsewhere)}."
        if found.elsewhere
        else f"Where volumes are there and disks are not in sync, {to_type('diagnose')} says what is wrong with them.",
        opposite_hint="Run this again once the cause is put right: it makes only what is missing.",
    )


@check("volumes.not_taken")
@unknown_if_unreadable
def not_taken(context: Context, *, node: str, instances: str = ALL) -> Verdict:
    """No volume of these disks is there that this runbook did not make: nothing of anybody's would be written over."""
    found = lost(context, node=node, instances=instances)
    foreign = found.foreign
    return verdict(
        holds=not foreign,
        true=f"Nothing is in the way on {found.node}: none of these volumes exists that was not made for this.",
        false=f"On {found.node} there is already: {join_and([one.volume for one in foreign[:4]])}"
        + (f" and {len(foreign) - 4} more." if len(foreign) > 4 else "."),  # noqa: PLR2004 - enough to be recognised
        evidence=tuple(f"{found.node}: lvs: {one.volume}, {one.there} bytes: {one}" for one in foreign)
        or (f"{found.node}: lvs: {plural(found.missing, 'volume')} missing",),
        hint="It may hold the only copy of something. See what it is. If a disk has both its volumes,"
        " gnt-instance activate-disks may be all it needs; what is surely left from another attempt, remove by hand."
        " Other instances can be named without this one: instances=A,B.",
    )


@check("volumes.large_enough")
@unknown_if_unreadable
def large_enough(context: Context, *, node: str, instances: str = ALL) -> Verdict:
    """None of these volumes that is there already is smaller than its counterpart, by as little as a byte."""
    found = lost(context, node=node, instances=instances)
    small = [one for one in (*found.volumes, *found.whole) if one.too_small]
    return verdict(
        holds=not small,
        true="No volume that is there already is too small.",
        false=f"Too small on {found.node}: {join_and([one.volume for one in small])}.",
        evidence=tuple(f"{found.node}: lvs: {one.volume}: {one.there} bytes, needed are {one.size}" for one in small)
        or (f"{found.node}: lvs",),
        hint="DRBD does not connect a disk that is smaller than the other side. Remove the volume and run this again.",
    )


@check("volumes.minors_are_free")
@unknown_if_unreadable
def minors_are_free(context: Context, *, node: str, instances: str = ALL) -> Verdict:
    """DRBD uses none of the minors these disks need on the node for something else."""
    found = lost(context, node=node, instances=instances)
    taken = [one for one in found.disks if one.occupied]
    return verdict(
        holds=not taken,
        true=f"The minors of these disks are free on {found.node}.",
        false=f"In use on {found.node}: {join_and([f'minor {one.minor}, which {one} needs' for one in taken])}.",
        evidence=tuple(line for one in taken or found.disks for line in one.lines[:1]),
        hint="A device that has a disk, or is written to, although the volumes of this disk are not there is not what"
        " it should be. Find out what it is (drbdsetup show) before anything is made.",
    )


@check("volumes.survivors_are_good")
@unknown_if_unreadable
def survivors_are_good(context: Context, *, node: str, instances: str = ALL, active: bool = True) -> Verdict:
    """The other node of each of these disks has a copy that is up to date, by the word of DRBD there.

    With `active` false, one that DRBD has no device for is left to be looked at later.
    """
    found = lost(context, node=node, instances=instances)
    silent = [one for one in found.disks if one.peer_connection in NOT_KNOWN or one.data.size is None]
    asleep = [one for one in found.disks if not one.peer_active and one not in silent]
    bad = [one for one in found.disks if one.peer_active and not one.survives and one.peer_connection not in NOT_KNOWN]
    bad += asleep if active else []
    places = join_and([f"{one} on {one.peer} ({one.peer_disk if one.peer_active else 'not active'})" for one in bad])
    return verdict(
        holds=False if bad else None if silent else True,
        true=f"{plural(found.disks, 'disk has', 'disks have')} a good copy on the other node."
        if not asleep
        else f"No surviving copy is known to be bad; {plural(asleep, 'is', 'are')} not active yet and looked at later.",
        false=f"No good copy is known of {places}.",
        unknown=f"The surviving copy cannot be seen of {join_and(silent)}.",
        evidence=tuple(line for one in bad or silent or found.disks for line in one.lines[1:]),
        hint="What is made here is filled from that copy, so it has to be whole. If it is only not active:"
        f" gnt-instance activate-disks INSTANCE, and before Ganeti {DISKLESS_CONNECTS.first}, where that fails while"
        " this side is missing, gnt-instance startup --force INSTANCE.",
    )


@check("volumes.fit")
@unknown_if_unreadable
def fit(context: Context, *, node: str, instances: str = ALL) -> Verdict:
    """The volume groups of the node have room for all volumes that are missing there."""
    found = lost(context, node=node, instances=instances)
    wanted: dict[str, list[LostVolume]] = {}
    for one in found.missing:
        wanted.setdefault(one.group, []).append(one)
    lines, wrong, sizes_known = [], [], True
    for name, volumes in wanted.items():
        group = group_of(context, found.node, name)
        if group is None:
            wrong.append(f"{found.node} has no volume group {name}")
            continue
        sizes = [one.size for one in volumes if one.size is not None]
        sizes_known = sizes_known and len(sizes) == len(volumes)
        needed = sum(group.extents(size) for size in sizes)
        lines.append(
            f"{found.node}: vgs: {name}: {group.free_extents} extents of {group.extent} bytes, {needed} needed"
        )
        if (missing := needed - group.free_extents) > 0:
            short = in_words(missing * group.extent // KIB)
            wrong.append(f"{name} on {found.node} is {plural(missing, 'extent')} ({short}) too small")
    return verdict(
        holds=False if wrong else True if sizes_known else None,
        true=f"There is room on {found.node} for {plural(found.missing, 'volume')}.",
        false=f"There is no room: {join_and(wrong)}.",
        unknown="The sizes of some surviving copies are not known.",
        evidence=tuple(lines) or (f"{found.node}: vgs",),
        hint="Make the volume group, or add a disk to it (vgcreate, vgextend); or name only some instances:"
        " instances=A,B.",
    )


@check("volumes.is_made")
@unknown_if_unreadable
def is_made(context: Context, *, node: str, instance: str, disk: int, what: str) -> Verdict:
    """The volume is there, was made by a run of this runbook, and is not smaller than its counterpart."""
    found = lost(context, node=node, instances=instance)
    one = next((each for each in found.volumes if (each.index, each.what) == (disk, what)), None)
    holds = one is not None and bool(one.tag) and not one.too_small
    return verdict(
        holds=holds,
        true=f"The volume for the {one} is there, {one.there if one is not None else 0} bytes.",
        false=f"The volume for the {what} of disk {disk} of {instance} is not as it should be on {found.node}.",
        evidence=(_line(found.node, one),) if one is not None else (f"{found.node}: lvs: not marked by a run",),
    )


@check("volumes.has_new_metadata")
@unknown_if_unreadable
def has_new_metadata(context: Context, *, node: str, instance: str, disk: int) -> Verdict:
    """DRBD's metadata of a disk that was made are there, and as new as can be: they say that nothing is in sync."""
    found = _disk(lost(context, node=node, instances=instance), disk)
    return verdict(
        holds=found is not None and found.written,
        true=f"The metadata of disk {disk} of {instance} are there and new.",
        false=f"There are no new metadata for disk {disk} of {instance} on {node}.",
        evidence=(f"{node}: drbdmeta get-gi on {found.metadata.volume}: {'new' if found.written else 'not new'}",)
        if found is not None
        else (f"{node}: lvs: not lost",),
    )


def _disk(found: Lost, index: int) -> LostDisk | None:
    return next((one for one in found.disks if one.index == index), None)


def _ready(found: Lost) -> tuple[LostDisk, ...]:
    return tuple(one for one in found.disks if one.ready)


def _lost(found: Lost) -> str:
    ready = _ready(found)
    if ready and not found.unmade:
        return f"{found.node} has volumes for {plural(ready, 'disk')} that a run made and that are not in sync yet."
    more = f"; {plural(ready, 'more was', 'more were')} made by a run" if ready else ""
    return f"{found.node} lacks the volumes of {plural(found.unmade, 'disk')}{more}."


def _volume_line(one: LostVolume) -> str:
    return f"lvs: no {one.volume}, the {one}" if one.missing else f"lvs: {one.volume}, the {one}: {one.state}"


def _line(node: str, one: LostVolume) -> str:
    return f"{node}: lvs: {one.volume}: {one.state}, {one.there} bytes, needed {one.size}"


def _volume(context: Context, node: str, instance: str, disk: int, what: str) -> LostVolume | None:
    found = lost(context, node=node, instances=instance)
    return next((each for each in found.volumes if (each.index, each.what) == (disk, what)), None)


@check("volumes.only_made")
@unknown_if_unreadable
def only_made(context: Context, *, node: str, instance: str, disk: int, what: str) -> Verdict:
    """The volume was made by a run, and nothing uses it yet: no metadata on it are marked as ready."""
    one = _volume(context, node, instance, disk, what)
    return verdict(
        holds=one is not None and not one.missing and one.tag.startswith(MADE),
        true=f"The volume for the {one} was only made; nothing uses it.",
        false=f"The volume for the {what} of disk {disk} of {instance} is in use, or is not one that a run made.",
        evidence=(f"{node}: lvs: {one.volume}: {one.state}" if one is not None else f"{node}: lvs: not marked",),
        hint="A volume that is in use holds a copy of the instance's data. Leave it.",
    )


@check("volumes.is_missing")
@unknown_if_unreadable
def is_missing(context: Context, *, node: str, instance: str, disk: int, what: str) -> Verdict:
    """The node does not have this volume."""
    one = _volume(context, node, instance, disk, what)
    return verdict(
        holds=one is not None and one.missing,
        true=f"The volume for the {one} is gone.",
        false=f"The volume for the {what} of disk {disk} of {instance} is still there.",
        evidence=(f"{node}: lvs: {one.volume}: {one.state}" if one is not None else f"{node}: lvs: there",),
    )
