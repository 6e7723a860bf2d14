"""The items of a loop at the same time: approved as one, each with a record of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from engine.clock import Clock
from engine.errors import FactError, HostError, RunbookError, StepError, StoppedError
from engine.log import carried
from engine.operator.interface import Answer, Expected, Line, Operator, Question, Style
from engine.run import resting, screen_text
from engine.run.guarding import Guards
from engine.run.interrupts import Interrupts
from engine.run.loop import StepInstance
from engine.run.performing import Failure, Performer
from engine.steps.plan import Plan

SLICE = 1.0
"""Seconds after which a waiting item looks whether the run was interrupted."""


class Labelled:
    """Shows lines with the name of their item before them; the lines shown at once stay together."""

    def __init__(self, operator: Operator, label: str, one_at_a_time: threading.Lock) -> None:
        self._operator = operator
        self._label = label
        self._one_at_a_time = one_at_a_time

    def show(self, *lines: Line) -> None:
        with self._one_at_a_time:
            self._operator.show(*(replace(line, text=self._label + line.text) for line in lines))

    def ask(self, question: Question) -> Answer:
        """Nobody can answer several questions at once; what has to be asked is asked before."""
        raise AssertionError(question.id)

    def words(self, wanted: Expected) -> str:
        """Likewise."""
        raise AssertionError(wanted.id)


class Watchful:
    """A clock whose waiting ends when the run is interrupted."""

    def __init__(self, clock: Clock, interrupts: Interrupts) -> None:
        self._clock = clock
        self._interrupts = interrupts

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def now(self) -> datetime:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: the run was interrupted meanwhile.
        """
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0:
            if self._interrupts.waiting:
                raise StoppedError(
                    "The run was interrupted.",
                    changed="What was begun was not waited for; the journal says what it was.",
                    hint="Run the runbook again: it goes on from what it finds.",
                    code="interrupted",
                )
            self._clock.sleep(min(SLICE, left))


T = TypeVar("T")
Due = tuple[StepInstance, Plan]


class SingleSteps(Protocol):
    """What a real run does with one step, as far as items that are taken at once need it too."""

    guards: Guards

    def take(self, turn: StepInstance) -> None:
        """Take a step by itself."""
        ...

    def carried(self, turn: StepInstance) -> bool:
        """Whether an earlier run has come to the end of this step."""
        ...

    def seen(self, turn: StepInstance, look: Callable[[], T]) -> T:
        """What a look at the world shows. Raises FactError, HostError or StepError where it cannot be looked at."""
        ...

    def ask(
        self, turn: StepInstance, question: Question | None, plan: Plan, card: tuple[Line, ...], digest: str
    ) -> Answer | None:
        """The approval of a step; None where nothing has to be asked. Raises StoppedError where it is not wanted."""
        ...

    def settle(self) -> None:
        """What was approved is done next. Raises StoppedError where a second person denied it after all."""
        ...

    def call_off(self, turn: StepInstance, *, changed: bool = False) -> None:
        """What was approved is not done: no approval of it counts any more."""
        ...

    def decide(self, turn: StepInstance, failure: Failure) -> bool:
        """After a failure: True to begin the step again, False to go on without it. Raises StepError to end the run."""
        ...


@dataclass(slots=True)
class _Tally:
    """What became of the items so far."""

    failures: dict[str, Failure] = field(default_factory=dict)
    not_begun: list[StepInstance] = field(default_factory=list)
    errors: list[RunbookError] = field(default_factory=list)


