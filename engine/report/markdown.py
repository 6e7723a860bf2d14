"""A report as Markdown, for a ticket or a wiki. What hosts printed stands in fences that it cannot close."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.english import clock, duration
from engine.operator.screen import harmless
from engine.report import words
from engine.report.model import Check, Command, Decision, Happening, Note, Report, Step, Survey
from engine.report.words import bounded

LINES = 200

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")


def as_markdown(report: Report) -> str:
    """The whole report."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def plain(text: object) -> str:
    """Text that Markdown shows as it is, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(harmless(str(text)).split()))


def fenced(text: str, language: str = "") -> list[str]:
    """A block that nothing in it can end."""
    longest = max((len(one) for one in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence, ""]


def _lines(report: Report) -> Iterator[str]:
    yield f"# {plain(report.runbook or report.run)} on {plain(report.site or 'an unknown cluster')}"
    yield from ("", f"**{plain(words.outcome(report))}** {plain(words.summed_up(report))}", "", "| | |", "|---|---|")
    yield from (f"| {plain(name)} | {plain(value)} |" for name, value in words.header(report))
    yield ""
    if report.left:
        yield from ("## What is left to do", "")
    for left in report.left:
        yield from (f"- **{plain(left.what)}** {plain(left.because)}".rstrip(), "")
        yield from fenced(harmless(left.command)) if left.command else []
    yield from _survey("Before: what was wrong", report.before)
    if report.after is not None:
        yield from _survey("After: what was wrong", report.after)
    yield from _checks("What had to be true before", report.preconditions)
    yield from ("## What was done", "")
    for step in report.steps:
        yield from _step(step)
    yield from _checks("What had to be true afterwards", report.postconditions)
    yield from ("## Who was waited for", "", "| Who | Together | Times |", "|---|---|---|")
    for row in report.timeline:
        yield f"| {plain(row.who)} | {duration(row.seconds)} | {len(row.spans)} |"
    yield ""
    if report.notes:
        yield from ("## What else the journal holds", "")
    for note in report.notes:
        yield from _happened(note)


def _survey(title: str, survey: Survey | None) -> Iterator[str]:
    yield from (f"## {title}", "", plain(words.survey_verdict(survey)), "")
    if survey is None:
        return
    for one in survey.findings:
        yield from (f"- {plain(one.get('title'))}", "")
        evidence = "\n".join(str(each) for each in one.get("evidence") or ())
        yield from fenced(bounded(evidence, LINES, survey.line)[0]) if evidence else []
    for unknown in survey.unknown:
        yield from (f"- not known: {plain(unknown.get('question'))} {plain(unknown.get('why'))}", "")


def _checks(title: str, checks: list[Check]) -> Iterator[str]:
    if checks:
        yield from (f"## {title}", "")
    for one in checks:
        yield from _happened(one)


def _step(step: Step) -> Iterator[str]:
    level = "#" * min(3 + step.depth, 6)
    took = f", {duration(step.seconds)}" if step.seconds and step.happened else ""
    state = words.STATES[step.state]
    yield from (f"{level} {clock(step.begun)} {plain(words.step_name(step))}: {state}{took}", "")
    for one in step.happened:
        yield from _happened(one)
    if reason := words.reason_of(step):
        yield from (plain(reason), "")


def _happened(one: Happening) -> Iterator[str]:
    match one:
        case Decision():
            reason = f", because: {plain(one.reason)}" if one.reason else ""
            yield f"> {plain(one.text)}"
            yield f"> **{plain(one.answer)}** (typed: {plain(one.typed)}), by {plain(one.by or 'nobody knows')}{reason}"
            yield ""
        case Command():
            yield from _command(one)
        case Check():
            forced = f" **Overridden: {plain(one.forced)}**" if one.forced else ""
            yield from (f"- **{words.HOLDS[one.holds]}**: {plain(one.summary)}{forced}", "")
        case Note():
            yield from (f"- {plain(words.note_name(one))}: {plain(words.note_words(one))}", "")


def _command(one: Command) -> Iterator[str]:
    yield from (f"On {plain(one.host)}, {plain(one.effect)}:", "")
    yield from fenced(harmless(one.command or f"edit {one.file}"))
    if one.diff:
        yield from fenced(bounded(one.diff, LINES, one.line)[0], "diff")
    for text in (one.stdout, one.stderr):
        shown, left_out = bounded(text, LINES, one.outcome_line)
        yield from fenced(shown) if shown else []
        yield from [left_out, ""] if left_out else []
    yield from (plain(words.result(one)), "")
