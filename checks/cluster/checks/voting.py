"""Checks of the flags that let a node start as master without a vote."""

from __future__ import annotations

from checks.cluster.facts import voting
from checks.look.known import unknown_if_unreadable, verdict
from checks.paths import DEFAULTS
from engine.knowledge import Context, Verdict, check


@check("voting.flags_set")
@unknown_if_unreadable
def flags_set(context: Context, *, node: str) -> Verdict:
    """Both luxid and wconfd will start on this node without a vote."""
    found = voting.flags(context, node=node)
    return verdict(
        holds=found.both,
        true=f"luxid and wconfd start without a vote on {found.node}.",
        false=f"Not both of luxid and wconfd have --no-voting and --yes-do-it on {found.node}.",
        evidence=_evidence(found),
        hint="Without both words in both lines, the next restart leaves this node without a master.",
    )


@check("voting.flags_absent")
@unknown_if_unreadable
def flags_absent(context: Context, *, node: str) -> Verdict:
    """Neither luxid nor wconfd has a flag against voting on this node."""
    found = voting.flags(context, node=node)
    return verdict(
        holds=not found.any,
        true=f"luxid and wconfd ask the other nodes before they start on {found.node}.",
        false=f"A flag against voting is set on {found.node}.",
        evidence=_evidence(found),
        hint="Take it out again as soon as the other nodes are back: with it, two masters can start.",
    )


def _evidence(found: voting.VotingFlags) -> tuple[str, ...]:
    source = f"{found.node}: {DEFAULTS}"
    return (f'{source}: WCONFD_ARGS="{found.wconfd_args}"', f'{source}: LUXID_ARGS="{found.luxid_args}"')
