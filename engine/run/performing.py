"""Doing one step that was approved, verifying it, and recording how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal

from engine.english import when
from engine.errors import FactError, HostError, OutcomeUnknownError, PreconditionError, RunbookError
from engine.journal.events import Answered, Checked, FollowUpDone, FollowUpLeft, LoopBegun, StepBegun, StepEnded
from engine.knowledge import Verdict
from engine.operator.interface import Answer, Line, Question, Style
from engine.resume.past import Begun
from engine.run import screen_text
from engine.run.changer import Changer
from engine.run.loop import StepInstance
from engine.run.record import Record, waits
from engine.steps.kind import StepResult, StepTools
from engine.steps.plan import Plan
from engine.steps.poll import looks, poll
from engine.steps.scope import plain

State = Literal["done", "not-needed", "nothing-to-do", "skipped", "failed"]

_LEFT_OUT = {"not-needed": "not needed", "nothing-to-do": "nothing to do", "skipped": "left out"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step did not do what it should, and the error behind it if there is one.

    Attributes:
        hint: what a check says is to be done then.
    """

    why: str
    cause: RunbookError | None = None
    hint: str = ""


class Attempt(Enum):
    """What came of one attempt at a step that did not fail."""

    DONE = "it was done, and what it should come to was seen"
    SETTLED = "it has ended without being done: it was not needed, had nothing to do, or was left out"
    AGAIN = "what was shown is no longer so; it is to be begun again"


