"""What was switched off and has to be switched on again: the watcher, and the queue."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.masters import master
from checks.cluster.facts.watcher import pause
from checks.look.nodes import content
from checks.look.rule import finding, node, rule, suggest
from checks.paths import QUEUE_DRAINED, WATCHER_PAUSE
from engine.findings import Finding, Unknown
from engine.knowledge import Context


@rule("whether the watcher is paused")
def watcher(context: Context) -> Iterator[Finding | Unknown]:
    """The watcher is paused."""
    found = pause(context)
    if found.paused:
        yield finding(
            "watcher-paused",
            f"The watcher is paused until {found.until}: nothing is restarted or reconnected by itself.",
            node(found.node),
            evidence=(f"{found.node}: {WATCHER_PAUSE}: {found.until}",),
            suggestion=suggest(
                "watcher-continue", "Only if nobody works on the cluster any more: see gnt-runbook list, and ask."
            ),
        )


@rule("whether the queue is drained")
def queue(context: Context) -> Iterator[Finding | Unknown]:
    """The queue is drained: it takes no new jobs."""
    where = master(context)
    if content(context, where, QUEUE_DRAINED) is not None:
        yield finding(
            "queue-drained",
            "The queue takes no new jobs: it was drained.",
            node(where.name),
            evidence=(f"{where}: {QUEUE_DRAINED} is there",),
            next="If nobody works on the cluster any more: gnt-cluster queue undrain",
        )
