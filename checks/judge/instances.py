"""Checks of where instances are configured to run."""

from __future__ import annotations

from checks.facts.nodes import node as node_fact
from checks.judge.known import unknown_if_unreadable, verdict
from engine.knowledge import Context, Verdict
from engine.shortened import listed


@unknown_if_unreadable
def none_configured_on(context: Context, *, node: str) -> Verdict:
    """No instance has this node as its primary node, by the newest configuration."""
    found = node_fact(context, node=node)
    left = found.primary_instances
    return verdict(
        holds=not left,
        true=f"No instance is configured to run on {found.name}.",
        false=f"Still configured to run on {found.name}: {listed(left)}.",
        evidence=(f"configuration: primary instances of {found.name}: {', '.join(left) or 'none'}",),
        hint="gnt-job list shows which failover failed; repeat it for each: gnt-instance failover -f NAME.",
    )