class Performer:
    """Performs steps and writes down what became of them. The only place where a `Changer` is used.

    Args:
        changer: makes the changes.
        journal: where everything is recorded.
        on_manual: told when a person says that a manual step is done.
        call: goes through another runbook for a step.
    """

    def __init__(
        self,
        changer: Changer,
        journal: Record,
        on_manual: Callable[[str], None],
        call: Callable[[StepInstance, str, Mapping[str, str]], None],
    ) -> None:
        self._changer = changer
        self._journal = journal
        self._on_manual = on_manual
        self._call = call

    def perform(self, turn: StepInstance, plan: Plan, answer: Answer | None) -> Failure | None:
        """Do it and verify it; the step has ended then, unless a failure says that it did not do what it should.

        Raises:
            OutcomeUnknownError, JournalError, StoppedError: from the change it makes.
        """
        room = self._room(turn, self.digest(turn, plan), answer)
        try:
            try:
                done = turn.kind.perform(turn.step, plan, room)
            finally:
                # Shown where it was made, however it ended; the output it had stands above it.
                turn.run.operator.show(*self._changer.news(turn.key))
                turn.run.moments.over()
        except (HostError, PreconditionError) as error:
            return Failure(error.what, error)
        except OutcomeUnknownError as error:
            turn.run.operator.show(Line(Style.BAD, error.what))
            raise
        return self._finish(turn, done)

    def take_up(self, turn: StepInstance, begun: Begun) -> Failure | None:
        """Go on with a step whose change an earlier run had begun: as it was performed by then, so it is verified now.

        Raises:
            StoppedError: from what it waits for.
        """
        result = begun.result
        if result is not None:
            room = self._room(turn, begun.intent.digest, None)
            try:
                done = turn.kind.resumed(turn.step, result, room)
            except (HostError, FactError) as error:
                return Failure(error.what, error)
        else:
            why = begun.known.why if begun.known is not None else ""
            done = StepResult(ok=False, summary=f"Nobody saw how its command ended. {why}".strip())
        return self._finish(turn, done)

    def carry(self, turn: StepInstance, ended: StepEnded) -> None:
        """Record that a step had ended in an earlier run already, and is not taken again."""
        past = turn.run.past
        where = past.ended_in[turn.key]
        again = replace(ended, title=turn.step.title, carried=where)
        self._journal.append(again)
        turn.run.ended[turn.key] = again
        words = _LEFT_OUT.get(ended.state, ended.state)
        turn.run.operator.show(
            Line(Style.FAINT, f"{turn.name}: {words} in run {where}, {when(past.ended_at[turn.key])}. {ended.reason}")
        )

    def _room(self, turn: StepInstance, digest: str, answer: Answer | None) -> StepTools:
        return StepTools(
            changer=self._changer,
            operator=turn.run.operator,
            clock=turn.run.clock,
            fresh=turn.scope_anew,
            digest=digest,
            answer=answer,
            on_manual=self._on_manual,
            call=lambda name, values: self._call(turn, name, values),
            waits=lambda whom, what: waits(self._journal.append, turn.key, whom)(what),
        )

    def _finish(self, turn: StepInstance, done: StepResult) -> Failure | None:
        step, run = turn.step, turn.run
        if done.verdict is not None:
            self._found(turn, done.verdict)
        trouble = done.trouble if done.ok else done.summary
        if step.verify is not None:
            failure, summary = self._verify(turn, done_ok=done.ok, said=done.summary)
            if failure is not None:
                return failure
        elif done.ok:
            summary = done.summary
        else:
            return Failure(done.summary, hint=done.verdict.hint if done.verdict is not None else "")
        run.saved.update(done.saves)
        run.operator.show(_done(trouble, summary))
        self.end(turn, "done", summary, saved=done.saves, trouble=trouble)
        if closed := turn.kind.closes(step):
            self._journal.append(FollowUpDone(closed, run.site.label))
        return None

    def _verify(self, turn: StepInstance, *, done_ok: bool, said: str) -> tuple[Failure | None, str]:
        """What the world says counts, not what the command said: exit codes lie in both directions."""
        assert turn.step.verify is not None  # noqa: S101 - asked by the caller
        tell = screen_text.progress(turn.run.operator)
        found = poll(turn.step.verify, looks(turn), turn.run.clock, tell, waits(self._journal.append, turn.key))
        self._found(turn, found)
        if found.holds is not True:
            return Failure(found.summary if done_ok else f"{said} {found.summary}", hint=found.hint), ""
        return None, found.summary

    def _found(self, turn: StepInstance, found: Verdict) -> None:
        self._journal.append(Checked(turn.key, found.holds, found.summary, found.evidence))
        if found.holds is not True:
            turn.run.operator.show(*screen_text.verdict(found))

    def digest(self, turn: StepInstance, plan: Plan) -> str:
        """What an approval of this plan is bound to."""
        about = {"runbook": turn.run.loaded.digest, "parameters": plain(dict(turn.run.values))}
        return plan.digest(about)

    def came_back(self, turn: StepInstance) -> bool:
        """Wait for hosts that were changed before and are away now; whether one was, and answers again."""
        back = self._changer.came_back(turn.key, turn.run.operator)
        turn.run.moments.over()
        return back

    def changed_meanwhile(self, turn: StepInstance, plan: Plan) -> bool:
        """Whether a look at the world now gives another plan than the one that was approved or decided on.

        What a person says they have done with their own hands is not asked about again: doing it changed the world.

        Raises:
            RunbookError: the world cannot be looked at.
        """
        if not plan.changes and not plan.choices:
            return False
        again = turn.plan()
        return again is None or self.digest(turn, again) != self.digest(turn, plan)

    def leave_follow_up(self, turn: StepInstance) -> None:
        """Recorded before the step is done, not after: a reminder too many is better than one that was lost."""
        left = turn.step.leaves
        if left is None:
            return
        scope = turn.scope()
        parameters = {name: scope.render(text) for name, text in left.parameters.items()}
        because = " ".join(scope.render(left.because).split())
        self._journal.append(FollowUpLeft(left.runbook, turn.run.site.label, because, parameters))

    def loop(self, turn: StepInstance, items: list[Any]) -> list[Any]:
        """Record the items of a loop that begins, and return them."""
        told = turn.as_recorded.recorded(items)
        if told is not None:
            self._journal.append(LoopBegun(turn.key, told))
        return items

    def begin(self, turn: StepInstance, plan: Plan) -> None:
        """Record that a step is due, and on which facts."""
        self._journal.append(StepBegun(turn.key, plan.title, plain(plan.facts), "" if plan.changes else plan.undo))

    def refuses(self, turn: StepInstance, why: str) -> None:
        """Record that a step is not begun, and why."""
        self._journal.append(Checked(turn.key, holds=False, summary=why))

    def asks(self, question: Question) -> None:
        """Record that a question is asked."""
        waits(self._journal.append, question.id, "operator")(question.text)

    def answered(self, question: Question, answer: Answer, digest: str = "") -> None:
        """Record an answer."""
        self._journal.append(Answered(question.id, question.text, answer.key, answer.typed, digest, answer.reason))

    def end(
        self,
        turn: StepInstance,
        state: State,
        reason: str,
        *,
        saved: Mapping[str, Any] = MappingProxyType({}),
        trouble: str = "",
    ) -> None:
        """Record how a step ended; tell it, unless that was told already."""
        told = {name: str(value) for name, value in saved.items()}
        ended = StepEnded(turn.key, state, reason, turn.step.title, told, trouble=trouble)
        self._journal.append(ended)
        turn.run.ended[turn.key] = ended
        if state in _LEFT_OUT:
            turn.run.operator.show(Line(Style.FAINT, f"{turn.name}: {_LEFT_OUT[state]}, {reason}"))


def _done(trouble: str, summary: str) -> Line:
    """The end of a step that was done: well, or not without trouble."""
    if not trouble:
        return Line(Style.GOOD, summary)
    return Line(Style.WARNING, trouble if trouble == summary else f"{trouble} What is looked for holds: {summary}")
