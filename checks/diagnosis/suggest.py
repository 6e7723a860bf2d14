"""The runbooks that the diagnosis suggests, with the parameters that it fills in."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnosis import Suggestion

SUGGESTED: Mapping[str, tuple[str, ...]] = {
    "drbd-host-setup": ("node",),
    "drbd-recreate-secondary": ("node",),
    "kvm-dir-permissions": ("node",),
    "lvm-filter": ("node",),
    "master-failover": ("new_master",),
    "master-failover-return": ("old_master",),
    "node-reinstall": ("node",),
    "pub-keys-rebuild": (),
    "split-brain-cleanup": ("instance",),
    "split-brain-replace": ("instance",),
    "split-brain-stuck": ("instance",),
    "stuck-job": ("job",),
    "watcher-continue": (),
}
"""Each runbook, and the parameters it is suggested with: a test holds that it has them and needs no others."""


def suggest(runbook: str, note: str = "", **parameters: str) -> Suggestion | None:
    """A suggestion, or None for a runbook that is not suggested yet."""
    if runbook not in SUGGESTED:
        return None
    if set(parameters) != set(SUGGESTED[runbook]):
        raise ValueError(f"{runbook} is suggested with {', '.join(SUGGESTED[runbook])}")
    return Suggestion(runbook, parameters, note)
