"""A capture: every answer that a diagnosis got, in order, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.hosts.host import Host, Result
from engine.hosts.rounds import Answer


@dataclass(frozen=True, slots=True)
class CapturedRead:
    """One answer to one question; a later entry with the same question is a later look."""

    host: Host
    argv: tuple[str, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Capture:
    """A survey of a site at one time.

    Attributes:
        taken: when it was begun, in UTC.
        site: the name of the site.
        entries: where discovery started; it starts there again.
        made_by: the version of the program that took it.
    """

    taken: datetime
    site: str
    entries: tuple[Host, ...]
    answers: Sequence[CapturedRead]
    made_by: str = ""

    def by_question(self) -> Mapping[tuple[Host, tuple[str, ...]], list[Answer]]:
        """The answers to each question, the first look first."""
        found: dict[tuple[Host, tuple[str, ...]], list[Answer]] = {}
        for one in self.answers:
            found.setdefault((one.host, question(one.argv)), []).append(one.answer)
        return found

    def answering(self) -> tuple[str, ...]:
        """The hosts that answered at least one question."""
        return tuple(dict.fromkeys(one.host.name for one in self.answers if isinstance(one.answer, Result)))

    def host_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.host.name for one in self.answers))


def in_order(answers: Iterable[CapturedRead]) -> list[CapturedRead]:
    """The entries by host and question, however threads may have mixed them; later looks stay later."""
    return sorted(answers, key=lambda one: (one.host.name, one.host.addresses, one.host.port or 0, one.argv))


def question(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What a command asks, whichever version of ours asked it: in older ones grep did not take every file for text."""
    return tuple(one for one in argv if one != "-a") if argv[:1] == ("grep",) else argv
