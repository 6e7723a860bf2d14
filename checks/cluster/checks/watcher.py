"""The check of the pause of ganeti-watcher."""

from __future__ import annotations

from checks.cluster.facts import watcher
from checks.look.known import unknown_if_unreadable, verdict
from checks.paths import WATCHER_PAUSE
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
