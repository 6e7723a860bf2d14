"""What all rules share: the things they are about, and the names of their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.look.urgency import URGENCY
from engine.findings import Finding, Subject, Suggestion, Unknown
from engine.knowledge import Context
from engine.markers import Marker

DISKS = ("disk-diverged", "disk-ran-diskless", "disk-missing", "disk-sync-broken", "disk-stuck", "disk-standalone",
         "disk-waits", "disk-behind", "disk-cut", "disk-inactive", "disk-degraded")  # fmt: skip
"""Codes of what can be wrong with one disk so that an instance or a job suffers from it."""
MOST_COUNTED = 90
"""How many that wait for one thing make it more urgent."""

Rule = Callable[[Context], Iterator[Finding | Unknown]]
"""Yields what it finds, and what it cannot decide. Raises HostError or FactError when it cannot decide anything."""

rule: Marker[Rule] = Marker("rule")
"""`@rule("whether a job hangs")` above a rule: what it decides, as it is said where it cannot."""


def node(name: str) -> Subject:
    return Subject("node", name)


def instance(name: str) -> Subject:
    return Subject("instance", name)


def disk(index: int) -> Subject:
    return Subject("disk", str(index))


def job(number: int) -> Subject:
    return Subject("job", str(number))


def key(code: str, *about: Subject) -> str:
    """The key of the finding of this code about these things."""
    return " ".join((code, *(str(one) for one in about)))


def finding(
    code: str,
    title: str,
    *about: Subject,
    evidence: tuple[str, ...],
    case: str = "",
    held_up: int = 0,
    suggestion: Suggestion | None = None,
    next: str = "",  # noqa: A002 - the field's name
    explained_by: tuple[str, ...] = (),
    key_about: tuple[Subject, ...] | None = None,
) -> Finding:
    """A finding whose key is made of its code and of what it is about, or of `key_about` where that is too long.

    Args:
        code: it has its place in the table of urgency.
        title: one sentence in an operator's words.
        about: what it concerns.
        evidence: line by line, each with where it came from.
        case: what is known besides and makes it more or less urgent, as that table calls it.
        held_up: how many others wait for it, which makes it a little more urgent.
        suggestion: the runbook that fits.
        next: what to look at or to do.
        explained_by: keys of findings that would explain this one, the best explanation first.
        key_about: what its key is made of, instead of all that it is about.
    """
    own = key(code, *(about if key_about is None else key_about))
    weight = URGENCY[f"{code}, {case}" if case else code] + min(held_up, MOST_COUNTED)
    return Finding(code, title, about, evidence, weight, suggestion, next, own, explained_by)


def suggest(runbook: str, note: str = "", **parameters: str) -> Suggestion:
    """A runbook that fits, and the parameters that are filled in.

    A test holds for each call that the runbook is there, has them and needs no others.
    """
    return Suggestion(runbook, parameters, note)


def away(name: str) -> tuple[str, ...]:
    """Keys of the findings that explain why nothing is seen of a node."""
    return tuple(key(code, node(name)) for code in ("node-silent", "host-key-changed", "node-offline", "master-gone"))


def returned(name: str) -> tuple[str, ...]:
    """Keys of the findings that explain why a node that answers does not take part."""
    return tuple(key(code, node(name)) for code in ("drbd-module", "master-disagrees", "node-offline", "not-a-node"))
