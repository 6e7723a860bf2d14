"""Checks of DRBD's module on a node: as it runs, and as it will be loaded."""

from __future__ import annotations

from checks.drbd.facts import module
from checks.look.known import unknown_if_unreadable, verdict
from checks.paths import DRBD_OPTIONS, PROC_DRBD, USERMODE_HELPER
from engine.commands import to_type
from engine.english import listed
from engine.knowledge import Context, Verdict, check


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
