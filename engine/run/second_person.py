"""A second person's approval of a step, where it is required: asked for, waited for, and taken back by a denial."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from engine.approvals.approver import unknown
from engine.approvals.folder import ApprovalFolder
from engine.approvals.petition import Identify, Petition
from engine.approvals.request import Request
from engine.clock import Clock
from engine.commands import to_type
from engine.errors import JournalError, RefusedError, StoppedError
from engine.identity import Person, person_of
from engine.journal.events import ApprovalEnded, ApprovalRequested
from engine.operator.interface import Line, Operator, Option, Question, Style, Typing
from engine.operator.words import Typed, Word
from engine.redaction.redactor import REDACTOR
from engine.run import screen_text
from engine.run.loop import StepInstance
from engine.run.record import Record
from engine.steps.plan import Plan
from engine.steps.questions import STOP_OR_NO

LOOK = 10.0
"""Seconds after which the time on the wall is looked at again: a machine that was suspended does not count them."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """How a second person is asked in a real run.

    Attributes:
        folder: where requests wait.
        timeout: seconds after which no answer is a denial.
        asker: the person behind the run; None where that cannot be told.
        identify: says who is behind a process.
    """

    folder: Path
    timeout: float
    asker: Person | None
    identify: Identify = person_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What the first person was shown, and asked.

    Attributes:
        words: what had to be typed to approve it.
        digest: what an approval of it is bound to.
    """

    plan: Plan
    card: tuple[Line, ...]
    question: str
    words: tuple[Typed, ...]
    digest: str


class SecondPerson(Protocol):
    """Sees to it that a second person approves."""

    def prepare(self) -> None:
        """Before a run in which a second person may be needed.

        Raises:
            RefusedError: nobody could ever approve it.
        """
        ...

    def ask(self, turn: StepInstance, shown: Shown) -> None:
        """Ask, and wait until it is approved.

        Raises:
            StoppedError: it was denied, nobody answered in time, or the first person does not wait any more.
        """
        ...

    def settle(self) -> None:
        """The last moment before the step is done; no answer is waited for after it.

        Raises:
            StoppedError: it was denied after all.
        """
        ...

    def withdraw(self) -> None:
        """What was asked does not count any more, if anything still waits. Raises nothing."""
        ...


