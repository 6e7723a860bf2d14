"""What an item of a loop has instead of the run's own operator and clock while others run beside it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

from engine.clock import Clock
from engine.errors import StoppedError
from engine.operator.interface import Answer, Line, Operator, Question, Wanted
from engine.run.interrupts import Interrupts

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

    def words(self, wanted: Wanted) -> str:
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
