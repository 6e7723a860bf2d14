"""What stands at the end of a run: what was left out or went wrong, and the changes of one that was cut short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.journal.events import StepEnded
from engine.journal.reader import Journal
from engine.journal.undo_record import UndoByHand
from engine.model.runbook import Runbook
from engine.operator.interface import Line, Style
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
