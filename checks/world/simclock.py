"""Simulated time: it passes only when somebody waits, and then what is due happens."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
"""When every rehearsal begins."""


class SimulatedClock:
    """A clock whose `sleep` returns at once, with everything done that falls due in that time.

    Attributes:
        lock: held by whoever looks at or changes the world; facts are read by several threads.
    """

    def __init__(self, start: datetime = START) -> None:
        self.lock = threading.RLock()
        self._start = start
        self._elapsed = 0.0
        self._epoch: tuple[float, float] | None = None
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def epoch(self) -> float:
        """Seconds since 1970, as files and jobs carry them."""
        # Much happens while no time passes.
        known = self._epoch
        if known is None or known[0] != self._elapsed:
            known = self._epoch = (self._elapsed, self.now().timestamp())
        return known[1]

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.pass_to(self._elapsed + max(0.0, seconds))

    def after(self, seconds: float, effect: Callable[[], None]) -> None:
        """Let something happen when this much time has passed."""
        heapq.heappush(self._due, (self._elapsed + seconds, next(self._order), effect))

    def next_due(self) -> float | None:
        """When the next thing will happen, if anything is going to."""
        return self._due[0][0] if self._due else None

    def pass_to(self, moment: float) -> None:
        """Let time pass up to a moment; effects see the time they are due at."""
        while self._due and self._due[0][0] <= moment:
            at, _, effect = heapq.heappop(self._due)
            self._elapsed = max(self._elapsed, at)
            effect()
        self._elapsed = max(self._elapsed, moment)
