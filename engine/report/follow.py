"""Looking on while a run goes: its journal as it grows. Nothing is asked of any host, and nothing is written to it."""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path

from engine.english import pairs, plural
from engine.hosts.command import shown
from engine.journal.events import (
    Answered,
    ApprovalEnded,
    ApprovalRequested,
    Checked,
    FollowUpLeft,
    Intent,
    Outcome,
    PreconditionSeen,
    RunEnded,
    RunStarted,
    StepBegun,
    StepEnded,
    Surveyed,
    Waiting,
)
from engine.journal.lenient import NEVER, JournalLine, read_from, told
from engine.journal.reader import is_written
from engine.operator.interface import Line, Style
from engine.report import words
from engine.report.words import bounded

EVERY = 0.5
"""Seconds between two looks at the file."""

OUTPUT_LINES = 20
COLUMNS = 400

_VERDICTS = {True: Style.GOOD, False: Style.BAD, None: Style.UNSURE}


class JournalFollower:
    """A journal as it grows.

    Attributes:
        over: nothing more will come: the run has ended, or nobody writes the journal any more.
        ended: the run has ended by itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._last: JournalLine | None = None
        self._rest = b""
        self.over = False
        self.ended = False

    def look(self) -> list[JournalLine]:
        """The lines that were written since the last look.

        Raises:
            JournalError: it cannot be read.
        """
        # First the lock, then the file: what was written before the writer went is read in this same look.
        written = is_written(self._path)
        data = read_from(self._path, self._at)
        self._at += len(data)
        number, since = (self._last.number, self._last.time) if self._last else (0, NEVER)
        lines, self._rest = told(self._rest + data, number, since)
        if lines:
            self._last = lines[-1]
            self.ended = isinstance(lines[-1].event, RunEnded)
        self.over = self.ended or not written
        return lines


def in_words(line: JournalLine) -> list[Line]:
    """A line of a journal as somebody reads it who looks on."""
    found = _words(line.event, line)
    return [Line(one.style, f"{line.time:%H:%M:%S}  {one.text}") if not at else one for at, one in enumerate(found)]


@singledispatch
def _words(_event: object, line: JournalLine) -> list[Line]:
    return [Line(Style.FAINT, bounded(f"{words.NOTES.get(line.kind, line.kind)}: {pairs(line.data)}", 1, 0)[0])]


@_words.register
def _(event: RunStarted, _line: JournalLine) -> list[Line]:
    given = " ".join(f"{name}={value}" for name, value in event.parameters.items())
    who = pairs(event.operator)
    return [
        Line(Style.HEADING, f"{event.runbook} {given} on {event.site} ({event.mode}), run {event.run}"),
        Line(Style.TEXT, f"by {who}{f', because: {event.reason}' if event.reason else ''}"),
    ]


@_words.register
def _(event: Surveyed, _line: JournalLine) -> list[Line]:
    if event.why:
        return [Line(Style.FAINT, f"What was wrong {event.when} it is not known: {event.why}")]
    titles = [Line(Style.TEXT, f"- {one.get('title')}") for one in event.findings]
    return [Line(Style.TEXT, f"What was wrong {event.when} it: {plural(len(event.findings), 'finding')}"), *titles]


@_words.register
def _(event: PreconditionSeen, _line: JournalLine) -> list[Line]:
    forced = [Line(Style.WARNING, f"Overridden: {event.forced}")] if event.forced else []
    return [Line(_VERDICTS[event.holds], event.summary), *forced]


@_words.register
def _(event: StepBegun, _line: JournalLine) -> list[Line]:
    return [Line(Style.HEADING, f"{event.title} ({event.step})")]


@_words.register
def _(event: Waiting, _line: JournalLine) -> list[Line]:
    if event.whom == "operator":
        return [Line(Style.UNSURE, f"The operator is asked: {event.what}")]
    return [Line(Style.UNSURE, f"Waiting{'' if event.whom == 'condition' else f' for {event.whom}'}: {event.what}")]


@_words.register
def _(event: Answered, _line: JournalLine) -> list[Line]:
    reason = f", because: {event.reason}" if event.reason else ""
    return [Line(Style.TEXT, f"Answered {event.answer} (typed: {event.typed}){reason}")]


@_words.register
def _(event: ApprovalRequested, _line: JournalLine) -> list[Line]:
    return [Line(Style.WARNING, f"A second person is asked to approve {event.step}: gnt-runbook approve")]


@_words.register
def _(event: ApprovalEnded, _line: JournalLine) -> list[Line]:
    reason = f", because: {event.reason}" if event.reason else ""
    return [Line(Style.TEXT, f"The second person: {event.state} {pairs(event.who)}{reason}")]


@_words.register
def _(event: Intent, line: JournalLine) -> list[Line]:
    argv = event.action.get("argv")
    text = shown([str(one) for one in argv]) if argv else f"edit {event.action.get('file')}"
    diff = event.action.get("diff")
    lines = [Line(Style.COMMAND, f"on {event.host}:  {bounded(text, 1, line.number, COLUMNS)[0]}")]
    return [*lines, *([Line(Style.DIFF, bounded(str(diff), OUTPUT_LINES, line.number, COLUMNS)[0])] if diff else [])]


@_words.register
def _(event: Outcome, line: JournalLine) -> list[Line]:
    ends = {
        "done": (Style.FAINT, f"exit code {event.exit_code} after {event.seconds:.1f} s"),
        "failed": (Style.UNSURE, f"exit code {event.exit_code} after {event.seconds:.1f} s"),
        "not-started": (Style.BAD, f"it never began: {event.why}"),
        "unknown": (Style.BAD, f"UNKNOWN: nobody saw its end. {event.why}"),
    }
    lines = [Line(*ends[event.state])]
    for text in (event.stdout, event.stderr):
        output, left_out = bounded(text, OUTPUT_LINES, line.number, COLUMNS)
        lines += [Line(Style.OUTPUT, output)] if output else []
        lines += [Line(Style.FAINT, left_out)] if left_out else []
    return lines


@_words.register
def _(event: Checked, _line: JournalLine) -> list[Line]:
    return [Line(_VERDICTS[event.holds], event.summary)]


@_words.register
def _(event: StepEnded, _line: JournalLine) -> list[Line]:
    styles = {"done": Style.GOOD, "failed": Style.BAD, "skipped": Style.WARNING}
    name = event.title or event.step
    return [Line(styles.get(event.state, Style.FAINT), f"{name}: {words.STATES[event.state]}, {event.reason}")]


@_words.register
def _(event: FollowUpLeft, _line: JournalLine) -> list[Line]:
    return [Line(Style.WARNING, f"To be done later: {event.runbook}. {event.because}")]


@_words.register
def _(event: RunEnded, _line: JournalLine) -> list[Line]:
    if event.exit == 0:
        return [Line(Style.GOOD, f"The run reached its end: {event.summary}")]
    return [Line(Style.BAD, f"The run ended with exit code {event.exit}: {event.summary}")]