class Parallel:
    """Takes a step for several items.

    Args:
        single: takes one step, asks, and decides after failures.
        performer: does each item.
        interrupts: an interruption lets what was begun end, and nothing more begin.
        at_once: how many items at the same time, whatever the step allows.
    """

    def __init__(self, single: SingleSteps, performer: Performer, interrupts: Interrupts, at_once: int) -> None:
        self._single = single
        self._performer = performer
        self._interrupts = interrupts
        self._at_once = at_once
        self._counting = threading.Lock()

    def take(self, turns: Sequence[StepInstance]) -> None:
        """Take the step for all items until each is settled.

        Raises:
            RunbookError: the run ends here.
        """
        whole = replace(turns[0], item=None)
        left = self._left_over(turns)
        while left:
            self._interrupts.check()
            try:
                due = self._due(whole, left)
                if due and not self._single.guards.let(whole, [turn for turn, _plan in due]):
                    return
                answer = self._approved(whole, due) if due else None
                changed = answer is not None and self._changed(whole, due)
            except (FactError, HostError, StepError) as error:
                self._single.call_off(whole)
                if not self._single.decide(whole, Failure(error.what, error)):
                    return
                continue
            if not due or (answer is not None and answer.key == "skip"):
                self._left_out(due, answer)
                return
            if changed:
                self._single.call_off(whole, changed=True)
                continue
            self._single.settle()
            left = self._settle(whole, due, self._perform_all(whole, due, answer))

    def _left_over(self, turns: Sequence[StepInstance]) -> list[StepInstance]:
        """The items that an earlier run has not ended; those that it had begun are taken up one by one."""
        left = []
        for turn in turns:
            if self._single.carried(turn):
                continue
            if turn.run.past.under_way(turn.key):
                self._single.take(turn)
            else:
                left.append(turn)
        return left

    def _due(self, whole: StepInstance, turns: Sequence[StepInstance]) -> list[Due]:
        """The items there is something to do for; the others have ended. All are looked at in one moment."""

        def look() -> list[Plan | None]:
            moment = turns[0].run.moments.now()
            return [replace(turn, moment=moment).plan() for turn in turns]

        due: list[Due] = []
        for turn, plan in zip(turns, self._single.seen(whole, look), strict=True):
            if plan is None:
                self._performer.end(turn, "not-needed", turn.not_needed)
            elif plan.nothing:
                self._performer.end(turn, "nothing-to-do", plan.nothing)
            else:
                due.append((turn, plan))
        return due

    def _changed(self, whole: StepInstance, due: Sequence[Due]) -> bool:
        """Whether any of them would be something else by now."""

        def look() -> bool:
            moment = due[0][0].run.moments.now()
            return any(self._performer.changed_meanwhile(replace(turn, moment=moment), plan) for turn, plan in due)

        return self._single.seen(whole, look)

    def _approved(self, whole: StepInstance, due: Sequence[Due]) -> Answer | None:
        self._performer.leave_follow_up(whole)
        for turn, plan in due:
            self._performer.begin(turn, plan)
        guarding = resting.told(whole.run.loaded.runbook, whole.step)
        card = (*screen_text.card_of_all(whole.kind, whole.step, [plan for _turn, plan in due]), *guarding)
        whole.run.operator.show(Line(Style.HEADING, f"{whole.name} ({len(due)} at once)"), *card)
        plan = replace(
            due[0][1],
            key=whole.key,
            title=f"{whole.step.title}, {len(due)} times" if len(due) > 1 else due[0][1].title,
            changes=tuple(change for _turn, one in due for change in one.changes),
        )
        question: Question | None = whole.kind.question(whole.step, plan)
        return self._single.ask(whole, question, plan, card, self._performer.digest(whole, plan))

    def _left_out(self, due: Sequence[Due], answer: Answer | None) -> None:
        for turn, _plan in due:
            self._performer.end(turn, "skipped", answer.reason if answer is not None else "")

    def _perform_all(self, whole: StepInstance, due: Sequence[Due], answer: Answer | None) -> _Tally:
        assert whole.step.together is not None  # noqa: S101 - it is what brought us here
        tally = _Tally()
        limit = min(whole.step.together.limit, self._at_once, len(due))
        if limit == 1:
            for turn, plan in due:
                self._one(turn, plan, answer, tally)
        else:
            # Signals wait until all that was begun has ended; each item looks whether one has arrived.
            with self._interrupts.deferred(), ThreadPoolExecutor(limit) as pool:
                for turn, plan in due:
                    pool.submit(carried(self._one_of_many), turn, plan, answer, tally)
        if tally.errors:
            raise tally.errors[0]
        return tally

    def _one_of_many(self, turn: StepInstance, plan: Plan, answer: Answer | None, tally: _Tally) -> None:
        run = turn.run
        labelled = replace(
            run,
            operator=Labelled(run.operator, f"[{turn.item}] ", self._counting),
            clock=Watchful(run.clock, self._interrupts),
            shared=run.moments.beside_others(),
        )
        try:
            self._one(replace(turn, run=labelled), plan, answer, tally)
        except RunbookError as error:
            with self._counting:
                tally.errors.append(error)

    def _one(self, turn: StepInstance, plan: Plan, answer: Answer | None, tally: _Tally) -> None:
        budget = turn.step.together.failures if turn.step.together is not None else 0
        if len(tally.failures) > budget or tally.errors or self._interrupts.waiting:
            tally.not_begun.append(turn)
            return
        failure = self._performer.perform(turn, plan, answer)
        if failure is not None:
            turn.run.operator.show(Line(Style.BAD, failure.why))
            tally.failures[turn.key] = failure

    def _settle(self, whole: StepInstance, due: Sequence[Due], tally: _Tally) -> list[StepInstance]:
        """What is to be taken again after failures."""
        if not tally.failures:
            return []
        failed = [turn for turn, _plan in due if turn.key in tally.failures]
        not_begun = {turn.key for turn in tally.not_begun}
        why = "; ".join(f"{turn.item}: {tally.failures[turn.key].why}" for turn in failed)
        rest = f" {len(not_begun)} more were not begun." if not_begun else ""
        words = f"{len(failed)} of {len(due)} failed: {why}{rest}"
        again = self._single.decide(whole, Failure(words))
        left = [turn for turn, _plan in due if turn.key in tally.failures or turn.key in not_begun]
        if again:
            return left
        for turn in left:
            if turn.key in not_begun:
                self._performer.end(turn, "skipped", "not begun after others failed")
            else:
                self._performer.end(turn, "failed", tally.failures[turn.key].why)
        return []
