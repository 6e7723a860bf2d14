"""The logical volumes that each node should have by the configuration, and what is there besides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.cluster.facts.present import answering, current_config
from checks.cluster.parse.config import Config
from checks.drbd.facts.discard import COPY
from checks.drbd.facts.missing_volumes import MADE, READY
from checks.look.commands import TAGGED
from checks.look.nodes import answer
from checks.look.output import ParseError
from checks.look.rule import away, finding, instance, key, node, rule, suggest
from checks.lvm.parse.volumes import Tagged, parse_tagged
from checks.lvm.rules.kept import snapshots
from checks.paths import CONFIG_DATA
from engine.english import plural
from engine.findings import Finding, Subject, Unknown
from engine.knowledge import Context

OF_GANETI = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.disk\d+(?:_data|_meta)?")
"""The names that Ganeti gives (lib/cmdlib/instance_storage.py, _GenerateUniqueNames)."""
REPLACED = re.compile(r"(.+)_replaced-(\d{9,11})")
"""What replace-disks makes of the name of an old volume, with the time, until it removes it."""
"""Beginning of the name of a snapshot that split-brain-discard keeps."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class WantedVolumes:
    """A volume that a node should have.

    Attributes:
        mirrored: another node has a copy.
    """

    instance: str
    name: str
    mirrored: bool


@rule("whether the volumes are there")
def volumes(context: Context) -> Iterator[Finding | Unknown]:
    """A node that lacks volumes, and volumes of Ganeti's that belong to nothing."""
    where, config = current_config(context)
    wanted = _wanted(config)
    known = {volume for disk in config.disks.values() for volume in disk.volumes}
    offline = {one.name for one in config.nodes.values() if one.offline}
    for one in answering(context):
        if one.name not in wanted or one.name in offline:
            continue
        have = _have(context, one.name)
        if have is None:
            yield Unknown(f"whether all volumes are on {one}", "LVM there cannot be asked")
            continue
        lacking = [each for each in wanted[one.name] if each.name not in have]
        mirrored = [each for each in lacking if each.mirrored]
        if mirrored:
            yield _missing(one.name, mirrored, where, everything=len(lacking) == len(wanted[one.name]))
        alone = [each for each in lacking if not each.mirrored]
        if alone:
            yield _gone(one.name, alone, where)
        yield from _besides(one.name, have, {each.name for each in wanted[one.name]}, known)


def _wanted(config: Config) -> Mapping[str, list[WantedVolumes]]:
    """Node by node. A disk that is not mirrored is on the primary node only."""
    found: dict[str, list[WantedVolumes]] = {one.name: [] for one in config.nodes.values()}
    for one in config.instances.values():
        for disk in config.disks_of(one):
            uuids = [uuid for uuid, _minor in disk.minors] or [one.primary_node]
            for uuid in uuids:
                names = found.setdefault(config.node_name(uuid), [])
                names += (WantedVolumes(one.name, volume, mirrored=bool(disk.minors)) for volume in disk.volumes)
    return found


def _have(context: Context, name: str) -> Mapping[str, Tagged] | None:
    result = answer(context, context.site.hosts[name], TAGGED)
    try:
        return context.remember(parse_tagged, result.stdout) if result is not None and result.ok else None
    except ParseError:
        return None


def _missing(name: str, some: list[WantedVolumes], where: str, *, everything: bool) -> Finding:
    return finding(
        "volumes-missing",
        f"{name} lacks {'all its' if everything else ''} {plural(len(some), 'volume', 'volumes')} of mirrored disks,"
        " which then have one copy left.".replace("  ", " "),
        node(name),
        *_instances(some),
        evidence=_evidence(name, some, where),
        suggestion=suggest("drbd-recreate-secondary", node=name),
        explained_by=(*away(name), key("not-a-node", node(name)), key("master-disagrees", node(name))),
        key_about=(node(name),),
    )


def _gone(name: str, some: list[WantedVolumes], where: str) -> Finding:
    return finding(
        "volumes-gone",
        f"{name} lacks {plural(len(some), 'volume', 'volumes')} that no other node has.",
        node(name),
        *_instances(some),
        evidence=_evidence(name, some, where),
        next="These disks were not mirrored. If their volume group is only not active (vgs, pvs), bring it back; if it"
        " is lost, they come back from a backup only.",
        explained_by=(key("not-a-node", node(name)),),
        key_about=(node(name),),
    )


def _evidence(name: str, some: list[WantedVolumes], where: str) -> tuple[str, ...]:
    more = [f"and {len(some) - SHOWN} more"] if len(some) > SHOWN else []
    return (
        *(f"{name}: lvs: no {each.name} (of {each.instance})" for each in some[:SHOWN]),
        *more,
        f"{where}: {CONFIG_DATA}: the volumes of each disk",
    )


def _besides(name: str, have: Mapping[str, Tagged], wanted: set[str], known: set[str]) -> Iterator[Finding]:
    """What is left of replaced disks, of removed instances, and of repairs.

    Args:
        name: of the node.
        have: its volumes.
        wanted: those that it should have.
        known: those of all disks of the cluster.
    """
    extra = [one for key_, one in sorted(have.items()) if key_ not in wanted]
    replaced = [one for one in extra if (match := REPLACED.fullmatch(one.name)) and OF_GANETI.fullmatch(match[1])]
    if replaced:
        yield _left(name, "volumes-replaced", replaced, "left from a replace-disks that did not end",
                    "They hold what a side held before. If no such job runs any more and its disks are in sync:"
                    " lvremove, by name.")  # fmt: skip
    orphans = [one for one in extra if OF_GANETI.fullmatch(one.name) and not _marked(one)]
    if orphans:
        elsewhere = [one for one in orphans if f"{one.group}/{one.name}" in known]
        told = " Some belong to disks that are on other nodes by the configuration." if elsewhere else ""
        yield _left(name, "volumes-orphaned", orphans, "that no disk of this node has",
                    f"Old copies, as after a move or a removal that failed.{told} Look into them before they are"
                    " removed, by name.")  # fmt: skip
    copies = [one for one in extra if one.name.startswith(COPY)]
    if copies:
        yield snapshots(name, copies)


def _marked(one: Tagged) -> bool:
    return any(tag.startswith((f"{MADE}.", f"{READY}.")) for tag in one.tags)


def _left(name: str, code: str, some: list[Tagged], what: str, then: str) -> Finding:
    return finding(
        code,
        f"{name} has {plural(len(some), 'volume', 'volumes')} {what}.",
        node(name),
        evidence=tuple(f"{name}: lvs: {one.group}/{one.name}" for one in some[:SHOWN]),
        next=then,
        key_about=(node(name),),
    )


def _instances(some: list[WantedVolumes]) -> list[Subject]:
    return [instance(name) for name in dict.fromkeys(one.instance for one in some)]
