"""What nodes take their own names for."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.present import answering
from checks.look.commands import resolve
from checks.look.grammar import is_address, is_loopback
from checks.look.nodes import answer
from checks.look.rule import finding, key, node, rule
from engine.english import join_and
from engine.findings import Finding, Unknown
from engine.knowledge import Context

UNKNOWN_NAME = 2


@rule("whether a node takes its name for a loopback address")
def names(context: Context) -> Iterator[Finding | Unknown]:
    """A node that takes its own name for a loopback address."""
    for one in answering(context):
        result = answer(context, one, resolve(one.name))
        if result is None or result.exit_code not in {0, UNKNOWN_NAME}:
            yield Unknown(f"what {one} takes its own name for", "getent does not answer or cannot be executed there")
            continue
        first = [line.split()[0] for line in result.lines if line.split()]
        loops = [address for address in dict.fromkeys(first) if _loopback(address)]
        if loops:
            yield finding(
                "name-is-loopback",
                f"{one} takes its own name for {join_and(loops)}; Ganeti needs the address of its network there.",
                node(one.name),
                evidence=(f"{one}: getent ahosts {one}: {', '.join(dict.fromkeys(first))}",),
                next=f"Correct the line of {one} in its /etc/hosts.",
                explained_by=(key("not-a-node", node(one.name)),),
            )


def _loopback(text: str) -> bool:
    address = text.partition("%")[0]
    return is_address(address) and is_loopback(address)
