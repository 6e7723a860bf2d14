"""The hands of a dry run: they show. They have no Changer, so nothing they do can change a host."""

from __future__ import annotations

from typing import Any

from engine import template
from engine.errors import RunbookError
from engine.model.step import Ask, StepBase
from engine.operator.interface import Line, Style
from engine.run import telling
from engine.run.context import RunContext
from engine.run.walk import Turn
from engine.steps.kinds import kind_of


class Showing:
    """Shows each step with its real values, and says what cannot be known before a step was really done."""

    def __init__(self) -> None:
        self._would: list[str] = []
        self._undecided: dict[str, str] = {}
        self.shown = 0

    def items(self, run: RunContext, step: StepBase) -> list[Any]:
        try:
            items = list(run.scope().evaluate(step.each or "[]"))
        except RunbookError as error:
            self._not_yet(run, error)
            return []
        if not items:
            run.operator.show(Line(Style.FAINT, f"Nothing in its list as things stand now.{self._proviso()}"))
        return items

    def take(self, turn: Turn) -> None:
        run, step = turn.run, turn.step
        depends = self._depends_on_decision(step)
        try:
            scope = turn.scope()
            due = bool(depends) or step.when is None or bool(scope.evaluate(step.when))
            plan = kind_of(step).plan(step, scope)
        except RunbookError as error:
            if not self._would and not depends:
                raise
            self._not_yet(run, error)
            return
        if not due:
            run.operator.show(
                Line(Style.FAINT, f"Not needed as things stand now (only when {step.when}).{self._proviso()}")
            )
            return
        if plan.nothing:
            run.operator.show(Line(Style.FAINT, f"Nothing to do: {plan.nothing}.{self._proviso()}"))
            return
        if depends:
            run.operator.show(Line(Style.UNSURE, f"Only if the decision {depends!r} leads here (when {step.when})."))
        run.operator.show(*telling.card(step, plan))
        question = kind_of(step).question(step, plan)
        asked = "would be done without asking" if question is None else f"would ask: {question.text}"
        run.operator.show(Line(Style.FAINT, f"{turn.key}: {asked}"))
        if step.verify is not None:
            run.operator.show(
                Line(
                    Style.FAINT,
                    f"Would then be verified: {telling.check_name(step.verify)}; not known before.",
                )
            )
        self.shown += 1
        if isinstance(step, Ask):
            self._undecided[step.saves] = turn.key
        else:
            self._would.append(turn.key)

    def _depends_on_decision(self, step: StepBase) -> str:
        if step.when is None:
            return ""
        names = template.names_in(step.when, expression=True)
        return next((key for name, key in self._undecided.items() if name in names), "")

    def _proviso(self) -> str:
        return f" Looked at again once {self._would[-1]!r} is done." if self._would else ""

    def _not_yet(self, run: RunContext, error: RunbookError) -> None:
        after = self._would[-1] if self._would else next(iter(self._undecided.values()), "the start")
        run.operator.show(Line(Style.UNSURE, f"Cannot be known before {after!r} is done: {error.what}"))
