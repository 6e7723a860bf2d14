"""What the operator is shown of a run, as lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine import english
from engine.commands import completed
from engine.effects import Effect
from engine.errors import RunbookError
from engine.journal.undo_record import UndoByHand
from engine.knowledge import Verdict
from engine.model.runbook import Runbook
from engine.model.step import StepBase
from engine.operator.interface import Line, Operator, Style
from engine.steps.kind import StepKind
from engine.steps.plan import Plan
from engine.steps.values_in_words import in_words

# Whether it can be taken back is said by its undo, and by nothing else.
EFFECTS = {
    Effect.SAFE: "safe: changes nothing that anyone would miss",
    Effect.REVERSIBLE: "reversible: interrupts nothing and destroys nothing",
    Effect.DISRUPTIVE: "DISRUPTIVE: something that runs now will be interrupted",
    Effect.DESTRUCTIVE: "DESTRUCTIVE: something is lost for good",
}


def introduction(runbook: Runbook, dead: Sequence[str] = ()) -> tuple[Line, ...]:
    """The first screen: what this runbook is for and what can go wrong, and which hosts were declared dead."""
    lines = [Line(Style.HEADING, runbook.title), Line(Style.TEXT, completed(runbook.summary.strip()))]
    lines += [Line(Style.WARNING, completed(danger.strip())) for danger in runbook.dangers]
    if dead:
        words = f"Declared dead, and not tried: {english.listed(dead)}. What only they can tell cannot be known."
        lines.append(Line(Style.WARNING, words))
    return tuple(lines)


def card(kind: StepKind[Any], step: StepBase, plan: Plan) -> tuple[Line, ...]:
    """All that has to be seen to approve a step."""
    lines: list[Line] = []
    if plan.why:
        lines.append(Line(Style.TEXT, plan.why))
    lines += (Line(Style.OUTPUT, one) for one in plan.shown)
    lines += kind.card(step, plan)
    if plan.changes or step.effect is not Effect.SAFE:
        lines.append(Line(Style.FAINT, f"Effect: {EFFECTS[step.effect]}"))
    if plan.consequence:
        style = Style.WARNING if step.effect.level >= Effect.DISRUPTIVE.level else Style.TEXT
        lines.append(Line(style, f"What follows: {plan.consequence}"))
    # Said here, before anything is approved; afterwards it would be too late.
    lines += (Line(Style.FAINT, one) for one in dict.fromkeys(_undoing(step, plan)))
    if step.may_fail:
        lines.append(Line(Style.FAINT, f"If this fails: {completed(step.may_fail)}"))
    return tuple(lines)


def _undoing(step: StepBase, plan: Plan) -> list[str]:
    if plan.changes:
        return [change.undo.words for change in plan.changes if change.undo is not None]
    return [UndoByHand(plan.undo).words] if step.effect is not Effect.SAFE and plan.undo else []


def card_of_all(kind: StepKind[Any], step: StepBase, plans: Sequence[Plan]) -> tuple[Line, ...]:
    """The same for the items of a loop that are approved as one; what is alike is shown once."""
    lines: list[Line] = []
    for plan in plans:
        lines += card(kind, step, plan)
    return tuple(dict.fromkeys(lines))


def progress(operator: Operator) -> Callable[[Verdict], None]:
    """Tells what a check finds while it is waited for."""
    return lambda found: operator.show(Line(Style.UNSURE, found.summary))


def more(step: StepBase, plan: Plan) -> tuple[Line, ...]:
    """What is shown to those who ask for more: the facts the step rests on, and what justifies it."""
    lines = [Line(Style.FAINT, in_words(name, value)) for name, value in plan.facts.items()]
    if step.source:
        lines.append(Line(Style.FAINT, f"Justified by: {step.source}"))
    if plan.verify:
        lines.append(Line(Style.FAINT, f"Verified afterwards: {plan.verify}"))
    return tuple(lines)


def failure(error: RunbookError) -> tuple[Line, ...]:
    """An error in the middle of a run, with what can be done about it before it goes on."""
    advice = " ".join(filter(None, (error.changed, error.hint)))
    return (Line(Style.BAD, str(error)), *([Line(Style.TEXT, f"     {advice}")] if advice else []))


def verdict(found: Verdict, *, evidence: bool = True) -> tuple[Line, ...]:
    """A check's result, with what it rests on where it does not hold."""
    style = {True: Style.GOOD, False: Style.BAD, None: Style.UNSURE}[found.holds]
    lines = [Line(style, found.summary)]
    if evidence and found.holds is not True:
        lines += [Line(Style.FAINT, f"       {one}") for one in english.evidence(found.evidence)]
        if found.hint:
            lines.append(Line(Style.TEXT, f"     {found.hint}"))
    return tuple(lines)
