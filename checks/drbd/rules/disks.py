"""DRBD disks that are not as they should be. Both sides are looked at: each alone has been seen to mislead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checks.cluster.facts.present import current_config
from checks.drbd.facts.disks import DiskState
from checks.drbd.facts.side import askable
from checks.drbd.facts.sides import DiskSides, sides_described
from checks.drbd.rules.disk_findings import Ailment, ailment, syncing
from checks.drbd.rules.disk_pairs import LOOK_AGAIN, Pair, line, pairs
from checks.drbd.rules.replication import Ends, Way, cut, cut_key, ends, ways
from checks.drbd.states import MEETING, RESYNC, Connection, Disk, Role
from checks.jobs.facts import jobs
from checks.look.commands import KERNEL_FILE, KERNEL_JOURNAL, PROCESSES, SUSPENDED, generations
from checks.look.nodes import host, look
from checks.look.rule import away, disk, finding, instance, job, key, node, returned, rule, suggest
from engine.english import join_and, plural
from engine.errors import FactError, HostError
from engine.findings import Finding, Subject, Unknown
from engine.knowledge import Context


@rule("whether the disks are in sync")
def disks(context: Context) -> Iterator[Finding | Unknown]:
    """A disk that is not connected and up to date on both its nodes."""
    alone: dict[str, list[Pair]] = {}
    inactive: dict[str, list[Pair]] = {}
    ill: list[Pair] = []
    for one in pairs(context):
        if isinstance(one, Unknown):
            yield one
            continue
        strange = [side for side in one.sides if side.connection is Connection.STRANGE]
        if strange:
            yield Unknown(f"how {one.name} is", "; ".join(line(side) for side in strange))
            continue
        hidden = [side for side in one.sides if not side.seen]
        missing = [side for side in one.sides if side.connection is Connection.UNCONFIGURED]
        if len(hidden) == len(one.sides) or (len(missing) + len(hidden) == len(one.sides) and not one.wanted):
            continue
        if hidden and _only_waits(next(side for side in one.sides if side.seen)):
            alone.setdefault(hidden[0].node, []).append(one)
        elif missing and not hidden and len(missing) < len(one.sides):
            inactive.setdefault(missing[0].node, []).append(one)
        elif missing or not all(side.in_sync for side in one.sides if side.seen) or _both_primary(one):
            ill.append(one)
    yield from (_without_peer(name, some) for name, some in alone.items())
    yield from (_inactive_on(name, some) for name, some in inactive.items())
    yield from _ill(context, ill)


def _only_waits(side: DiskState) -> bool:
    waits = (side.connection, side.disk) == (Connection.WF_CONNECTION, Disk.UP_TO_DATE)
    return side.connection is Connection.UNCONFIGURED or waits


def _both_primary(one: Pair) -> bool:
    return all(side.role is Role.PRIMARY for side in one.sides)


def _without_peer(name: str, some: list[Pair]) -> Finding:
    return finding(
        "disks-without-peer",
        f"{plural(len(some), 'disk has', 'disks have')} no second copy, because nothing is seen of {name}.",
        node(name),
        *_instances(some),
        evidence=tuple(f"{one.name}: {line(side)}" for one in some for side in one.sides if side.seen),
        next=f"They connect again by gnt-instance activate-disks once {name} is back.",
        explained_by=away(name),
        key_about=(node(name),),
    )


def _inactive_on(name: str, some: list[Pair]) -> Finding:
    subjects = _instances(some)
    names = join_and([one.name for one in subjects])
    cured = subjects[0] if len(subjects) == 1 else None
    return finding(
        "disks-inactive",
        f"{plural(len(some), 'disk is', 'disks are')} not active on {name}, as after a restart of that node.",
        node(name),
        *subjects,
        evidence=tuple(f"{one.name}: {line(side)}" for one in some for side in one.sides),
        suggestion=suggest("split-brain-cleanup", instance=cured.name) if cured else None,
        next="" if cured else f"On the master, for each of {names}: gnt-instance activate-disks INSTANCE",
        explained_by=(*returned(name), key("volumes-missing", node(name))),
        key_about=(node(name),),
    )


def _ill(context: Context, ill: list[Pair]) -> Iterator[Finding | Unknown]:
    """Each of these disks, after a closer look at those that are not simply being resynchronised."""
    quick = [one for one in ill if _is_syncing(one)]
    rest = [one for one in ill if one not in quick]
    for one in quick:
        yield _finding(one, syncing(one), one.evidence, ())
    if not rest:
        return
    _where, config = current_config(context)
    _fetch(context, rest)
    tried = ways(context, config, {ends(one.own.node, one.other.node) for one in rest if _disconnected(one)})
    yield from cut(tried)
    leftovers = _jobs_left(context)
    compared: dict[str, Mapping[int, DiskSides]] = {}
    for one in rest:
        name = one.instance.name
        if name not in compared:
            compared[name] = {each.index: each for each in sides_described(context, config, one.instance)}
        yield from _one(one, compared[name][one.own.index], tried, leftovers.get(name, ()))


def _is_syncing(one: Pair) -> bool:
    return all(side.connection in RESYNC for side in one.sides) and not _both_primary(one)


def _disconnected(one: Pair) -> bool:
    return all(side.seen and side.connection is not Connection.UNCONFIGURED for side in one.sides) and not any(
        side.connection in MEETING for side in one.sides
    )


def _fetch(context: Context, some: Iterable[Pair]) -> None:
    """What a closer look needs, from all nodes at once: kernel logs take their time."""
    numbers: dict[str, list[int]] = {}
    for one in some:
        for side in one.sides:
            if side.seen:
                numbers.setdefault(side.node, []).append(side.minor)
    where = [host(context, name) for name in numbers]
    look(context, where, PROCESSES, SUSPENDED, KERNEL_FILE, KERNEL_JOURNAL)
    context.reader.read_all(
        (host(context, name), generations(minor))
        for name, minors in numbers.items()
        if askable(context, name)
        for minor in minors
    )


def _jobs_left(context: Context) -> Mapping[str, tuple[str, ...]]:
    """Instance by instance, the keys of jobs that are in no list and still hold locks: nothing works until they go."""
    found: dict[str, tuple[str, ...]] = {}
    try:
        for left in jobs.orphans(context):
            for name in jobs.job(context, job=left.job).instances:
                found[name] = (*found.get(name, ()), key("job-lost", job(left.job)))
    except (FactError, HostError):
        return {}
    return found


def _one(one: Pair, seen: DiskSides, tried: Mapping[Ends, Way], causes: tuple[str, ...]) -> Iterator[Finding | Unknown]:
    way = tried.get(ends(one.own.node, one.other.node))
    what = ailment(one, seen, cut=way is not None and way.open is False)
    evidence = one.evidence + tuple(text for text in seen.evidence if text not in {side.line for side in seen.sides})
    if way is not None and way.open and what.code in {"disk-waits", "disk-standalone"}:
        evidence += way.evidence
    if way is not None and way.open is None:
        yield Unknown(f"whether {way.ends[0]} and {way.ends[1]} reach each other", "; ".join(way.evidence))
    if seen.relation == "unknown" and (
        _disconnected(one) or Connection.STANDALONE in {side.connection for side in one.sides}
    ):
        yield Unknown(f"whether the two sides of {one.name} have diverged (split brain)", seen.why)
    if not all(side.seen for side in one.sides):
        yield Unknown(f"whether {one.name} has a good copy elsewhere", join_and([
            f"{side.node}: {side.line}" for side in one.sides if not side.seen
        ]))  # fmt: skip
    if way is not None:
        causes = (cut_key(way.ends), *causes)
    yield _finding(one, what, evidence, causes)


def _finding(one: Pair, what: Ailment, evidence: tuple[str, ...], causes: tuple[str, ...]) -> Finding:
    if one.later is not None:
        evidence += tuple(f"{LOOK_AGAIN:.0f} s later: {line(side)}" for side in one.later)
    return finding(
        what.code,
        f"{one.name[0].upper()}{one.name[1:]} {what.title}",
        instance(one.instance.name),
        disk(one.own.index),
        *(node(side.node) for side in one.sides),
        evidence=tuple(dict.fromkeys(evidence)),
        suggestion=what.suggestion,
        next=what.next,
        explained_by=(
            *causes,
            *(key(code, node(side.node)) for side in one.sides for code in ("volumes-missing", "drbd-module")),
        ),
        key_about=(instance(one.instance.name), disk(one.own.index)),
    )


def _instances(some: list[Pair]) -> list[Subject]:
    return [instance(name) for name in dict.fromkeys(one.instance.name for one in some)]