class SkippedApproval:
    """A rehearsal goes on without a second person, and says so."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def prepare(self) -> None:
        pass

    def ask(self, turn: StepInstance, shown: Shown) -> None:
        words = "In a real run a second person would have to approve this now: gnt-runbook approve, from a login of "
        turn.run.operator.show(Line(Style.WARNING, f"{words}their own. The rehearsal goes on without."))
        self._record.append(ApprovalEnded(shown.plan.key, "rehearsed", digest=shown.digest))

    def settle(self) -> None:
        pass

    def withdraw(self) -> None:
        pass


class SocketApproval:
    """Waits for a second person on this machine."""

    def __init__(self, how: Approvals | None, record: Record) -> None:
        self._how = how
        self._record = record
        self._petition: Petition | None = None

    def prepare(self) -> None:
        self._configured()

    def _configured(self) -> tuple[Approvals, Person]:
        if self._how is None:
            raise RefusedError("Nobody can be asked for the approval this step needs.", code="approval-folder")
        if self._how.asker is None:
            raise unknown("asks for a second person's approval")
        return self._how, self._how.asker

    def ask(self, turn: StepInstance, shown: Shown) -> None:
        how, asker = self._configured()
        run = turn.run
        until = run.clock.now() + timedelta(seconds=how.timeout)
        request = Request(
            run=run.names.id,
            runbook=run.loaded.runbook.id,
            site=run.site.label,
            step=shown.plan.key,
            hosts=tuple(sorted({change.host.name for change in shown.plan.changes})),
            by=asker.known,
            title=REDACTOR.text(turn.name),
            lines=_plain(shown.card),
            more=_plain(screen_text.more(turn.step, shown.plan)),
            question=REDACTOR.text(shown.question),
            words=shown.words,
            digest=shown.digest,
            until=until.isoformat(timespec="seconds"),
        )
        self._petition = Petition(ApprovalFolder(how.folder), request, asker, how.identify)
        try:
            self._record.append(
                ApprovalRequested(request.step, asker.known, request.digest, request.shown, request.until)
            )
            self._tell(run.operator, asker, request, until)
            self._wait(self._petition, run.operator, run.clock, until)
        except BaseException:
            self.withdraw()
            raise

    def _tell(self, operator: Operator, asker: Person, request: Request, until: datetime) -> None:
        command = to_type("approve", request.run)
        operator.show(
            Line(Style.WARNING, f"Waiting for a second person until {until:%H:%M} UTC; no answer is a denial."),
            Line(Style.TEXT, f"Somebody else than {asker.name}, from a login of their own on this machine, types:"),
            Line(Style.COMMAND, command),
            Line(Style.FAINT, "Ctrl-C, or stop and Enter, ends the run here; nothing of this step is done."),
        )

    def _wait(self, petition: Petition, operator: Operator, clock: Clock, until: datetime) -> None:
        keyboard = operator.fileno() if isinstance(operator, Typing) else None
        end = clock.monotonic() + (until - clock.now()).total_seconds()
        while petition.verdict is None:
            left = min(end - clock.monotonic(), (until - clock.now()).total_seconds())
            if left <= 0:
                self._end("timed-out", {}, "nobody answered in time")
                raise StoppedError(
                    f"Nobody approved {petition.request.step!r} in time.",
                    changed="Nothing of this step was done.",
                    hint="Run the runbook again when a second person is there: it goes on from what it finds.",
                    code="approval-timed-out",
                )
            news, typed = petition.attend(min(left, LOOK), keyboard)
            operator.show(*(Line(Style.FAINT, one) for one in news))
            if typed:
                self._stop_or_wait(operator, petition.request.step)
        self._refuse_denial(petition)
        who, reason = petition.verdict.who, petition.verdict.reason
        self._record.append(self._event("approved", who, reason))
        operator.show(Line(Style.GOOD, f"Approved by {who['person']}: {reason}"))

    @staticmethod
    def _stop_or_wait(operator: Operator, step: str) -> None:
        wait = Option("wait", (Word.WAIT,), "wait for the second person")
        answer = operator.ask(Question(f"{step}.second-person", "Still waiting. Stop?", (wait, STOP_OR_NO)))
        if answer.key == "stop":
            raise StoppedError(
                f"You stopped before {step!r}.",
                changed="Nothing of this step was done.",
                hint="Run the runbook again to go on: it looks at the world anew.",
            )

    def settle(self) -> None:
        if self._petition is None:
            return
        try:
            self._petition.drain()
            self._refuse_denial(self._petition)
        except BaseException:
            self.withdraw()
            raise
        petition, self._petition = self._petition, None
        petition.close("it was approved by somebody else, and is being done")

    def _refuse_denial(self, petition: Petition) -> None:
        verdict = petition.verdict
        if verdict is None or verdict.state != "denied":
            return
        self._end("denied", verdict.who, verdict.reason)
        raise StoppedError(
            f"{verdict.who['person']} denied {petition.request.step!r}.",
            why=verdict.reason,
            changed="Nothing of this step was done.",
            hint="Talk to them. Run the runbook again to go on: it looks at the world anew.",
            code="approval-denied",
        )

    def withdraw(self) -> None:
        if self._petition is not None:
            with contextlib.suppress(JournalError, StoppedError):
                self._end("withdrawn", {}, "")

    def _end(self, state: str, who: dict[str, str], reason: str) -> None:
        event = self._event(state, who, reason)
        petition, self._petition = self._petition, None
        if petition is not None:
            petition.close(f"{state}: {reason}" if reason else "the run does not wait for it any more")
        self._record.append(event)

    def _event(self, state: str, who: dict[str, str], reason: str) -> ApprovalEnded:
        assert self._petition is not None  # noqa: S101 - it is what is told of
        request = self._petition.request
        return ApprovalEnded(request.step, state, who, reason, request.digest, request.shown)  # type: ignore[arg-type]


def _plain(lines: tuple[Line, ...]) -> tuple[tuple[Style, str], ...]:
    """As they are shown: what is secret is not even in the file."""
    return tuple((line.style, REDACTOR.text(line.text)) for line in lines)
