"""Checks that a side has come out of its handshake, and that a volume lets everything through."""

from __future__ import annotations

from checks.drbd.facts.sides import sides
from checks.drbd.facts.stuck_handshake import stuck_sides, suspended
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.english import listed
from engine.knowledge import Context, Verdict, check


@check("disks.not_suspended")
@unknown_if_unreadable
def not_suspended(context: Context, *, instance: str, node: str, name: str) -> Verdict:
    """The device mapper lets through what is read and written of this volume below a disk of the instance."""
    where = host(context, node).name
    found = [one for one in suspended(context, instance=instance) if (one.node, one.name) == (where, name)]
    unseen = _unseen(context, instance, where)
    return verdict(
        holds=False if found else None if unseen else True,
        true=f"{name} on {where} is not suspended.",
        false=f"{name} on {where} is suspended.",
        unknown=unseen,
        evidence=tuple(f"{where}: dmsetup info: {one.name} Suspended" for one in found),
    )


@check("disks.not_stuck_on")
@unknown_if_unreadable
def not_stuck_on(context: Context, *, instance: str, node: str) -> Verdict:
    """No side of the instance's disks hangs within a handshake on this node."""
    where = host(context, node).name
    found = [one for one in stuck_sides(context, instance=instance) if one.node == where]
    unseen = _unseen(context, instance, where)
    return verdict(
        holds=False if found else None if unseen else True,
        true=f"No side on {where} hangs within a handshake.",
        unknown=unseen,
        false=f"Within a handshake on {where}: {listed(f'disk {one.index}' for one in found)}.",
        evidence=tuple(f"{where}: /proc/drbd: {one.minor}: cs:{one.connection}" for one in found),
    )


def _unseen(context: Context, instance: str, node: str) -> str:
    """That nothing is known of this node's sides, in words; empty where something is."""
    found = sides(context, instance=instance)
    if not found:
        return f"{instance} has no DRBD disk."
    seen = all(side.seen for each in found for side in each.sides if side.node == node)
    return "" if seen else f"It cannot be known: nothing is seen of {node}."
