"""A run as its report tells it: plain data, the same for every form. The field names are the keys of the JSON form.

docs/reports.md lists the keys: some may be added, none changes without a new number.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(slots=True)
class Decision:
    """A question that was answered; `by` is who, as far as the journal knows."""

    line: int
    time: str
    question: str
    text: str
    answer: str
    typed: str
    reason: str
    by: str
    kind: str = "decision"


@dataclass(slots=True)
class Command:
    """A change: a command, or a file that was edited.

    Attributes:
        state: `done`, `failed`, `not-started` or `unknown`; `unknown` also where the journal says nothing of its end.
        argv: of a command; empty for an edit.
        command: the same as it would be typed; empty for an edit.
        outcome_line: number of the line with its end and its output; 0 if there is none.
        more: what else the journal holds of it.
    """

    line: int
    time: str
    key: str
    host: str
    effect: str
    argv: list[str]
    command: str
    file: str
    backup: str
    diff: str
    state: str = "unknown"
    exit_code: int | None = None
    seconds: float | None = None
    stdout: str = ""
    stderr: str = ""
    why: str = ""
    outcome_line: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    kind: str = "command"


@dataclass(slots=True)
class Check:
    """Something that was looked at; `forced` is the reason why it was overridden, if it was."""

    line: int
    time: str
    name: str
    holds: bool | None
    summary: str
    evidence: list[str]
    forced: str = ""
    kind: str = "check"


@dataclass(slots=True)
class Note:
    """A line that has no place of its own here, as it stands in the journal."""

    line: int
    time: str
    name: str
    data: dict[str, Any]
    kind: str = "note"


Happening = Decision | Command | Check | Note


@dataclass(slots=True)
class Step:
    """A step that came up.

    Attributes:
        depth: how many calls of other runbooks it is in.
        at: seconds since the run began.
        seconds: until it had ended; None if it has not.
        state: how it ended; `open` if it has not.
        trouble: what went wrong within it, although it was done.
    """

    key: str
    title: str
    depth: int
    begun: str
    at: float
    seconds: float | None = None
    state: str = "open"
    reason: str = ""
    trouble: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    happened: list[Happening] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """What was wrong with the site at one time; `why` says why there is no survey, if there is none."""

    line: int
    time: str
    findings: list[dict[str, Any]]
    unknown: list[dict[str, str]]
    answered: list[str]
    silent: list[str]
    why: str
    seconds: float

    @property
    def well(self) -> bool:
        return not (self.findings or self.unknown or self.silent or self.why)


@dataclass(slots=True)
class Left:
    """Something that is still to be done, and what to type for it, if that is known."""

    what: str
    because: str = ""
    command: str = ""


@dataclass(slots=True)
class Span:
    """A time in which somebody was waited for; `open` where its end is not in the journal. Seconds since the start."""

    at: float
    seconds: float
    what: str
    open: bool = False


@dataclass(slots=True)
class TimelineRow:
    """All times of one party, and their sum; what overlaps counts once."""

    who: str
    role: Literal["operator", "approver", "host", "worker", "condition", "engine"]
    seconds: float
    spans: list[Span]


@dataclass(slots=True)
class Chain:
    """What can be said of the journal itself, without anchors (docs/audit.md)."""

    state: str
    words: str
    lines: int
    tip: str
    torn: bool


@dataclass(slots=True)
class End:
    """How the run ended by itself."""

    time: str
    exit: int
    code: str
    summary: str


@dataclass(slots=True)
class Report:
    """Everything.

    Attributes:
        state: `ended`; `goes-on`: its writer still has the journal open; `no-end`: it was killed, or this is a copy.
        stranger: who else than whoever reads it may have written the journal's file, as the rest of a sentence.
        dead: hosts that were declared dead, and not tried.
        more: fields of the first line that this version does not know.
        notes: what belongs to no step.
    """

    run: str
    journal: str
    state: Literal["ended", "goes-on", "no-end"]
    stranger: str = ""
    runbook: str = ""
    site: str = ""
    mode: str = ""
    version: str = ""
    digest: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    operator: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    dead: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    begun: str = ""
    seconds: float = 0.0
    end: End | None = None
    chain: Chain = field(default_factory=lambda: Chain("unverified", "", 0, "", torn=False))
    before: Survey | None = None
    after: Survey | None = None
    preconditions: list[Check] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    postconditions: list[Check] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    timeline: list[TimelineRow] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def unknown(self) -> list[Command]:
        """Changes whose end nobody saw."""
        return [one for one in self.commands if one.state == "unknown"]

    @property
    def commands(self) -> list[Command]:
        return [one for step in self.steps for one in step.happened if isinstance(one, Command)]


FORMAT = 1


def as_json(report: Report) -> str:
    return json.dumps({"format": FORMAT, **asdict(report)}, indent=2) + "\n"
