"""Flags against voting that were left behind."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.checks.voting import flags_absent
from checks.cluster.facts import voting
from checks.cluster.facts.masters import claims
from checks.cluster.facts.present import answering, current_config, silent
from checks.look.rule import finding, key, node, rule, suggest
from checks.paths import DEFAULTS
from engine.english import listed
from engine.errors import FactError, HostError
from engine.findings import Finding, Unknown
from engine.knowledge import Context

TAKE_OUT = (
    f"Take --no-voting and --yes-do-it out of WCONFD_ARGS and LUXID_ARGS in {DEFAULTS}, then: systemctl restart ganeti"
)


@rule("whether flags against voting were left behind")
def left(context: Context) -> Iterator[Finding | Unknown]:
    """A node would start as master without asking the others."""
    acting = claims(context).acting
    for one in answering(context):
        try:
            flags = voting.flags(context, node=one.name)
        except (FactError, HostError) as error:
            yield Unknown(f"whether {one} starts with a vote", str(error))
            continue
        if not flags.any:
            continue
        missing = _missing(context, one.name)
        helps = one.name == acting and missing
        yield finding(
            "voting-flags",
            f"{one} starts as master without a vote" + (f", and {missing[0]} is not back yet." if helps else "."),
            node(one.name),
            evidence=flags_absent(context, node=one.name).evidence,
            suggestion=suggest(
                "master-failover-return",
                f"Not back either: {listed(missing[1:])}." if missing[1:] else "",
                old_master=missing[0],
            )
            if helps
            else None,
            next=f"As long as {missing[0]} is away, leave them in: without them no restart is survived."
            if helps
            else TAKE_OUT
            if one.name == acting
            else f"It is not the master: {TAKE_OUT}",
            explained_by=tuple(key("master-disagrees", node(name)) for name in missing),
        )


def _missing(context: Context, name: str) -> list[str]:
    """The nodes whose votes are missing, the most likely former master first."""
    found = claims(context)
    old = [claim.node for claim in found.claims if claim.believes == claim.node]
    try:
        _where, config = current_config(context)
        offline = [one.name for one in config.nodes.values() if one.offline]
    except FactError:
        offline = []
    return [one for one in dict.fromkeys((*old, *offline, *silent(context))) if one != name]
