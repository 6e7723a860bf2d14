"""What is kept of an exercise: which runbook in which version, where, by whom, when, and how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import TypeAdapter

from engine.exits import Exit
from engine.journal.reader import Journal
from engine.who import name_of

Where = Literal["embedded", "real"]


@dataclass(frozen=True, slots=True)
class Drill:
    """One exercise.

    Attributes:
        time: when it ended, ISO 8601, UTC.
        digest: of the runbook's file: which version of it was exercised.
        version: of gnt-runbook.
        scenario: what was wrong.
        where: on the embedded cluster, or on a real one.
        run: the name of its journal.
        who: the person, as far as known.
        exit: how it ended; code: likewise, in a word.
    """

    time: str
    runbook: str
    digest: str
    version: str
    scenario: str
    where: Where
    run: str
    who: dict[str, str]
    exit: int
    code: str

    @property
    def good(self) -> bool:
        return self.exit == Exit.DONE

    @property
    def day(self) -> str:
        return self.time[:10]

    @property
    def by(self) -> str:
        """The person's name."""
        return name_of(self.who) or "somebody"


_ONE = TypeAdapter(Drill)


def to_line(drill: Drill) -> bytes:
    """As it stands in a file, with its newline."""
    return json.dumps(asdict(drill), separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> Drill:
    """Read it back.

    Raises:
        ValueError: it is none.
    """
    return _ONE.validate_json(line)


def drill_of(journal: Journal, scenario: str, where: Where) -> Drill | None:
    """What a run was, as an exercise; None for one that has no end."""
    started, ended = journal.started, journal.ended
    if started is None or ended is None:
        return None
    return Drill(
        time=journal.entries[-1].time,
        runbook=started.runbook,
        digest=started.digest,
        version=started.version,
        scenario=scenario,
        where=where,
        run=started.run,
        who=started.operator,
        exit=ended.exit,
        code=ended.code,
    )
