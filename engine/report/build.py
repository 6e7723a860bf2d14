"""From the lines of a journal to a report. Whatever the lines are, there is a report in the end."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from engine import ownership
from engine.hosts.command import shown
from engine.identity import in_a_word
from engine.journal.events import (
    KINDS,
    Answered,
    ApprovalEnded,
    ApprovalRequested,
    Checked,
    FactsKept,
    Intent,
    LoopBegun,
    Outcome,
    PreconditionSeen,
    RunbookText,
    RunEnded,
    RunStarted,
    StepBegun,
    StepEnded,
    Surveyed,
    Waiting,
)
from engine.journal.files import SUFFIX
from engine.journal.leftovers import Behind
from engine.journal.lenient import JournalLine, read_from, told
from engine.journal.reader import is_written
from engine.journal.verify import verify_stream
from engine.report.left import left_to_do
from engine.report.model import Chain, Check, Command, Decision, End, Note, Report, Step, Survey
from engine.report.timeline import Role, Timeline

SHORT = 2.0
"""Seconds between two lines of a step that need no explanation, where no line says what was waited for."""


def report_of(path: Path) -> Report:
    """The report of a run from its journal.

    Raises:
        JournalError: the file cannot be read.
    """
    goes_on = is_written(path)
    data = read_from(path)
    lines, rest = told(data)
    report = Report(run=path.stem, journal=str(path), state="no-end", stranger=ownership.stranger_of(path))
    builder = Builder(report, lines)
    builder.build(until=datetime.now(UTC) if goes_on else None)
    # By the name of its run: a copy may be called as one likes.
    chain = verify_stream(io.BytesIO(data), Path(f"{report.run}{SUFFIX}"))
    words = chain.words.removeprefix(f"{chain.run}: ")
    report.chain = Chain(chain.state, words, chain.lines, chain.tip, torn=bool(rest))
    if report.end is None and goes_on:
        report.state = "goes-on"
    report.left = left_to_do(report, builder.behind)
    return report


class Builder:
    """Goes through the lines once.

    Attributes:
        behind: what was left and not done or removed by this run.
    """

    def __init__(self, report: Report, lines: Sequence[JournalLine]) -> None:
        self._report = report
        self._lines = lines
        self._begun = lines[0].time if lines else None
        self._counted = any(line.seconds is not None for line in lines)
        self._latest = 0.0
        self._steps: dict[str, Step] = {}
        self._commands: dict[str, Command] = {}
        self._last: dict[str, float] = {}
        self._timeline = Timeline()
        # Of older versions: no line says what was waited for, and the times between the lines have to tell it.
        self._old = all(line.kind != Waiting.kind for line in lines)
        self.behind = Behind()

    def build(self, until: datetime | None) -> None:
        """Fill the report; `until` is now, for a run that goes on."""
        report = self._report
        for line in self._lines:
            self._take(line)
        if self._lines:
            report.begun = iso(self._lines[0].time)
            since_last = (until - self._lines[-1].time).total_seconds() if until and report.end is None else 0.0
            report.seconds = round(self._latest + max(0.0, since_last), 3)
        report.timeline = self._timeline.rows(report.seconds)

    def _at(self, line: JournalLine) -> float:
        """Seconds since the run began: by the clock that nobody sets, where the line has them.

        Else by the clock on the wall; one that was set back does not make them negative.
        """
        if self._counted:
            # A damaged line says nothing of it.
            return self._latest if line.seconds is None else line.seconds
        return max(0.0, (line.time - self._begun).total_seconds()) if self._begun is not None else 0.0

    def _take(self, line: JournalLine) -> None:
        at = self._at(line)
        self._latest = max(self._latest, at)
        about = _about(line)
        if line.event is not None:
            self.behind.hear(self._report.run, line.event)
        self._tell(line.event, line, at)
        if about:
            self._last[about] = at

    @singledispatchmethod
    def _tell(self, _event: object, line: JournalLine, _at: float) -> None:
        """What this version does not understand, or has no place of its own for."""
        self._note(line, _about(line))

    @_tell.register
    def _started(self, event: RunStarted, line: JournalLine, _at: float) -> None:
        report = self._report
        report.run, report.runbook, report.site, report.mode = event.run, event.runbook, event.site, event.mode
        report.version, report.digest, report.reason = event.version, event.digest, event.reason
        report.parameters, report.operator = dict(event.parameters), dict(event.operator)
        report.dead = list(event.dead)
        report.more = {
            name: value for name, value in line.data.items() if name not in _SHOWN and value not in ("", None, [], {})
        }

    @_tell.register
    def _text(self, _event: RunbookText | FactsKept | LoopBegun, _line: JournalLine, _at: float) -> None:
        """For resuming; the digest of the one and the steps' own facts say the same to a reader."""

    @_tell.register
    def _surveyed(self, event: Surveyed, line: JournalLine, _at: float) -> None:
        found = Survey(
            line.number,
            iso(line.time),
            list(event.findings),
            list(event.unknown),
            list(event.answered),
            list(event.silent),
            event.why,
            event.seconds,
        )
        if event.when == "before":
            self._report.before = found
        else:
            self._report.after = found

    @_tell.register
    def _needed(self, event: PreconditionSeen, line: JournalLine, _at: float) -> None:
        evidence = list(event.evidence)
        check = Check(line.number, iso(line.time), event.code, event.holds, event.summary, evidence, event.forced)
        self._report.preconditions.append(check)

    @_tell.register
    def _step_begun(self, event: StepBegun, line: JournalLine, _at: float) -> None:
        step = self._step(event.step, line)
        step.title, step.facts, step.state = event.title, event.facts, "open"

    @_tell.register
    def _waiting(self, event: Waiting, _line: JournalLine, at: float) -> None:
        roles: dict[str, Role] = {"operator": "operator", "condition": "condition"}
        self._timeline.begin(event.of, roles.get(event.whom, "worker"), event.whom, at, event.what)

    @_tell.register
    def _run_ended(self, event: RunEnded, line: JournalLine, _at: float) -> None:
        self._report.end = End(iso(line.time), event.exit, event.code, event.summary)
        self._report.state = "ended"

    @_tell.register
    def _approval_requested(self, event: ApprovalRequested, line: JournalLine, at: float) -> None:
        self._timeline.begin(f"approval {event.step}", "approver", "approver", at, "approval of the step")
        self._note(line, event.step)

    @_tell.register
    def _approval_ended(self, event: ApprovalEnded, line: JournalLine, at: float) -> None:
        self._timeline.end(f"approval {event.step}", at)
        self._note(line, event.step)

    def _step(self, key: str, line: JournalLine) -> Step:
        """The step of this name that goes on, or else a new one."""
        step = self._steps.get(key)
        if step is None:
            depth = key.split("[", 1)[0].count("/")
            step = Step(key, "", depth, iso(line.time), round(self._at(line), 3))
            self._steps[key] = step
            self._report.steps.append(step)
        return step

    def _step_asked_about(self, question: str, line: JournalLine) -> Step:
        """The step a question is about; where it was asked for all items of a loop, the first of them."""
        key = _step_of(question)
        if key not in self._steps:
            for name in self._steps:
                if name.startswith(f"{key}["):
                    return self._steps[name]
        return self._step(key, line)

    @_tell.register
    def _answered(self, event: Answered, line: JournalLine, at: float) -> None:
        waited = self._timeline.end(event.question, at)
        key = _step_of(event.question)
        since = self._last.get(key)
        if self._old and not waited and since is not None and not event.typed.startswith("--yes"):
            self._timeline.add("operator", "operator", since, at, event.text)
        decision = Decision(
            line.number,
            iso(line.time),
            event.question,
            event.text,
            event.answer,
            event.typed,
            event.reason,
            "approved without asking" if event.typed.startswith("--yes") else in_a_word(self._report.operator),
        )
        self._step_asked_about(event.question, line).happened.append(decision)

    @_tell.register
    def _intent(self, event: Intent, line: JournalLine, at: float) -> None:
        action = dict(event.action)
        argv = [str(one) for one in action.pop("argv", ()) or ()]
        action |= {"undoes": event.undoes} if event.undoes else {}
        command = Command(
            line.number,
            iso(line.time),
            event.key,
            event.host,
            event.effect,
            argv,
            shown(argv) if argv else "",
            str(action.pop("file", "") or ""),
            str(action.pop("backup", "") or ""),
            str(action.pop("diff", "") or ""),
            more=action,
        )
        self._commands[event.key] = command
        self._step(event.step, line).happened.append(command)
        self._timeline.begin(f"change {event.key}", "host", event.host, at, command.command or f"edit {command.file}")

    @_tell.register
    def _outcome(self, event: Outcome, line: JournalLine, at: float) -> None:
        self._timeline.end(f"change {event.key}", at)
        command = self._commands.get(event.key)
        if command is None:
            self._note(line)
            return
        command.state, command.exit_code, command.seconds = event.state, event.exit_code, event.seconds
        command.stdout, command.stderr, command.why = event.stdout, event.stderr, event.why
        command.outcome_line = line.number

    @_tell.register
    def _checked(self, event: Checked, line: JournalLine, at: float) -> None:
        check = Check(line.number, iso(line.time), event.of, event.holds, event.summary, list(event.evidence))
        since = self._last.get(event.of)
        if not self._timeline.end(event.of, at) and self._old and since is not None and at - since > SHORT:
            self._timeline.add("condition", "condition", since, at, event.summary)
        if event.of == "postcondition":
            self._report.postconditions.append(check)
        else:
            self._step(event.of, line).happened.append(check)

    @_tell.register
    def _ended(self, event: StepEnded, line: JournalLine, at: float) -> None:
        self._timeline.end(event.step, at)
        step = self._step(event.step, line)
        step.title = step.title or event.title
        step.state, step.reason, step.seconds = event.state, event.reason, round(at - step.at, 3)
        step.trouble = event.trouble
        if event.carried:
            step.reason = f"{event.reason} (in run {event.carried})".strip()

    def _note(self, line: JournalLine, step: str = "") -> None:
        note = Note(line.number, iso(line.time), line.kind, line.data)
        if step in self._steps:
            self._steps[step].happened.append(note)
        else:
            self._report.notes.append(note)


_SHOWN = {one.name for one in fields(RunStarted)} & {
    *("run", "runbook", "digest", "version", "mode", "site", "parameters", "operator", "reason", "dead")
}

_KEYS = {"answered": "question", "checked": "of", "waiting": "of", "outcome": "key", "intent": "step"}


def _step_of(question: str) -> str:
    return question.removesuffix(".failed").removesuffix(".interrupted")


def _about(line: JournalLine) -> str:
    """The step a line is about, as far as it can be seen; nothing if none."""
    data: dict[str, Any] = line.data
    value = data.get(_KEYS.get(line.kind, "step"))
    if not isinstance(value, str) or (line.event is None and line.kind in KINDS):
        return ""
    return _step_of(value.split("#", 1)[0])


def iso(time: datetime) -> str:
    """As reports write it: UTC, to the millisecond."""
    return time.isoformat(timespec="milliseconds")
