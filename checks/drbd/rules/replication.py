"""Whether two nodes reach each other at the addresses their disks are mirrored over; asked only where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checks.cluster.facts.reachability import ReachAttempt, reached
from checks.cluster.parse.config import Config
from checks.look.nodes import host
from checks.look.rule import finding, key, node
from engine.findings import Finding
from engine.knowledge import Context

Ends = tuple[str, str]
"""Two nodes, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Way:
    """What two nodes hear of each other at their addresses for DRBD.

    Attributes:
        open: each reaches the other; None where that could not be tried.
    """

    ends: Ends
    open: bool | None
    attempts: tuple[ReachAttempt, ...]

    @property
    def evidence(self) -> tuple[str, ...]:
        return tuple(one.line for one in self.attempts)


def ends(one: str, two: str) -> Ends:
    return (one, two) if one <= two else (two, one)


def cut_key(between: Ends) -> str:
    return key("replication-cut", *(node(name) for name in between))


def ways(context: Context, config: Config, between: Iterable[Ends]) -> Mapping[Ends, Way]:
    """Try each way in both directions."""
    addresses = {one.name: one.secondary_ip or one.primary_ip for one in config.nodes.values()}
    found = {}
    for pair in dict.fromkeys(between):
        tried = tuple(
            attempt
            for origin, target in (pair, pair[::-1])
            for attempt in reached(context, (host(context, origin),), addresses[target])
        )
        answers = {attempt.answered for attempt in tried}
        found[pair] = Way(pair, False if False in answers else None if None in answers else True, tried)
    return found


def cut(some: Mapping[Ends, Way]) -> Iterator[Finding]:
    """Two nodes that do not reach each other there."""
    for between, way in some.items():
        if way.open is False:
            one, two = between
            yield finding(
                "replication-cut",
                f"{one} and {two} do not reach each other at the addresses over which their disks are mirrored.",
                node(one),
                node(two),
                evidence=way.evidence,
                next="Mend that network first: switch, cable, firewall, secondary addresses. Disks of which one side"
                " waits connect again by themselves then.",
            )
