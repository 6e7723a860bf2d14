"""Going through the steps of a runbook. What is done with each step is up to the hands that take it.

A real run, a rehearsal and a dry run walk this same code; they differ in their hands only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from engine.model.step import StepBase
from engine.run import telling
from engine.run.context import RunContext
from engine.run.scope import Scope
from engine.steps.interface import Plan
from engine.steps.kinds import kind_of


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that is due, for one item of its loop (or for none)."""

    run: RunContext
    step: StepBase
    number: int
    item: Any = None

    def scope(self) -> Scope:
        """A new moment for this step."""
        scope = self.run.scope()
        return scope if self.step.each is None else scope.with_item(self.item)

    @property
    def key(self) -> str:
        return self.step.id if self.step.each is None else f"{self.step.id}[{self.item}]"

    def plan(self) -> Plan | None:
        """The step as it would be done now; None when its `when` does not hold.

        Raises:
            RunbookError: a fact cannot be read, a template cannot be rendered.
        """
        scope = self.scope()
        if self.step.when is not None and not scope.evaluate(self.step.when):
            return None
        plan: Plan = kind_of(self.step).plan(self.step, scope)
        return plan


class Hands(Protocol):
    """What takes the steps."""

    def items(self, run: RunContext, step: StepBase) -> list[Any]:
        """The items of the step's loop."""
        ...

    def take(self, turn: Turn) -> None:
        """Do with a step what these hands do."""
        ...


def walk(run: RunContext, hands: Hands) -> None:
    """Take every step, in order, once for each item of its loop."""
    steps = run.loaded.runbook.steps
    for number, step in enumerate(steps, start=1):
        items = [None] if step.each is None else hands.items(run, step)
        run.operator.show(telling.heading(number, len(steps), step.title))
        for item in items:
            hands.take(Turn(run, step, number, item))
