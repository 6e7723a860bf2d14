"""The copies of the configuration on the master candidates: what a failover to one of them would lose."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.checks.copies import LOSES, not_older
from checks.cluster.facts.copies import ConfigCopy, serials
from checks.cluster.facts.masters import claims
from checks.cluster.parse.config import parse_serial
from checks.cluster.rules.second_look import later
from checks.look.nodes import content, host
from checks.look.rule import finding, key, node, rule
from checks.paths import CONFIG_DATA
from engine.errors import FactError, HostError
from engine.findings import Finding, Unknown
from engine.knowledge import Context

AGAIN = 2.0
"""Seconds until a second look: a change that is being written is on one node before it is on the others."""


@rule("whether every copy of the configuration is good")
def copies(context: Context) -> Iterator[Finding | Unknown]:
    """A master candidate whose copy is damaged, missing, or stays behind."""
    found = serials(context)
    acting, highest = claims(context).acting, found.highest
    behind: list[ConfigCopy] = []
    for one in found.entries:
        if not (one.candidate and one.answers):
            continue
        if one.serial is None:
            yield _broken(one)
        elif highest is not None and one.serial < highest:
            behind.append(one)
    if not behind:
        return
    again = later(context, AGAIN)
    for one in behind:
        try:
            text = content(again, host(again, one.node), CONFIG_DATA)
            now = context.remember(parse_serial, text).serial_no if text is not None else None
        except (FactError, HostError) as error:
            yield Unknown(f"whether the configuration on {one.node} stays behind", str(error))
            continue
        if now == one.serial:
            yield finding(
                "config-behind",
                f"The configuration on {one.node} stays behind: number {one.serial}, elsewhere {highest}.",
                node(one.node),
                evidence=not_older(context, node=one.node).evidence,
                case="of the master" if one.node == acting else "",
                next=f"{LOSES} On the master: gnt-cluster redist-conf",
                explained_by=(key("master-disagrees", node(one.node)), key("node-offline", node(one.node))),
            )


def _broken(one: ConfigCopy) -> Finding:
    return finding(
        "config-damaged",
        f"The configuration on {one.node} {'is damaged' if one.damaged else 'is missing'}; a candidate needs it.",
        node(one.node),
        evidence=(f"{one.node}: {CONFIG_DATA}: {'cannot be understood' if one.damaged else 'no such file'}",),
        next="If it is the master's: do not restart Ganeti there; another candidate has a copy. Otherwise, on the"
        " master: gnt-cluster redist-conf",
        explained_by=(key("master-disagrees", node(one.node)), key("not-a-node", node(one.node))),
    )
