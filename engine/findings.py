"""What is wrong with a site, and which runbook fits: what a pack's `diagnose` gives back, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.commands import to_type


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about.

    Attributes:
        kind: the pack's own word for such a thing.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A runbook that fits.

    Attributes:
        note: what has to be known or done before it is started; empty if nothing.
    """

    runbook: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def command(self) -> str:
        """What to type."""
        return to_type("run", self.runbook, **self.parameters)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or that someone has to know.

    Attributes:
        code: a short stable name of the kind of finding, for machines.
        title: one sentence in an operator's words.
        about: what it concerns.
        evidence: what it rests on, line by line, each with where it came from.
        weight: the higher, the sooner it has to be looked at.
        suggestion: the runbook that fits, if there is one.
        next: what to look at or to do, where there is no runbook for it, or besides.
        key: tells it from all other findings.
        explained_by: keys of findings that would explain this one, the best explanation first.
    """

    code: str
    title: str
    about: tuple[Subject, ...]
    evidence: tuple[str, ...]
    weight: int
    suggestion: Suggestion | None = None
    next: str = ""
    key: str = ""
    explained_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A question that could not be answered, and why not."""

    question: str
    why: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was found, the most urgent first, and each consequence behind what explains it.

    Attributes:
        findings: in that order; `explained_by` of each names what explains it here, or nothing.
        unknown: what could not be found out; never empty if a host did not answer.
        answered: the hosts that answered.
        silent: the hosts that did not, or that could not be used.
        beyond: what no rule looks at, so that nobody takes `all_well` for more than it is.
    """

    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...]
    answered: tuple[str, ...]
    silent: tuple[str, ...]
    beyond: tuple[str, ...] = ()

    @property
    def all_well(self) -> bool:
        """Everything was looked at and nothing was found; anything less does not say so."""
        return not (self.findings or self.unknown or self.silent)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Each runbook that fits once, those for causes before those for their consequences.

        Where a cause has a runbook, those for what follows from it are left out: they may not be needed any more.
        """
        cured: set[str] = set()
        found: dict[bool, dict[str, Suggestion]] = {False: {}, True: {}}
        for one in self.findings:
            if not cured.isdisjoint(one.explained_by):
                cured.add(one.key)
            elif one.suggestion is not None:
                cured.add(one.key)
                found[bool(one.explained_by)].setdefault(one.suggestion.command, one.suggestion)
        return tuple({**found[False], **found[True]}.values())

    @property
    def again(self) -> bool:
        """Runbooks for consequences were left out of `suggestions`, so that another look is needed afterwards."""
        named = {one.command for one in self.suggestions}
        return any(one.suggestion is not None and one.suggestion.command not in named for one in self.findings)


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by weight, each directly followed by those which it explains."""
    known = {one.key: one for one in sorted(findings, key=lambda one: (-one.weight, one.key))}
    cause = {key: next((why for why in one.explained_by if why in known and why != key), None)
             for key, one in known.items()}  # fmt: skip
    for key in known:
        # Two findings that would explain each other explain nothing.
        if key in _above(key, cause):
            cause[key] = None

    def below(top: str | None) -> Iterator[Finding]:
        for key, one in known.items():
            if cause[key] == top:
                yield replace(one, explained_by=(top,) if top else ())
                yield from below(key)

    return tuple(below(None))


def _above(key: str, cause: Mapping[str, str | None]) -> list[str]:
    found: list[str] = []
    at = cause[key]
    while at is not None and at not in found:
        found.append(at)
        at = cause[at]
    return found
