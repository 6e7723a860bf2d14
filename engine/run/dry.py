"""The hands of a dry run: they show. They have no Changer, so nothing they do can change a host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine import template
from engine.errors import RunbookError
from engine.model.hold import Hold
from engine.model.step import Ask, CallRunbook, StepBase
from engine.operator.interface import Line, Style
from engine.run import resting, screen_text
from engine.run.loop import StepInstance, walk
from engine.run.overrides import Overrides
from engine.run.preconditions import check_preconditions
from engine.steps.plan import Plan


class DryRun:
    """Shows each step with its real values, and says what cannot be known before a step was really done."""

    def __init__(self) -> None:
        self._would: list[str] = []
        self._undecided: dict[str, str] = {}
        self.shown = 0

    def items(self, turn: StepInstance) -> list[Any]:
        try:
            items = turn.items()
        except RunbookError as error:
            if not self._would:
                raise
            self._not_yet(turn, error)
            return []
        if items is None:
            self._faint(turn, f"not needed as things stand now: {turn.not_needed}")
        elif not items:
            self._faint(turn, "nothing to do as things stand now")
        return items or []

    def hold(self, turn: StepInstance) -> bool:
        self.take(turn)
        return False

    def give_back(self, turn: StepInstance, hold: Hold) -> None:
        """Nothing was taken."""

    def take_together(self, turns: Sequence[StepInstance]) -> None:
        moment = turns[0].run.moments.now()
        for turn in turns:
            self.take(replace(turn, moment=moment))

    def take(self, turn: StepInstance) -> None:
        run, step = turn.run, turn.step
        depends = self._depends_on_decision(step)
        try:
            scope = turn.scope()
            if not depends and not turn.is_needed(scope):
                self._faint(turn, f"not needed as things stand now: {turn.not_needed}")
                return
            plan = turn.planned(scope)
        except RunbookError as error:
            if not self._would and not depends:
                raise
            self._not_yet(turn, error)
            return
        if plan.nothing:
            self._faint(turn, f"nothing to do: {plan.nothing}")
            return
        run.operator.show(Line(Style.HEADING, turn.name))
        if step.when and self._would and not depends:
            run.operator.show(Line(Style.UNSURE, f"Only if it is still needed once {self._would[-1]!r} is done."))
        if depends:
            condition = " and ".join(step.when)
            run.operator.show(Line(Style.UNSURE, f"Only if the decision {depends!r} leads here (when {condition})."))
        run.operator.show(*screen_text.card(turn.kind, step, plan))
        self._asked(turn, plan)
        self.shown += 1
        if isinstance(step, Ask):
            self._undecided[step.saves] = turn.key
        elif isinstance(step, CallRunbook):
            self._inside(turn, plan)
        else:
            self._would.append(turn.key)

    @staticmethod
    def _asked(turn: StepInstance, plan: Plan) -> None:
        """What would be asked, of whom, and what would be looked at afterwards."""
        question = turn.kind.question(turn.step, plan)
        asked = "would be done without asking" if question is None else f"would ask: {question.text}"
        lines = [Line(Style.FAINT, f"{turn.key}: {asked}")]
        if question is not None and turn.run.needs_second_person(turn.step):
            words = f"{turn.key}: would also wait for the approval of a second person (gnt-runbook approve)"
            lines.append(Line(Style.WARNING, words))
        if question is not None:
            lines += resting.told(turn.run.loaded.runbook, turn.step)
        if plan.verify:
            lines.append(Line(Style.FAINT, f"Would then be verified, not known before: {plan.verify}"))
        turn.run.operator.show(*lines)

    def _inside(self, turn: StepInstance, plan: Plan) -> None:
        """The steps of another runbook, as far as they can be known."""
        try:
            inner = turn.run.called(plan.text, plan.values, turn.key)
            refusal = check_preconditions(inner, Overrides(), lambda _event: None)
            if refusal is not None:
                after = self._would[-1] if self._would else "the start"
                text = f"As things stand now it would be refused; looked at again after {after!r}: {refusal.what}"
                turn.run.operator.show(Line(Style.UNSURE, text))
            inner.keep_facts()
            walk(inner, self)
        except RunbookError as error:
            self._not_yet(turn, error)

    def _depends_on_decision(self, step: StepBase) -> str:
        names = {name for one in step.when for name in template.names_in(one, expression=True)}
        return next((key for name, key in self._undecided.items() if name in names), "")

    def _faint(self, turn: StepInstance, text: str) -> None:
        proviso = f"; looked at again once {self._would[-1]!r} is done" if self._would else ""
        turn.run.operator.show(Line(Style.FAINT, f"{turn.name}: {text}{proviso}"))

    def _not_yet(self, turn: StepInstance, error: RunbookError) -> None:
        after = self._would[-1] if self._would else next(iter(self._undecided.values()), "the start")
        text = f"{turn.name}: cannot be known before {after!r} is done: {error.what}"
        turn.run.operator.show(Line(Style.UNSURE, text))
