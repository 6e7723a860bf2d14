"""Checks of an instance's DRBD disks."""

from __future__ import annotations

from dataclasses import replace

from checks.drbd.facts import disks, sides
from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.drbd.states import WITHOUT_DISK, Connection, Role
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import content, host
from checks.paths import PROC_DRBD
from engine.commands import to_type
from engine.english import listed
from engine.errors import FactError, HostError
from engine.knowledge import Context, Verdict, check


@check("disks.in_sync")
@unknown_if_unreadable
def in_sync(context: Context, *, instance: str) -> Verdict:
    """Every DRBD disk of the instance is connected and up to date on both its nodes."""
    states = disks.of(context, instance=instance)
    if not states:
        return Verdict(
            holds=True,
            summary=f"{instance} has no DRBD disk, so none that could be out of sync.",
            evidence=(f"configuration: {instance} has no disk of the type drbd",),
        )
    wrong = [state for state in states if state.seen and not state.in_sync]
    unseen = [state for state in states if not state.seen]
    silent = "; ".join(dict.fromkeys(f"{state.node}: {state.line}" for state in unseen))
    places = ", ".join(_place(state) for state in wrong)
    alone = [state for state in wrong if state.connection is Connection.STANDALONE]
    found = verdict(
        holds=False if wrong else None if unseen else True,
        true=f"All disks of {instance} are connected and up to date on both nodes.",
        false=f"Not in sync: {places}.",
        unknown=f"The copy there cannot be seen: {silent}.",
        evidence=tuple(
            f"{state.node}: {PROC_DRBD}: {state.line}{_progress(state)}"
            if state.seen
            else f"{state.node}: {state.line}"
            for state in states
        ),
        hint="While a disk is being resynchronised, wait; its progress is in /proc/drbd of both nodes.",
    )
    return replace(found, hopeless=True, hint=_apart(context, instance, alone)) if alone else found


def _apart(context: Context, instance: str, alone: list[disks.DiskState]) -> str:
    """What to do about a side that looks for no other one any more."""
    where = ", ".join(dict.fromkeys(state.node for state in alone))
    why = f"No waiting helps: on {where} a side stands alone (StandAlone) and looks for no other."
    try:
        contested = any(one.contested for one in sides.sides(context, instance=instance))
    except (FactError, HostError):
        return f"{why} {to_type('diagnose')} says how to go on."
    runbook = "split-brain-replace" if contested else "split-brain-cleanup"
    return f"{why} Run: {to_type('run', runbook, instance=instance)}"


@check("disks.are_connected")
@unknown_if_unreadable
def are_connected(context: Context, *, instance: str, with_disks: bool = False) -> Verdict:
    """Both sides of every DRBD disk of the instance see each other; with `with_disks`, each has one of its own."""
    states = disks.of(context, instance=instance)
    apart = [state for state in states if state.seen and (not state.linked or
                                                          (with_disks and state.disk in WITHOUT_DISK))]  # fmt: skip
    unseen = list(dict.fromkeys(f"{state.node}: {state.line}" for state in states if not state.seen))
    return verdict(
        holds=False if apart else None if unseen or not states else True,
        true=f"Both sides of all disks of {instance} see each other.",
        false="Not connected: "
        + ", ".join(f"disk {state.index} on {state.node} ({state.connection}, {state.disk})" for state in apart)
        + ".",
        unknown=f"The copy there cannot be seen: {listed(unseen)}." if states else f"{instance} has no DRBD disk.",
        evidence=tuple(f"{state.node}: {PROC_DRBD}: {state.line}" for state in states),
    )


@check("disks.unused_on")
@unknown_if_unreadable
def unused_on(context: Context, *, node: str) -> Verdict:
    """No DRBD device of this node is Primary: nothing there writes to a mirrored disk."""
    where = host(context, node)
    text = content(context, where, PROC_DRBD)
    found = context.remember(parse_proc_drbd, text) if text is not None else None
    devices = found.devices if found is not None else {}
    strange = found.strange if found is not None else {}
    primary = [device for device in devices.values() if device.role is Role.PRIMARY]
    return verdict(
        holds=False if primary else None if strange else True,
        true=f"No DRBD device of {where} is in use.",
        false=f"In use on {where}: {listed(f'drbd{device.minor}' for device in primary)}.",
        unknown=f"DRBD on {where} tells of a device what version 8.4 never tells; it may be in use.",
        evidence=tuple(f"{where}: {PROC_DRBD}: {line}" for line in [*(one.line for one in primary), *strange.values()])
        or (f"{where}: {PROC_DRBD}: {len(devices)} devices, none Primary",),
        hint="If an instance runs here and on its other node as well, both write: find out which one is right first.",
    )


def _place(state: disks.DiskState) -> str:
    return f"disk {state.index} on {state.node}{_progress(state)}"


def _progress(state: disks.DiskState) -> str:
    return f" ({state.progress})" if state.progress else ""
