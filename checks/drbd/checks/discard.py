"""Checks that a side was thrown away, and that a copy of it was kept."""

from __future__ import annotations

from checks.drbd.facts.disks import of
from checks.drbd.states import Disk
from checks.look.commands import VOLUMES
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from checks.lvm.parse.volumes import parse_volumes
from checks.paths import PROC_DRBD
from engine.knowledge import Context, Verdict, check


@check("disks.is_discarded")
@unknown_if_unreadable
def is_discarded(context: Context, *, instance: str, node: str, index: int) -> Verdict:
    """DRBD takes what this node's side of the disk holds for worthless, and will copy all of it anew."""
    where = host(context, node).name
    states = [state for state in of(context, instance=instance) if (state.node, state.index) == (where, index)]
    return verdict(
        holds=bool(states) and all(state.disk is Disk.INCONSISTENT for state in states),
        true=f"DRBD takes disk {index} on {where} for worthless.",
        false=f"Disk {index} on {where} is {states[0].disk}." if states else f"{where} has no side of disk {index}.",
        evidence=tuple(f"{where}: {PROC_DRBD}: {state.line}" for state in states),
    )


@check("disks.copy_is_kept")
@unknown_if_unreadable
def copy_is_kept(context: Context, *, node: str, volume: str) -> Verdict:
    """There is a logical volume of this name, `group/name`, on the node."""
    where = host(context, node)
    found = context.remember(parse_volumes, context.reader.read(where, VOLUMES).stdout).get(volume)
    return verdict(
        holds=found is not None,
        true=f"{volume} is there on {where}.",
        false=f"There is no {volume} on {where}.",
        evidence=(f"{where}: lvs: {volume} {'is missing' if found is None else f'of {found.size} bytes'}",),
    )
