"""The hands of a real run and of a rehearsal: ask, do, verify, record."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from engine.commands import to_type
from engine.effects import Effect
from engine.errors import FactError, HostError, RunbookError, StepError, StoppedError
from engine.journal.events import FollowUpDone, RunbookText
from engine.model.hold import Hold
from engine.operator.interface import Answer, Line, Question, Style
from engine.operator.words import Name, Word
from engine.resume.items import together
from engine.run import resting, screen_text
from engine.run.changer import Changer
from engine.run.guarding import Guards, stopped_before
from engine.run.interrupts import Interrupts
from engine.run.loop import StepInstance, walk
from engine.run.moments import BY_YES
from engine.run.overrides import Overrides
from engine.run.parallel import Parallel
from engine.run.performing import Attempt, Failure, Performer
from engine.run.preconditions import check_postconditions, check_preconditions
from engine.run.record import Record
from engine.run.second_person import SecondPerson, Shown
from engine.steps.plan import Plan
from engine.steps.questions import after_failure

T = TypeVar("T")

CANNOT_PLAN = (FactError, HostError, StepError)
"""What planning a step may raise that the operator is asked about."""


class RealRun:
    """Takes steps for real.

    Attributes:
        guards: keeps from what rests on a step that was passed over.

    Args:
        changer: makes the changes.
        journal: where everything is recorded.
        interrupts: end the run between changes.
        second: the second person, for the steps that need one.
        yes_up_to: steps up to this effect are approved without asking; never destructive ones.
        at_once: how many items of a loop may be done at the same time, whatever their step allows.
        on_manual: told when a person says that a manual step is done.
    """

    def __init__(
        self,
        changer: Changer,
        journal: Record,
        interrupts: Interrupts,
        second: SecondPerson,
        *,
        yes_up_to: Effect = Effect.SAFE,
        at_once: int = 1,
        on_manual: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._journal = journal
        self._interrupts = interrupts
        self._second = second
        self._yes_up_to = yes_up_to
        self._at_once = at_once
        self._performer = Performer(changer, journal, on_manual, self._call)
        self.guards = Guards(self._performer)

    def items(self, turn: StepInstance) -> list[Any]:
        if self.carried(turn):
            return []
        while True:
            try:
                items = self.seen(turn, turn.items)
                if (before := turn.items_before()) is not None:
                    items = together(before, items or [])
            except CANNOT_PLAN as error:
                if self.decide(turn, Failure(error.what, error)):
                    continue
                return []
            if items is None:
                self._performer.end(turn, "not-needed", turn.not_needed)
            elif not items:
                self._performer.end(turn, "nothing-to-do", "there is nothing it would have to be done for")
            return self._performer.loop(turn, items) if items else []

    def take(self, turn: StepInstance) -> None:
        if not self.carried(turn):
            self._take(turn)

    def _still(self, turn: StepInstance) -> bool:
        """Whether what the last step did that was done still holds; if not, it is taken again.

        Only of the last one: the steps after an earlier one may have undone on purpose what that did. An item of a loop
        is taken again only if the loop would have it now: the world may have come further by itself.
        """
        past = turn.run.past
        if turn.step.verify is None or not past.is_last(turn.key):
            return True
        try:
            found = turn.scope().judge(turn.step.verify)
            due = found.holds is False and turn.is_due()
        except CANNOT_PLAN:
            return True
        if found.holds is not False:
            return True
        words = f"It was done in run {past.ended_in[turn.key]}, and that holds no longer:"
        turn.run.operator.show(Line(Style.WARNING, f"{turn.name}. {words}"), *screen_text.verdict(found))
        if not due:
            turn.run.operator.show(Line(Style.TEXT, "As things are now there is nothing it would have to be done for."))
        return not due

    def carried(self, turn: StepInstance) -> bool:
        """Whether the step had ended in an earlier run that this one goes on with; that is recorded and told."""
        ended = turn.run.past.settled(turn.key, may_fail=turn.step.may_fail is not None)
        if ended is None or not self._still(turn):
            return False
        if ended.state in resting.LEFT_OUT and resting.taken_again(turn.run, turn.step):
            where = turn.run.past.ended_in[turn.key]
            by = f" by {who}" if (who := turn.run.past.by.get(where)) else ""
            words = f"It was passed over in run {where}{by}, and what comes rests on it: {ended.reason}"
            turn.run.operator.show(Line(Style.WARNING, f"{turn.name}. {words}"))
            return False
        turn.run.saved.update(ended.saved)
        self._performer.carry(turn, ended)
        return True

    def _take(self, turn: StepInstance) -> bool:
        """Take a step until it is settled; whether it was done."""
        while True:
            self._interrupts.check()
            match self._attempt(turn):
                case Attempt.DONE:
                    return True
                case Attempt.SETTLED:
                    return False
                case Attempt.AGAIN:
                    pass
                case Failure() as failure:
                    if not self.decide(turn, failure):
                        return False

    def take_together(self, turns: Sequence[StepInstance]) -> None:
        Parallel(self, self._performer, self._interrupts, self._at_once).take(turns)

    def hold(self, turn: StepInstance) -> bool:
        return self._take(turn)

    def give_back(self, turn: StepInstance, hold: Hold) -> None:
        with self._interrupts.deferred():
            try:
                failure = self._give_back(turn)
                if failure is None:
                    if hold.leaves is not None:
                        self._journal.append(FollowUpDone(hold.leaves.runbook, turn.run.site.label))
                    return
                why = failure.why
            except RunbookError as error:
                why = f"{error} {error.changed}".strip()
            self._not_given_back(turn, hold, why)

    def _give_back(self, turn: StepInstance) -> Failure | None:
        begun = turn.run.past.takes_up(turn.key)
        if begun is not None and begun.result is not None:
            return self._performer.take_up(turn, begun)
        plan = turn.plan()
        return self._performer.perform(turn, plan, None) if plan is not None else None

    def _not_given_back(self, turn: StepInstance, hold: Hold, why: str) -> None:
        """The run ends all the same; what it ends with must not be hidden by this."""
        reminder = f" {to_type('run', hold.leaves.runbook)} does it later." if hold.leaves is not None else ""
        words = f"{turn.name}: not seen to be done. {why}{reminder}"
        # Each by itself: the journal may be what is wrong, and the terminal may be gone.
        with contextlib.suppress(RunbookError):
            turn.run.operator.show(Line(Style.BAD, words))
        with contextlib.suppress(RunbookError):
            self._performer.end(turn, "failed", why)

    def _attempt(self, turn: StepInstance) -> Attempt | Failure:
        """One attempt at a step."""
        begun = turn.run.past.takes_up(turn.key)
        if begun is None:
            return self._attempt_anew(turn)
        words = f"It was under way when run {begun.run} ended."
        turn.run.operator.show(Line(Style.HEADING, turn.name), Line(Style.TEXT, words))
        return self._performer.take_up(turn, begun) or Attempt.DONE

    def _attempt_anew(self, turn: StepInstance) -> Attempt | Failure:
        try:
            plan = self.seen(turn, turn.plan)
        except CANNOT_PLAN as error:
            return Failure(error.what, error)
        if plan is None:
            self._performer.end(turn, "not-needed", turn.not_needed)
            return Attempt.SETTLED
        if plan.nothing:
            self._performer.leave_follow_up(turn)
            self._performer.end(turn, "nothing-to-do", plan.nothing)
            return Attempt.SETTLED
        return self._asked(turn, plan) if self.guards.let(turn, [turn]) else Attempt.SETTLED

    def _asked(self, turn: StepInstance, plan: Plan) -> Attempt | Failure:
        """Begin a step that is due: show it, ask, and do it."""
        self._performer.leave_follow_up(turn)
        self._performer.begin(turn, plan)
        question = turn.kind.question(turn.step, plan)
        # What is done without asking cannot be left out.
        guarding = resting.told(turn.run.loaded.runbook, turn.step) if question is not None else ()
        card = (*screen_text.card(turn.kind, turn.step, plan), *guarding)
        turn.run.operator.show(Line(Style.HEADING, turn.name), *card)
        if question is not None and self._by_hand(turn, plan) and not self._approved_by_hand(turn, plan, card):
            return Attempt.AGAIN
        answer = self.ask(turn, question, plan, card, self._performer.digest(turn, plan))
        if answer is not None and answer.key == "skip":
            self._performer.end(turn, "skipped", answer.reason)
            return Attempt.SETTLED
        return self._go(turn, plan, answer)

    def _go(self, turn: StepInstance, plan: Plan, answer: Answer | None) -> Attempt | Failure:
        try:
            changed = answer is not None and self.seen(turn, lambda: self._performer.changed_meanwhile(turn, plan))
        except CANNOT_PLAN as error:
            self.call_off(turn)
            return Failure(error.what, error)
        if changed:
            self.call_off(turn, changed=True)
            return Attempt.AGAIN
        self.settle()
        return self._performer.perform(turn, plan, answer) or Attempt.DONE

    def seen(self, turn: StepInstance, look: Callable[[], T]) -> T:
        """What a look at the world shows; where a host that was changed before is away, what it shows afterwards.

        Raises:
            FactError, HostError, StepError: the world cannot be looked at, and no such host came back meanwhile.
        """
        while True:
            try:
                return look()
            except CANNOT_PLAN:
                if not self._performer.came_back(turn):
                    raise

    def settle(self) -> None:
        """What was approved is done next.

        Raises:
            StoppedError: a second person denied it after all.
        """
        self._second.settle()

    def call_off(self, turn: StepInstance, *, changed: bool = False) -> None:
        """What was approved is not done: no approval of it counts any more."""
        self._second.withdraw()
        if changed:
            turn.run.operator.show(Line(Style.WARNING, "What was shown has changed meanwhile; here it is again."))

    @staticmethod
    def _by_hand(turn: StepInstance, plan: Plan) -> bool:
        """Whether a second person has to approve what is then done outside: before it is done, not when it was."""
        return turn.run.needs_second_person(turn.step) and not plan.changes

    def _approved_by_hand(self, turn: StepInstance, plan: Plan, card: tuple[Line, ...]) -> bool:
        """The approval of a second person; False if what they were shown has changed meanwhile."""
        digest = self._performer.digest(turn, plan)
        # What a person then says they have done is not what lets them do it.
        word = Word.YES if plan.confirm in ("", *Word) else Name(plan.confirm, turn.step.id)
        text = f"{plan.title}: this is done by hand. Type {word} to let it be done."
        self._second.ask(turn, Shown(plan, card, text, (word,), digest))
        again = self.seen(turn, turn.plan)
        if again is None or self._performer.digest(turn, again) != digest:
            self.call_off(turn, changed=True)
            return False
        self.settle()
        return True

    def ask(
        self, turn: StepInstance, question: Question | None, plan: Plan, card: tuple[Line, ...], digest: str
    ) -> Answer | None:
        """The approval of a step, from the person or by --yes; None where nothing has to be asked.

        Raises:
            StoppedError: they do not want it.
        """
        if question is None:
            return None
        automatic = bool(plan.changes) and Effect.DESTRUCTIVE.level > self._yes_up_to.level >= turn.step.effect.level
        if automatic:
            answer = Answer("go", f"{BY_YES}{self._yes_up_to}")
            turn.run.operator.show(Line(Style.FAINT, f"Approved by --yes {self._yes_up_to}."))
        else:
            full = Question(question.id, question.text, question.options, screen_text.more(turn.step, plan), card)
            self._performer.asks(full)
            answer = turn.run.operator.ask(full)
        self._performer.answered(question, answer, digest)
        if answer.key == "stop":
            raise stopped_before(turn)
        if answer.key == "go" and plan.changes and turn.run.needs_second_person(turn.step):
            words = next(one.words for one in question.options if one.key == "go")
            self._second.ask(turn, Shown(plan, card, question.text, words, digest))
        return answer

    def decide(self, turn: StepInstance, failure: Failure) -> bool:
        """After a failure: True to begin the step again, False to go on without it.

        Raises:
            StepError: the run ends here.
        """
        step, run = turn.step, turn.run
        if failure.cause is not None:
            run.operator.show(*screen_text.failure(failure.cause))
        run.operator.show(*resting.told(run.loaded.runbook, step))
        if step.may_fail is not None:
            run.operator.show(Line(Style.UNSURE, f"The run goes on: {step.may_fail}"))
            self._performer.end(turn, "failed", failure.why)
            return False
        plan = Plan(key=turn.key, title=step.title, why="", consequence="", undo="")
        question = after_failure(plan, failure.why)
        self._performer.asks(question)
        try:
            answer = run.operator.ask(question)
        except StoppedError as error:
            self._performer.end(turn, "failed", failure.why)
            if error.code == "unanswered":
                raise _failed(turn, failure) from error
            raise
        self._performer.answered(question, answer)
        if answer.key == "stop":
            self._performer.end(turn, "failed", failure.why)
            raise _failed(turn, failure)
        if answer.key == "skip":
            self._performer.end(turn, "skipped", f"after it failed: {answer.reason}")
        return answer.key == "retry"

    def _call(self, turn: StepInstance, name: str, values: Mapping[str, str]) -> None:
        """Another runbook, to its end: what it needs, its steps, what has to be true afterwards.

        Raises:
            PreconditionError: it cannot be begun; nothing of it was done.
            RunbookError: it did not reach its end.
        """
        inner = turn.run.called(name, values, turn.key)
        self._journal.append(RunbookText(name, inner.loaded.digest, inner.loaded.text))
        refusal = check_preconditions(inner, Overrides(), self._journal.append)
        if refusal is not None:
            refusal.hint = f"To do that, run {name} by itself first. {refusal.hint}"
            raise refusal
        inner.keep_facts()
        self._journal.append(inner.facts_kept)
        walk(inner, self)
        check_postconditions(inner, self._journal.append)


def _failed(turn: StepInstance, failure: Failure) -> StepError:
    cause = failure.cause
    return StepError(
        f"The step {turn.key!r} did not do what it should: {failure.why}",
        why=str(cause) if cause is not None else "",
        hint=(cause.hint if cause is not None else failure.hint)
        or "Look at its output above, put the cause right, and go on: it begins with what it finds.",
        code=cause.code if cause is not None else "step-failed",
    )
