"""What goes wrong, and when: at each change of a run, by the proxy in front of its host."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from engine.crashpoints import Point
from engine.operator.interface import Question
from tests.faults.journey import PATIENCE, STEPS, Journey

Moment = Literal[
    "before it is planned",
    "after it is approved",
    "before it is sent",
    "as it is sent",
    "while it goes on",
    "while it ends",
    "as its outcome comes back",
]
MOMENTS: tuple[Moment, ...] = (
    "before it is sent",
    "as it is sent",
    "while it goes on",
    "while it ends",
    "as its outcome comes back",
)
BETWEEN: tuple[Moment, ...] = ("before it is planned", "after it is approved")
"""Nothing was sent yet. At the first step there are none: its host may as well have been dead for long."""

_FIRST, *_, _LAST = STEPS


class Wire(Protocol):
    """What a fault is done to, as far as the moments need it: see `Proxy`."""

    def hold_answer(self) -> None:
        """Hold back all that is said to us from when the next change was sent."""

    def answer_held(self, timeout: float) -> bool:
        """Wait until there is such."""

    def let_answer(self) -> None:
        """Hold it back no longer."""

    def when_sent(self, act: Callable[[], None]) -> None:
        """Act when half of the packet in which the next change is sent has gone."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        words: what, for the page on reliability.
        begin: makes it go wrong.
        heal: puts it right again.
        until: when it is put right: when the operator was told that the host is waited for; `at-once`; or by itself.
        in_packet: makes it go wrong in the middle of a packet, where that is something else.
        seen: what the operator sees of it, for the page.
    """

    words: str
    begin: Callable[[], None]
    heal: Callable[[], None] = lambda: None
    until: Literal["told", "at-once", "by-itself"] = "told"
    in_packet: Callable[[], None] | None = None

    @property
    def seen(self) -> str:
        if self.until == "told":
            return (
                "That the link is lost or the host does not answer, that the change goes on or is not begun yet, and "
                "that there is nothing to do; then that the host answers again."
            )
        if self.until == "at-once":
            return "Nothing."
        return "Nothing, or for a moment that the link is lost and there is nothing to do."


def eventually(condition: Callable[[], bool], timeout: float = PATIENCE) -> bool:
    """Wait until something is true that nothing tells."""
    looking = Retrying(
        retry=retry_if_result(lambda true: not true),
        wait=wait_fixed(0.02),
        stop=stop_after_delay(timeout),
        retry_error_callback=lambda _state: False,
    )
    return bool(looking(condition))


@dataclass
class Conductor:
    """Causes a fault at the same moment of each change, and heals it; a hook for `crashpoints`.

    Without a wire nothing can be done to single packets: what cannot be caught otherwise goes wrong before it is sent.

    Attributes:
        mistakes: what did not happen as it should; empty where the test could do what it meant to.
    """

    fault: Fault
    moment: Moment
    wire: Wire | None
    journey: Journey | None = None
    mistakes: list[str] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def times(self) -> int:
        """How often the fault is caused."""
        return len(STEPS) - (self.moment in BETWEEN)

    def __call__(self, point: Point, detail: str) -> None:
        step = _step(detail)
        if self.moment in BETWEEN:
            if point == "after-intent":
                self._journey.open_gate(step)
            elif point == "before-outcome" and self.moment == "before it is planned" and step != _LAST:
                self._now(step)
        elif point == "after-intent":
            self._at_intent(detail)

    def asked(self, question: Question) -> None:
        """The operator is asked something, and answers when this returns."""
        if self.moment == "after it is approved" and question.id != _FIRST:
            self._now(question.id)

    def _now(self, step: str) -> None:
        told = self._journey.operator.told()
        self.fault.begin()
        self._in_thread(lambda: self._end(step, told))

    def _at_intent(self, detail: str) -> None:
        step = _step(detail)
        assert step in STEPS
        told = self._journey.operator.told()
        if self.moment == "before it is sent" or (self.wire is None and not STEPS[step]):
            self._now(step)
        elif self.wire is not None and self.moment == "as it is sent":
            sent = threading.Event()
            self.wire.when_sent(lambda: (sent.set(), (self.fault.in_packet or self.fault.begin)()))
            self._in_thread(lambda: self._after(sent, step, told))
        elif self.wire is not None and (self.moment == "as its outcome comes back" or not STEPS[step]):
            wire = self.wire
            wire.hold_answer()
            self._in_thread(lambda: self._at_outcome(wire, detail, told))
        else:
            self._in_thread(lambda: self._meanwhile(detail, told))

    def _after(self, sent: threading.Event, step: str, told: int) -> None:
        if not sent.wait(PATIENCE):
            self.mistakes.append(f"{step} was not sent in time")
        self._end(step, told)

    def _meanwhile(self, key: str, told: int) -> None:
        journey, step = self._journey, _step(key)
        self._await(f"{step} begins", lambda: journey.begun(step))
        self.fault.begin()
        if self.moment == "while it ends":
            journey.open_gate(step)
            self._await_end(key)
        self._end(step, told)

    def _at_outcome(self, wire: Wire, key: str, told: int) -> None:
        self._journey.open_gate(_step(key))
        self._await_end(key)
        if not wire.answer_held(PATIENCE):
            self.mistakes.append(f"no outcome of {key} was on its way")
        self.fault.begin()
        wire.let_answer()
        self._end(_step(key), told)

    def _end(self, step: str, told: int) -> None:
        """Heal it in time, and let the command end."""
        operator = self._journey.operator
        if self.fault.until == "at-once":
            self._journey.open_gate(step)
        if self.fault.until == "told" and not operator.wait_for(lambda: operator.told() > told or self._over):
            self.mistakes.append(f"nobody was told of it at {step}")
        if self.fault.until != "by-itself":
            self.fault.heal()
        self._journey.open_gate(step)

    def _await_end(self, key: str) -> None:
        end = self._journey.kept(key) / "end"
        self._await(f"{key} ends", end.exists)

    def _await(self, what: str, condition: Callable[[], bool]) -> None:
        if not eventually(lambda: condition() or self._over):
            self.mistakes.append(f"not seen in time: {what}")

    @property
    def _journey(self) -> Journey:
        assert self.journey is not None
        return self.journey

    @property
    def _over(self) -> bool:
        return self._journey.over.is_set()

    def _in_thread(self, act: Callable[[], None]) -> None:
        thread = threading.Thread(target=act, daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Wait until all of it was done."""
        for thread in self._threads:
            thread.join(PATIENCE)


def _step(key: str) -> str:
    """The step a change belongs to."""
    return key.partition("#")[0]
