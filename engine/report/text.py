"""A report for the terminal: short, the urgent first; the whole is in the other forms."""

from __future__ import annotations

from collections.abc import Iterator

from engine.english import clock, duration, evidence, plural
from engine.operator.interface import Line, Style
from engine.report import words
from engine.report.model import Check, Command, Decision, Happening, Note, Report, Step, Survey, TimelineRow
from engine.report.words import bounded

OUTPUT_LINES = 12
COLUMNS = 400
BAR = 40
"""Characters of the timeline."""

_VERDICTS = {True: Style.GOOD, False: Style.BAD, None: Style.UNSURE}
_TONES = {"good": Style.GOOD, "warn": Style.UNSURE, "bad": Style.BAD}
_STATES = {"done": Style.GOOD, "failed": Style.BAD, "skipped": Style.WARNING, "open": Style.UNSURE}


def as_lines(report: Report) -> Iterator[Line]:
    """The report, line by line."""
    yield Line(Style.HEADING, f"{report.runbook or report.run} on {report.site or 'an unknown cluster'}")
    yield Line(_TONES[words.tone(report)], words.outcome(report))
    yield Line(Style.TEXT, words.summed_up(report))
    for name, value in words.header(report):
        yield Line(Style.FAINT, f"{name + ':':<16}{value}")
    if report.left:
        yield Line(Style.HEADING, "What is left to do")
    for left in report.left:
        yield Line(Style.WARNING, left.what)
        yield from [Line(Style.FAINT, f"     {left.because}")] if left.because else []
        yield from [Line(Style.COMMAND, left.command)] if left.command else []
    yield from _survey("Before", report.before)
    if report.after is not None:
        yield from _survey("After", report.after)
    yield from _checks("What had to be true before", report.preconditions)
    yield Line(Style.HEADING, "What was done")
    yield from _steps(report)
    yield from _checks("What had to be true afterwards", report.postconditions)
    yield Line(Style.HEADING, f"Who was waited for, to scale ({duration(report.seconds)})")
    for row in report.timeline:
        yield Line(Style.OUTPUT, _bar(row, report.seconds))
    if report.notes:
        yield Line(Style.HEADING, "What else the journal holds")
    for note in report.notes:
        yield from _happened(note)


def _survey(title: str, survey: Survey | None) -> Iterator[Line]:
    yield Line(Style.HEADING, f"{title}: what was wrong")
    yield Line(Style.GOOD if survey is not None and survey.well else Style.UNSURE, words.survey_verdict(survey))
    if survey is None:
        return
    for one in survey.findings:
        yield Line(Style.TEXT, f"- {one.get('title')}")
        rows = one.get("evidence") or ()
        yield from (Line(Style.OUTPUT, bounded(str(each), 3, survey.line, COLUMNS)[0]) for each in rows)
    for unknown in survey.unknown:
        yield Line(Style.UNSURE, f"{unknown.get('question')}: {unknown.get('why')}")


def _checks(title: str, checks: list[Check]) -> Iterator[Line]:
    if checks:
        yield Line(Style.HEADING, title)
    for one in checks:
        yield from _check(one)


def _check(one: Check) -> Iterator[Line]:
    yield Line(_VERDICTS[one.holds], one.summary)
    if one.forced:
        yield Line(Style.WARNING, f"Overridden: {one.forced}")
    if one.holds is not True:
        yield from (
            Line(Style.FAINT, f"       {bounded(each, 3, one.line, COLUMNS)[0]}") for each in evidence(one.evidence)
        )


def _steps(report: Report) -> Iterator[Line]:
    for quiet, steps in words.runs_of(report.steps):
        if quiet:
            names = "; ".join(words.step_name(step) for step in steps)
            yield Line(Style.FAINT, f"{plural(len(steps), 'step')} not needed: {names}")
        else:
            for step in steps:
                yield from _step(step)


def _step(step: Step) -> Iterator[Line]:
    took = f" ({duration(step.seconds)})" if step.seconds and step.happened else ""
    name = f"{'  ' * step.depth}{clock(step.begun)} {words.step_name(step)}: {words.STATES[step.state]}{took}"
    if not step.happened:
        yield Line(_STATES.get(step.state, Style.FAINT), f"{name}, {step.reason}")
        return
    yield Line(Style.HEADING, name)
    for one in step.happened:
        yield from _happened(one)
    if reason := words.reason_of(step):
        yield Line(_STATES.get(step.state, Style.FAINT), f"{words.STATES[step.state]}: {reason}")


def _happened(one: Happening) -> Iterator[Line]:
    match one:
        case Decision():
            reason = f", because: {one.reason}" if one.reason else ""
            yield Line(
                Style.TEXT, f"{one.text}\n  {one.answer} (typed: {one.typed}), by {one.by or 'nobody knows'}{reason}"
            )
        case Command():
            yield from _command(one)
        case Check():
            yield from _check(one)
        case Note():
            yield Line(Style.FAINT, f"{words.note_name(one)}: {words.note_words(one)}")


def _command(one: Command) -> Iterator[Line]:
    yield Line(Style.COMMAND, f"on {one.host}:  {one.command or f'edit {one.file}'}")
    if one.diff:
        yield Line(Style.DIFF, bounded(one.diff, OUTPUT_LINES * 4, one.line, COLUMNS)[0])
    for text in (one.stdout, one.stderr):
        shown, left_out = bounded(text, OUTPUT_LINES, one.outcome_line, COLUMNS)
        yield from [Line(Style.OUTPUT, shown)] if shown else []
        yield from [Line(Style.FAINT, left_out)] if left_out else []
    style = {"done": Style.FAINT, "failed": Style.UNSURE}.get(one.state, Style.BAD)
    yield Line(style, f"{one.effect}; {words.result(one)}")


def _bar(row: TimelineRow, total: float) -> str:
    cells = [" "] * BAR
    for span in row.spans:
        first = min(int(span.at / total * BAR), BAR - 1) if total else 0
        last = min(int((span.at + span.seconds) / total * BAR), BAR - 1) if total else 0
        for cell in range(first, last + 1):
            cells[cell] = "?" if span.open else "#"
    return f"[{''.join(cells)}] {duration(row.seconds):>12}  {row.who}"
