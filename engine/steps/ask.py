"""`ask`: a decision, with what follows from each answer."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import StepError
from engine.model.step import Ask
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Name, Word
from engine.steps.kind import StepKind, StepResult, StepTools, blank, prose
from engine.steps.plan import Plan
from engine.steps.questions import STOP
from engine.steps.scope import Scope

_OTHERS = frozenset({Word.STOP, Word.Q, Word.SKIP, Word.MORE})
"""What the key of a choice is kept apart from; a word that comes from the site is kept apart from all of ours."""


class AskKind(StepKind[Ask]):
    """Saves the key of the choice, or its word, under the name the step gives."""

    key = "ask"
    model = Ask

    def does(self, step: Ask) -> str:
        return f"asks: {prose(step.ask)} ({', '.join(step.choices)})"

    def plan(self, step: Ask, scope: Scope) -> Plan:
        choices = {
            scope.render(choice.word).strip() or key: prose(
                f"{scope.tell(choice.title)}. {scope.tell(choice.consequence)}"
            )
            for key, choice in step.choices.items()
        }
        if len(choices) < len(step.choices):
            raise StepError(
                f"What has to be typed for the choices cannot be told apart: {', '.join(choices)}.",
                why="Each has to have its own word.",
                hint="Do what this step decides by itself, by the runbook for it.",
                code="choice-words",
            )
        return replace(blank(step, scope), text=prose(scope.tell(step.ask)), choices=choices, facts=scope.used)

    def question(self, step: Ask, plan: Plan) -> Question:
        names = {_name(step, key): text for key, text in plan.choices.items()}
        options = tuple(Option(name, (name,), text.split(". ")[0]) for name, text in names.items())
        return Question(plan.key, plan.text, (*options, STOP))

    def card(self, step: Ask, plan: Plan) -> tuple[Line, ...]:
        return tuple(Line(Style.TEXT, f"{_name(step, key)}: {text}") for key, text in plan.choices.items())

    def perform(self, step: Ask, plan: Plan, room: StepTools) -> StepResult:
        answer = room.answer.key if room.answer is not None else ""
        chosen = next((text for text in plan.choices if _name(step, text) == answer), "")
        return StepResult(ok=True, summary=f"chosen: {chosen}", saves={step.saves: chosen})


def _name(step: Ask, text: str) -> Name:
    """A choice as it is typed: by its key or its word, unless that is like another answer."""
    return Name(text, step.id, _OTHERS if text in step.choices else frozenset(Word))
