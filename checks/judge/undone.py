"""Checks that a change was taken back, or may be."""

from __future__ import annotations

from checks.facts import module, watcher
from checks.facts.commands import VOLUMES
from checks.facts.group import group
from checks.facts.lacking import lost
from checks.facts.look import host
from checks.facts.lost import MADE, LostVolume
from checks.facts.masters import claims
from checks.judge.known import unknown_if_unreadable, verdict
from checks.parse.volumes import parse_volumes
from checks.paths import PROC_DRBD, WATCHER_PAUSE
from engine.english import plural
from engine.knowledge import Context, Verdict, check


@check("watcher.is_paused")
@unknown_if_unreadable
def is_paused(context: Context) -> Verdict:
    """The watcher is paused."""
    found = watcher.pause(context)
    return verdict(
        holds=found.paused,
        true=f"The watcher is paused until {found.until}.",
        false="The watcher is not paused.",
        evidence=(f"{found.node}: {WATCHER_PAUSE}: {found.until or 'no such file'}",),
    )


@check("masters.is_no_master")
@unknown_if_unreadable
def is_no_master(context: Context, *, node: str) -> Verdict:
    """This node takes another one for the master."""
    where = host(context, node).name
    own = claims(context).of(where)
    return verdict(
        holds=None if own.believes is None else own.believes != where,
        true=f"{where} takes {own.believes} for the master.",
        false=f"{where} is the master.",
        unknown=f"What {where} takes itself for is not known.",
        evidence=(f"{where}: ssconf_master_node: {own.believes}",),
    )


@check("drbd.is_unloaded")
@unknown_if_unreadable
def is_unloaded(context: Context, *, node: str) -> Verdict:
    """DRBD's module is not loaded on this node."""
    found = module.setup(context, node=node)
    return verdict(
        holds=not found.loaded,
        true=f"DRBD is not loaded on {found.node}.",
        false=f"DRBD is loaded on {found.node}, with {found.devices} devices.",
        evidence=(f"{found.node}: {PROC_DRBD}: {'there' if found.loaded else 'no such file'}",),
    )


@check("lvm.group_absent")
@unknown_if_unreadable
def group_absent(context: Context, *, node: str) -> Verdict:
    """The cluster's volume group is not on this node."""
    found = group(context, node=node)
    return verdict(
        holds=not found.present,
        true=f"{found.node} has no volume group {found.name}.",
        false=f"{found.node} has the volume group {found.name}.",
        evidence=(f"{found.node}: vgs: {found.name}: {found.size} bytes",),
    )


@check("lvm.group_is_empty")
@unknown_if_unreadable
def group_is_empty(context: Context, *, node: str) -> Verdict:
    """No volume is in the cluster's volume group on this node."""
    found = group(context, node=node)
    volumes = context.remember(parse_volumes, context.reader.read(host(context, node), VOLUMES).stdout).values()
    inside = [one.name for one in volumes if one.group == found.name]
    return verdict(
        holds=not inside,
        true=f"No volume is in {found.name} on {found.node}.",
        false=f"{plural(inside, 'volume is', 'volumes are')} in {found.name} on {found.node}.",
        evidence=tuple(f"{found.node}: lvs: {found.name}/{name}" for name in inside) or (f"{found.node}: lvs: none",),
    )


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


def _volume(context: Context, node: str, instance: str, disk: int, what: str) -> LostVolume | None:
    found = lost(context, node=node, instances=instance)
    return next((each for each in found.volumes if (each.index, each.what) == (disk, what)), None)
