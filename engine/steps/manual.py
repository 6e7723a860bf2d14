"""`manual`: what only a person can do."""

from __future__ import annotations

from dataclasses import replace

from engine.effects import Effect
from engine.model.step import Manual
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Name, Word
from engine.steps.kind import StepKind, StepResult, StepTools, blank, prose
from engine.steps.plan import Plan
from engine.steps.questions import SKIP, STOP
from engine.steps.scope import Scope

_SAID = {"": Word.DONE, Word.DONE: Word.DONE, Word.YES: Word.YES}
"""What a runbook may have typed instead of a name: it says that something was done, not what."""


class ManualKind(StepKind[Manual]):
    """Says what to do and waits for the person to say that it is done; `verify` then looks for its effect."""

    key = "manual"
    model = Manual

    def does(self, step: Manual) -> str:
        return prose(step.manual)

    def plan(self, step: Manual, scope: Scope) -> Plan:
        said = step.confirm in _SAID and step.effect is not Effect.DESTRUCTIVE
        return replace(
            blank(step, scope),
            confirm=step.confirm if said else scope.name(step.confirm, step.id),
            text=prose(scope.tell(step.manual)),
            facts=scope.used,
        )

    def question(self, step: Manual, plan: Plan) -> Question:
        word = _SAID.get(plan.confirm) or Name(plan.confirm, step.id)
        go = Option("go", (word,), "it is done")
        return Question(plan.key, f"{plan.title}: type {word} once you have done it.", (go, SKIP, STOP))

    def card(self, step: Manual, plan: Plan) -> tuple[Line, ...]:
        return (Line(Style.WARNING, plan.text),)

    def perform(self, step: Manual, plan: Plan, room: StepTools) -> StepResult:
        room.on_manual(plan.key)
        return StepResult(ok=True, summary="you said that it is done")
