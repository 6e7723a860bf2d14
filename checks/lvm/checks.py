"""Checks of LVM on a node: its filter, and the volume group that Ganeti's disks are in."""

from __future__ import annotations

from checks.look.commands import VOLUMES
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from checks.lvm.facts import filters
from checks.lvm.facts.group import group
from checks.lvm.parse.volumes import parse_volumes
from engine.commands import to_type
from engine.english import plural
from engine.knowledge import Context, Verdict, check


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


@check("lvm.group_present")
@unknown_if_unreadable
def group_present(context: Context, *, node: str) -> Verdict:
    """The cluster's volume group is on this node, and the disks that belong there fit into it."""
    found = group(context, node=node)
    return verdict(
        holds=found.present and found.enough,
        true=f"{found.node} has the volume group {found.name}.",
        false=f"The volume group {found.name} on {found.node} is too small."
        if found.present
        else f"{found.node} has no volume group {found.name}.",
        evidence=(f"{found.node}: vgs: {found.name}: {found.size} bytes; its disks need {found.needed}",),
    )


@check("lvm.leaves_drbd_out")
@unknown_if_unreadable
def leaves_drbd_out(context: Context, *, node: str) -> Verdict:
    """LVM on this node does not look at DRBD devices, on which the volume groups of instances may be."""
    found = filters.filters(context, node=node)
    return verdict(
        holds=not found.scans_drbd,
        true=f"LVM on {found.node} leaves DRBD devices out.",
        false=f"LVM on {found.node} looks for volume groups on DRBD devices, and so on the disks of instances.",
        evidence=found.evidence,
        hint=to_type("run", "lvm-filter", node=found.node),
    )
