"""How long something may take, by the time in which we were there to see it."""

from __future__ import annotations

import time
from collections.abc import Callable

AT_MOST = 5.0
"""Seconds that count between two looks: we look more often than that, unless somebody suspended us."""


class Patience:
    """Seconds that are left; those in which this program was suspended (Ctrl-Z) do not count.

    What was waited for meanwhile may have ended long ago; that we had not looked is no reason to call it late.

    Args:
        seconds: how long it may take.
        now: the time, which never goes back.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._left = seconds
        self._now = now
        self._seen = now()

    def left(self) -> float:
        """What is left now; nothing or less when it is over. To be asked at each look."""
        now = self._now()
        self._left -= min(now - self._seen, AT_MOST)
        self._seen = now
        return self._left
