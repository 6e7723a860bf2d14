"""Time, as something that can be imitated: rehearsals and tests wait without waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds that pass, and the date."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...

    def now(self) -> datetime:
        """The date and time, in UTC."""
        ...


class SystemClock:
    """The clock on the wall."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def now(self) -> datetime:
        return datetime.now(UTC)


def elapsed(clock: Clock) -> float:
    """Seconds that pass whatever the date is set to, and of the machine's own clock also while it sleeps.

    Not `monotonic` there (CLOCK_MONOTONIC stands still meanwhile): whoever was waited for was waited for all the same.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if isinstance(clock, SystemClock) else clock.monotonic()
