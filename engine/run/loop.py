"""Going through the steps of a runbook. What is done with each step is up to the hands that take it.

A real run, a rehearsal and a dry run walk this same code; they differ in their hands only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine import log, template
from engine.commands import completed
from engine.hosts.reader import Reader
from engine.load.texts import texts
from engine.model.hold import Hold
from engine.model.step import StepBase
from engine.resume.items import Items
from engine.run.context import RunContext
from engine.steps.kind import StepKind
from engine.steps.plan import Plan
from engine.steps.scope import Scope


@dataclass(frozen=True, slots=True)
class StepInstance:
    """A step that is due, for one item of its loop (or for none); without a number, what is held during the run.

    Attributes:
        moment: what was seen at one moment, where several items are looked at together; else that of the run.
    """

    run: RunContext
    step: StepBase
    number: int = 0
    total: int = 0
    item: Any = None
    moment: Reader | None = None

    def scope(self) -> Scope:
        """What this step knows in this moment."""
        return self._of_item(self.run.scope(self.moment))

    def scope_anew(self) -> Scope:
        """The same in a new moment."""
        return self._of_item(self.run.scope_anew())

    def _of_item(self, scope: Scope) -> Scope:
        return scope if self.item is None else scope.with_item(self.item)

    @property
    def name(self) -> str:
        """What the step is called on the screen."""
        item = "" if self.item is None else f" [{self.item}]"
        if not self.total:
            return f"{self.step.title}{item}"
        return f"{self.run.within}Step {self.number} of {self.total}: {self.step.title}{item}"

    @property
    def not_needed(self) -> str:
        """Why the step is not needed when its `when` does not hold."""
        return completed(self.step.otherwise) or f"it is only done when {' and '.join(self.step.when)}"

    @property
    def key(self) -> str:
        return self.run.prefix + (self.step.id if self.item is None else f"{self.step.id}[{self.item}]")

    @property
    def kind(self) -> StepKind[Any]:
        """Who plans and performs the step."""
        return self.run.loaded.kinds.of(self.step)

    def is_needed(self, scope: Scope) -> bool:
        """Whether the step's `when` holds; within a loop, what is not about the item was settled before it began."""
        conditions = [one for one in self.step.when if self.item is None or _about_item(one)]
        scope.look_ahead(lambda ahead: ahead.holds(conditions))
        return scope.holds(conditions)

    def items(self) -> list[Any] | None:
        """The items of the step's loop; None when a `when` that is the same for all of them does not hold.

        Raises:
            RunbookError: a fact cannot be read, a template cannot be rendered.
        """
        scope = self.run.scope()
        conditions = [one for one in self.step.when if not _about_item(one)]
        scope.look_ahead(lambda ahead: ahead.holds(conditions))
        if not scope.holds(conditions):
            return None
        scope.look_ahead(lambda ahead: ahead.evaluate(self.step.each or "[]"))
        return list(scope.evaluate(self.step.each or "[]"))

    def is_due(self) -> bool:
        """Whether the step would have to be done as things are now; for an item, whether its loop would have it.

        Raises:
            RunbookError: a fact cannot be read, a template cannot be rendered.
        """
        if self.item is not None and str(self.item) not in [str(one) for one in self.items() or []]:
            return False
        return self.is_needed(self.scope())

    @property
    def as_recorded(self) -> Items:
        """How the items of the step's loop are written into the journal and read back."""
        run = self.run
        return Items(self.step.each or "[]", run.loaded.runbook, run.knowledge, {**run.values, **run.saved})

    def items_before(self) -> list[Any] | None:
        """The items with which an earlier run began the loop that this one goes on with; None if none did."""
        told = self.run.past.items.get(self.key)
        return None if told is None else self.as_recorded.remembered(told)

    def plan(self) -> Plan | None:
        """The step as it would be done now; None when its `when` does not hold.

        Raises:
            RunbookError: a fact cannot be read, a template cannot be rendered.
        """
        scope = self.scope()
        return self.planned(scope) if self.is_needed(scope) else None

    def planned(self, scope: Scope) -> Plan:
        """The step as it would be done, whether it is needed or not.

        Raises:
            RunbookError: as for `plan`.
        """
        scope.look_ahead(*self.looks())
        plan: Plan = self.kind.plan(self.step, scope)
        return plan

    def looks(self) -> tuple[Callable[[Scope], object], ...]:
        """All that planning the step looks at."""
        names, step = names_in(self.step), self.step

        def plan(ahead: Scope) -> None:
            with ahead.known_as("plan", step.id, about=self.key):
                self.kind.plan(step, ahead)

        return (lambda ahead: ahead.read_each(names), plan)


_NOT_PLANNED = frozenset({"when", "leaves", "rests_on", "that", "then", "else", "hopeless"})
"""What planning a step fills nothing in of: keys of it and of the checks in it."""


def names_in(step: StepBase) -> frozenset[str]:
    """All that is named where planning a step fills something in."""
    named = (
        template.names_in(one.source, expression=one.kind == "expression")
        for one in texts(step, ())
        if one.kind != "plain" and _NOT_PLANNED.isdisjoint(one.path)
    )
    return frozenset().union(*named)


def _about_item(condition: str) -> bool:
    return "item" in template.names_in(condition, expression=True)


class StepHandler(Protocol):
    """What takes the steps."""

    def items(self, turn: StepInstance) -> list[Any]:
        """The items of the step's loop; none where the step is not needed at all."""
        ...

    def take(self, turn: StepInstance) -> None:
        """Do with a step what these hands do."""
        ...

    def take_together(self, turns: Sequence[StepInstance]) -> None:
        """Likewise with a step for several items at the same time."""
        ...

    def hold(self, turn: StepInstance) -> bool:
        """Take what is held during the run; whether it has to be given back."""
        ...

    def give_back(self, turn: StepInstance, hold: Hold) -> None:
        """Give back what was held, whatever the run has come to. Raises nothing but interruptions."""
        ...


def walk(run: RunContext, hands: StepHandler) -> None:
    """Take every step, in order, once for each item of its loop, while what the runbook holds is held."""
    held: list[Hold] = []
    try:
        for hold in run.loaded.runbook.meanwhile:
            taking, giving = hold.taking(), hold.giving_back()
            # Taken by an earlier run that this one goes on with, and not given back since: it is ours to give back.
            ours = run.past.holds(run.prefix + taking.id, run.prefix + giving.id)
            if ours or (not _over(run) and hands.hold(StepInstance(run, taking))):
                held.append(hold)
        _steps(run, hands)
    finally:
        for hold in reversed(held):
            hands.give_back(StepInstance(run, hold.giving_back()), hold)


def _over(run: RunContext) -> bool:
    """Whether an earlier run that this one goes on with had settled the last step: there is nothing to hold it for."""
    last = run.loaded.runbook.steps[-1]
    return run.past.settled(run.prefix + last.id, may_fail=last.may_fail is not None) is not None


def _steps(run: RunContext, hands: StepHandler) -> None:
    steps = run.loaded.runbook.steps
    for number, step in enumerate(steps, start=1):
        with log.bound(step=run.prefix + step.id):
            _step(StepInstance(run, step, number, len(steps)), hands)


def _step(once: StepInstance, hands: StepHandler) -> None:
    if once.step.each is None:
        hands.take(once)
        return
    turns = [replace(once, item=item) for item in hands.items(once)]
    if once.step.together is not None and turns:
        hands.take_together(turns)
    else:
        for turn in turns:
            hands.take(turn)
