"""Which volumes a node lacks: what the configuration wants there, less what LVM has (as `gnt-cluster verify-disks`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from checks.cluster.facts.copies import newest_config
from checks.cluster.parse.config import Config
from checks.drbd.facts.disks import DiskState, of_described
from checks.drbd.facts.missing_volumes import MADE, READY, Lost, LostDisk, LostVolume
from checks.drbd.parse.generations import parse_generations
from checks.drbd.states import Connection
from checks.instances.facts.instances import ConfiguredDisk, Instance, described, find
from checks.look.commands import EXTENTS, TAGGED, cat, metadata
from checks.look.nodes import UnknownNameError, answer, host, look
from checks.look.output import ParseError
from checks.lvm.parse.volumes import GroupExtents, Tagged, parse_extents, parse_tagged
from checks.paths import PROC_DRBD
from engine.english import join_and, plural
from engine.errors import FactError
from engine.knowledge import Context, fact, remembered

ALL = "all"
WHATS = ("data", "metadata")
SHOWN = 3


@fact("volumes.lost")
@remembered
def lost(context: Context, *, node: str, instances: str = ALL) -> Lost:
    """The volumes of mirrored disks that a node lacks, with the sizes they have on the other node of each.

    Ganeti's own list is the configuration: which disk should have which volumes on which nodes. What is on the node
    besides is never looked at: volumes of instances without a mirror, of other nodes' instances, of the host itself.

    Args:
        context: what to look with.
        node: that lost its volumes.
        instances: names of instances with commas between them, or `all`.

    Raises:
        FactError: code `node-unknown` or `instance-unknown`; code `not-there` for an instance without a mirrored disk
            on this node; code `config-unreadable`; LVM on this node cannot be asked.
    """
    where = host(context, node).name
    _copy, config = newest_config(context)
    some = chosen(config, where, instances)
    nodes = [host(context, name) for name in config_nodes(config)]
    look(context, nodes, TAGGED, cat(PROC_DRBD))
    have = _volumes(context, where)
    disks: list[LostDisk] = []
    whole: list[LostVolume] = []
    for one in some:
        states = {(state.index, state.node): state for state in of_described(context, one)}
        for disk in one.disks:
            if not _is_on(disk, where):
                continue
            found = _disk(context, one, disk, where, have, states)
            if found.missing or any(volume.tag for volume in found.volumes):
                disks.append(_looked_into(context, found))
            elif instances.strip() != ALL:
                whole += found.volumes
    return Lost(where, tuple(disks), tuple(whole), () if disks else _elsewhere(context, config, where))


def chosen(config: Config, node: str, instances: str) -> tuple[Instance, ...]:
    """The instances with a mirrored disk on a node that are named, with commas between them, or `all` of them.

    Raises:
        FactError: code `instance-unknown` or `not-there`.
    """
    if instances.strip() == ALL:
        some = (described(config, one) for one in config.instances.values() if one.name)
        return tuple(sorted((one for one in some if _has_disk_on(one, node)), key=lambda one: one.name))
    named = tuple(described(config, find(config, name)) for name in instances.split(",") if name.strip())
    for one in named:
        if not _has_disk_on(one, node):
            raise UnknownNameError(
                f"{one.name} has no mirrored disk on {node}.",
                hint=f"It is on {join_and([one.primary, *one.secondaries])}.",
                code="not-there",
            )
    return tuple(dict.fromkeys(named))


def config_nodes(config: Config) -> tuple[str, ...]:
    """The nodes that are not marked offline, by name."""
    return tuple(node.name for node in config.nodes.values() if not node.offline)


@remembered
def group_of(context: Context, node: str, name: str) -> GroupExtents | None:
    """A volume group of a node; None where there is none of that name, or LVM does not answer."""
    result = answer(context, host(context, node), EXTENTS)
    try:
        return context.remember(parse_extents, result.stdout).get(name) if result is not None and result.ok else None
    except ParseError:
        return None


def _has_disk_on(one: Instance, node: str) -> bool:
    return any(_is_on(disk, node) for disk in one.disks)


def _is_on(disk: ConfiguredDisk, node: str) -> bool:
    return len(disk.volumes) == len(WHATS) and node in {side.node for side in disk.minors}


def _disk(
    context: Context,
    one: Instance,
    disk: ConfiguredDisk,
    node: str,
    have: Mapping[str, Tagged],
    states: Mapping[tuple[int, str], DiskState],
) -> LostDisk:
    own = next(side for side in disk.minors if side.node == node)
    other = next(side for side in disk.minors if side.node != node)
    surviving = _volumes_or_none(context, other.node)
    data, meta = (
        _volume(one.name, disk.index, what, volume, have.get(volume), surviving.get(volume))
        for what, volume in zip(WHATS, disk.volumes, strict=True)
    )
    here, there = states[disk.index, own.node], states[disk.index, other.node]
    return LostDisk(
        instance=one.name,
        index=disk.index,
        node=node,
        peer=other.node,
        minor=own.minor,
        peer_minor=other.minor,
        primary=one.primary == node,
        data=data,
        metadata=meta,
        role=here.role,
        connection=here.connection,
        disk=here.disk,
        peer_role=there.role,
        peer_connection=there.connection,
        peer_disk=there.disk,
        lines=tuple(f"{state.node}: {PROC_DRBD}: {state.line}" for state in (here, there)),
    )


def _volume(
    instance: str, index: int, what: str, volume: str, there: Tagged | None, surviving: Tagged | None
) -> LostVolume:
    group, _, name = volume.partition("/")
    return LostVolume(
        instance=instance,
        index=index,
        what=what,
        group=group,
        name=name,
        size=surviving.size if surviving is not None else None,
        there=there.size if there is not None else None,
        tag=_mark(there.tags) if there is not None else "",
    )


def _mark(tags: Iterable[str]) -> str:
    """The tag of a run; that of an unfinished one goes first, for nothing is known then of what it holds."""
    some = tuple(tags)
    return next((tag for kind in (MADE, READY) for tag in some if tag.startswith(f"{kind}.")), "")


def _looked_into(context: Context, disk: LostDisk) -> LostDisk:
    """With a look at the metadata, where a run made the volume and no device uses it."""
    if not disk.made or disk.connection is not Connection.UNCONFIGURED:
        return disk
    result = answer(context, host(context, disk.node), metadata(disk.minor, disk.metadata.path))
    try:
        new = result is not None and result.ok and context.remember(parse_generations, result.stdout).just_created
    except ParseError:
        new = False
    return replace(disk, written=new)


def _volumes(context: Context, node: str) -> Mapping[str, Tagged]:
    """All logical volumes of a node.

    Raises:
        HostError: it does not answer.
        FactError: LVM does not.
    """
    result = context.reader.read(host(context, node), TAGGED)
    if not result.ok:
        why = (result.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise FactError(f"LVM on {node} cannot be asked.", why=why, hint="Look at it by hand: lvs, vgs, pvs.")
    return context.remember(parse_tagged, result.stdout)


def _volumes_or_none(context: Context, node: str) -> Mapping[str, Tagged]:
    result = answer(context, host(context, node), TAGGED)
    return context.remember(parse_tagged, result.stdout) if result is not None and result.ok else {}


def _elsewhere(context: Context, config: Config, node: str) -> tuple[str, ...]:
    """Other nodes that lack volumes: this one may have been named by mistake."""
    found = []
    for name in config_nodes(config):
        have = answer(context, host(context, name), TAGGED) if name != node else None
        if have is None or not have.ok:
            continue
        known = context.remember(parse_tagged, have.stdout)
        lacking = [
            volume
            for one in config.instances.values()
            for disk in described(config, one).disks
            if _is_on(disk, name)
            for volume in disk.volumes
            if volume not in known
        ]
        if lacking:
            more = " and more" if len(lacking) > SHOWN else ""
            found.append(f"{name} lacks {plural(lacking, 'volume')}: {join_and(lacking[:SHOWN])}{more}")
    return tuple(found)
