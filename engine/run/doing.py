"""The hands of a real run and of a rehearsal: ask, do, verify, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from engine.effects import Effect
from engine.errors import (
    FactError,
    HostError,
    OutcomeUnknownError,
    RunbookError,
    StepError,
    StoppedError,
)
from engine.journal.events import Answered, Checked, FollowUpLeft, StepBegun, StepEnded
from engine.knowledge import Verdict
from engine.operator.interface import Answer, Line, Question, Style
from engine.run import telling
from engine.run.changer import Changer
from engine.run.interrupts import Interrupts
from engine.run.polling import poll
from engine.run.record import Record
from engine.run.scope import plain
from engine.run.walk import Turn
from engine.steps.approval import after_failure
from engine.steps.interface import Plan, Room
from engine.steps.kinds import kind_of

State = Literal["done", "not-needed", "nothing-to-do", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step did not do what it should, and the error behind it if there is one."""

    why: str
    cause: RunbookError | None = None


class Doing:
    """Takes steps for real. The only place where a `Changer` is used."""

    def __init__(
        self,
        changer: Changer,
        journal: Record,
        interrupts: Interrupts,
        *,
        yes_up_to: Effect = Effect.SAFE,
        on_manual: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._changer = changer
        self._journal = journal
        self._interrupts = interrupts
        self._yes_up_to = yes_up_to
        self._on_manual = on_manual

    def items(self, turn: Turn) -> list[Any]:
        while True:
            try:
                items = turn.items()
            except (FactError, HostError, StepError) as error:
                if self._decide(turn, Failure(error.what, error)):
                    continue
                return []
            if items is None:
                self._end(turn, "not-needed", turn.not_needed)
            elif not items:
                self._end(turn, "nothing-to-do", "there is nothing it would have to be done for")
            return items or []

    def take(self, turn: Turn) -> None:
        while True:
            self._interrupts.check()
            again, failure = self._attempt(turn)
            if failure is not None:
                again = self._decide(turn, failure)
            if not again:
                return

    def _attempt(self, turn: Turn) -> tuple[bool, Failure | None]:
        """One attempt at a step: whether to begin it again, and how it failed, if it did."""
        try:
            plan = turn.plan()
        except (FactError, HostError, StepError) as error:
            return False, Failure(error.what, error)
        if plan is None:
            self._end(turn, "not-needed", turn.not_needed)
            return False, None
        self._leave_follow_up(turn)
        if plan.nothing:
            self._end(turn, "nothing-to-do", plan.nothing)
            return False, None
        self._journal.append(StepBegun(turn.key, plan.title, plain(plan.facts)))
        turn.run.operator.show(Line(Style.HEADING, turn.name), *telling.card(turn.step, plan))
        answer = self._ask(turn, plan)
        if answer is not None and answer.key == "skip":
            self._end(turn, "skipped", answer.reason)
            return False, None
        return self._go(turn, plan, answer)

    def _go(self, turn: Turn, plan: Plan, answer: Answer | None) -> tuple[bool, Failure | None]:
        try:
            changed = answer is not None and self._changed_meanwhile(turn, plan)
        except (FactError, HostError, StepError) as error:
            return False, Failure(error.what, error)
        if changed:
            turn.run.operator.show(Line(Style.WARNING, "What was shown has changed meanwhile; here it is again."))
            return True, None
        return False, self._perform(turn, plan, answer)

    def _ask(self, turn: Turn, plan: Plan) -> Answer | None:
        question = kind_of(turn.step).question(turn.step, plan)
        if question is None:
            return None
        automatic = bool(plan.changes) and Effect.DESTRUCTIVE.level > self._yes_up_to.level >= turn.step.effect.level
        if automatic:
            answer = Answer("go", f"--yes {self._yes_up_to}")
            turn.run.operator.show(Line(Style.FAINT, f"Approved by --yes {self._yes_up_to}."))
        else:
            card = telling.card(turn.step, plan)
            full = Question(question.id, question.text, question.options, telling.more(turn.step, plan), card)
            answer = turn.run.operator.ask(full)
        self._answered(question, answer, self._digest(turn, plan))
        if answer.key == "stop":
            raise StoppedError(
                f"You stopped before {turn.key!r}.",
                changed="Nothing of this step was done.",
                hint="Run the runbook again to go on: it looks at the world anew.",
            )
        return answer

    def _perform(self, turn: Turn, plan: Plan, answer: Answer | None) -> Failure | None:
        step, run = turn.step, turn.run
        room = Room(
            changer=self._changer,
            operator=run.operator,
            clock=run.clock,
            fresh=turn.scope,
            digest=self._digest(turn, plan),
            answer=answer,
            on_manual=self._on_manual,
        )
        try:
            done = kind_of(step).perform(step, plan, room)
        except HostError as error:
            return Failure(error.what, error)
        except OutcomeUnknownError as error:
            run.operator.show(Line(Style.BAD, error.what))
            raise
        if done.verdict is not None:
            self._found(turn, done.verdict)
        if step.verify is None:
            if not done.ok:
                return Failure(done.summary)
            summary = done.summary
        else:
            failure, summary = self._verify(turn, done_ok=done.ok, said=done.summary)
            if failure is not None:
                return failure
        run.saved.update(done.saves)
        run.operator.show(Line(Style.GOOD, summary))
        self._end(turn, "done", summary)
        return None

    def _verify(self, turn: Turn, *, done_ok: bool, said: str) -> tuple[Failure | None, str]:
        """What the world says counts, not what the command said: exit codes lie in both directions."""
        assert turn.step.verify is not None  # noqa: S101 - asked by the caller
        found = poll(turn.step.verify, turn.scope, turn.run.clock)
        self._found(turn, found)
        if found.holds is not True:
            return Failure(found.summary if done_ok else f"{said} {found.summary}"), ""
        if not done_ok:
            turn.run.operator.show(Line(Style.WARNING, f"{said} What it should do is done all the same."))
        return None, found.summary

    def _found(self, turn: Turn, found: Verdict) -> None:
        self._journal.append(Checked(turn.key, found.holds, found.summary, found.evidence))
        if found.holds is not True:
            turn.run.operator.show(*telling.verdict(found))

    def _decide(self, turn: Turn, failure: Failure) -> bool:
        """After a failure: True to begin the step again, False to go on without it.

        Raises:
            StepError: the run ends here.
        """
        step, run = turn.step, turn.run
        if failure.cause is not None:
            run.operator.show(Line(Style.BAD, str(failure.cause)))
        if step.may_fail is not None:
            run.operator.show(Line(Style.UNSURE, f"The run goes on: {step.may_fail}"))
            self._end(turn, "failed", failure.why)
            return False
        plan = Plan(key=turn.key, title=step.title, why="", consequence="", undo="")
        question = after_failure(plan, failure.why)
        try:
            answer = run.operator.ask(question)
        except StoppedError as error:
            self._end(turn, "failed", failure.why)
            if error.code == "unanswered":
                raise self._failed(turn, failure) from error
            raise
        self._answered(question, answer)
        if answer.key == "stop":
            self._end(turn, "failed", failure.why)
            raise self._failed(turn, failure)
        if answer.key == "skip":
            self._end(turn, "skipped", f"after it failed: {answer.reason}")
        return answer.key == "retry"

    def _failed(self, turn: Turn, failure: Failure) -> StepError:
        cause = failure.cause
        return StepError(
            f"The step {turn.key!r} did not do what it should: {failure.why}",
            why=str(cause) if cause is not None else "",
            hint=(cause.hint if cause is not None and cause.hint else "")
            or "Look at its output above, put the cause right, and run the runbook again: it goes on from what it "
            "finds.",
            code=cause.code if cause is not None else "step-failed",
        )

    def _changed_meanwhile(self, turn: Turn, plan: Plan) -> bool:
        """Whether a look at the world now gives another plan than the one that was approved."""
        if not plan.changes:
            return False
        again = turn.plan()
        return again is None or self._digest(turn, again) != self._digest(turn, plan)

    def _digest(self, turn: Turn, plan: Plan) -> str:
        about = {"runbook": turn.run.loaded.digest, "parameters": plain(dict(turn.run.values))}
        return plan.digest(about)

    def _leave_follow_up(self, turn: Turn) -> None:
        """Recorded before the step is done, not after: a reminder too many is better than one that was lost."""
        left = turn.step.leaves
        if left is None:
            return
        scope = turn.scope()
        parameters = {name: scope.render(text) for name, text in left.parameters.items()}
        because = " ".join(scope.render(left.because).split())
        self._journal.append(FollowUpLeft(left.runbook, turn.run.site.label, because, parameters))

    def _answered(self, question: Question, answer: Answer, digest: str = "") -> None:
        self._journal.append(Answered(question.id, question.text, answer.key, answer.typed, digest, answer.reason))

    def _end(self, turn: Turn, state: State, reason: str) -> None:
        self._journal.append(StepEnded(turn.key, state, reason))
        if state in {"not-needed", "nothing-to-do", "skipped"}:
            words = {"not-needed": "not needed", "nothing-to-do": "nothing to do", "skipped": "left out"}[state]
            turn.run.operator.show(Line(Style.FAINT, f"{turn.name}: {words}, {reason}"))
