"""Checks of what every node has to have under Ganeti: DRBD's module, LVM's filter."""

from __future__ import annotations

from checks.facts import lvm, module
from checks.judge.known import unknown_if_unreadable, verdict
from checks.paths import DRBD_OPTIONS, PROC_DRBD, USERMODE_HELPER
from engine.commands import to_type
from engine.english import listed
from engine.knowledge import Context, Verdict, check


@check("lvm.leaves_drbd_out")
@unknown_if_unreadable
def leaves_drbd_out(context: Context, *, node: str) -> Verdict:
    """LVM on this node does not look at DRBD devices, on which the volume groups of instances may be."""
    found = lvm.filters(context, node=node)
    return verdict(
        holds=not found.scans_drbd,
        true=f"LVM on {found.node} leaves DRBD devices out.",
        false=f"LVM on {found.node} looks for volume groups on DRBD devices, and so on the disks of instances.",
        evidence=found.evidence,
        hint=to_type("run", "lvm-filter", node=found.node),
    )


@check("drbd.is_ready")
@unknown_if_unreadable
def is_ready(context: Context, *, node: str) -> Verdict:
    """DRBD's module is loaded on this node and calls the program the cluster wants, exactly."""
    found = module.setup(context, node=node)
    what = "is not loaded" if not found.loaded else f"calls {found.helper!r} instead of {found.wanted_helper!r}"
    return verdict(
        holds=found.loaded and found.helper_fits,
        true=f"DRBD is loaded on {found.node} and calls {found.wanted_helper}.",
        false=f"DRBD on {found.node} {what}.",
        evidence=_running(found),
        hint=to_type("run", "drbd-host-setup", node=found.node),
    )


@check("drbd.set_for_boot")
@unknown_if_unreadable
def set_for_boot(context: Context, *, node: str) -> Verdict:
    """DRBD's module will be loaded at the next boot of this node, with the right options."""
    found = module.setup(context, node=node)
    wrong = [
        text
        for bad, text in (
            (not found.at_boot, "no file names it to be loaded at boot"),
            (not found.options_fit, f"{DRBD_OPTIONS} does not give it the right options"),
            (bool(found.contradicted_by), f"{listed(found.contradicted_by)} says something else"),
        )
        if bad
    ]
    return verdict(
        holds=not wrong,
        true=f"DRBD will be loaded on {found.node} at boot, with the right options.",
        false=f"After the next boot of {found.node} DRBD is not as it should be: {'; '.join(wrong)}.",
        evidence=(
            *(f"{found.node}: {line}" for line in found.options or (f"{DRBD_OPTIONS}: no options for drbd",)),
            f"{found.node}: /etc/modules, /etc/modules-load.d: drbd is {'' if found.at_boot else 'not '}there",
        ),
        hint=to_type("run", "drbd-host-setup", node=found.node),
    )


def _running(found: module.Setup) -> tuple[str, ...]:
    if not found.loaded:
        return (f"{found.node}: {PROC_DRBD}: no such file",)
    return (
        f"{found.node}: {PROC_DRBD}: {found.devices} devices",
        f"{found.node}: {USERMODE_HELPER}: {found.helper!r}",
    )
