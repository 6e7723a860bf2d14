"""What stands at the end of a run, however it ended: what was left out, overridden, changed, or left behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.commands import to_type
from engine.errors import RunbookError
from engine.hosts.reads import read
from engine.journal.events import FollowUpLeft, StepEnded
from engine.journal.leftovers import Behind, Leftover
from engine.journal.reader import Journal
from engine.journal.undo_record import UndoByHand
from engine.knowledge import Context
from engine.model.runbook import Runbook
from engine.operator.interface import Line, Style
from engine.run.context import RunContext
from engine.steps.kind import prose
from engine.undo.changes import Made, made_by

LEFT_OUT = {"skipped": "was left out", "failed": "did not do what it should"}


def not_as_it_should_be(runbook: Runbook, ended: Iterable[StepEnded]) -> list[Line]:
    """The steps that were left out, failed, or were not done without trouble, each with what there is to say of it."""
    allowed = {one.id: prose(one.may_fail) for one in runbook.steps if one.may_fail is not None}
    found = []
    for one in ended:
        key, _, item = one.step.partition("[")
        title = f"{one.title or key} [{item}" if item else one.title or key
        if one.state in LEFT_OUT:
            # Of a runbook that was called the words were shown when it failed.
            more = f" {allowed[key]}" if one.state == "failed" and key in allowed else ""
            found.append(Line(Style.WARNING, f"{title} {LEFT_OUT[one.state]}: {one.reason}{more}"))
        elif one.trouble:
            found.append(Line(Style.WARNING, f"{title}: {one.trouble}"))
    return found


def standing(journals: Sequence[Journal], *, undo: str) -> list[Line]:
    """The changes of a run that did not reach its end, newest first, and the command that takes them back.

    Args:
        journals: those of the runs that it went on with, oldest first, and its own.
        undo: the command that takes back what can be; empty where there is none, as in a rehearsal.
    """
    changes = [one for one in made_by(journals) if not (isinstance(one.undo, UndoByHand) and one.undo.needless)]
    if not changes:
        return []
    lines = [Line(Style.HEADING, "What this run has changed")]
    lines += [Line(Style.WARNING, _told(one)) for one in changes]
    if undo and any(not isinstance(one.undo, UndoByHand) for one in changes):
        lines.append(Line(Style.TEXT, f"To take it back, newest first, each after asking: {undo}"))
    return lines


def _told(one: Made) -> str:
    words = f"{one.title} ({one.words})" if one.words else one.title
    unsure = "" if one.state == "done" else f" {one.why}."
    back = f" {one.undo.words}." if one.undo is not None else ""
    return f"{words}.{unsure}{back}"


def still_there(run: RunContext, behind: Behind) -> list[Leftover]:
    """Of what was left behind all but what is seen to be gone; looked at in one moment."""
    found = []
    context = Context(run.moments.now(), run.site, run.clock)
    for one in behind.leftovers:
        seen = _is_there(one, context, run)
        if seen is not False:
            found.append(replace(one, state="unknown" if seen is None else "there"))
    return found


def _is_there(one: Leftover, context: Context, run: RunContext) -> bool | None:
    try:
        if one.is_file:
            return context.reader.read(run.site.hosts[one.host], read("test", "-e", one.name)).ok
        if one.there is not None:
            return run.knowledge.checks[one.there.check](context, **one.there.arguments).holds
    except (RunbookError, KeyError, TypeError, ValueError):
        # Its host does not answer, or is no host of this site any more; of another version of the pack.
        return None
    return None


def told(leftovers: Iterable[Leftover], follow_ups: Iterable[FollowUpLeft]) -> tuple[Line, ...]:
    """What is left behind, with the command that removes each; nothing where nothing is."""
    lines: list[Line] = []
    for one in leftovers:
        lines.append(Line(Style.WARNING, one.words[0].upper() + one.words[1:]))
        lines += [Line(Style.COMMAND, f"on {one.host}:  {one.command}")] if one.command else []
    for left in follow_ups:
        lines.append(Line(Style.WARNING, left.because))
        lines.append(Line(Style.COMMAND, to_type("run", left.runbook, **left.parameters)))
    return (Line(Style.HEADING, "What is left behind, and what removes it"), *lines) if lines else ()
