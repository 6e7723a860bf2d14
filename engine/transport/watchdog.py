"""A limit on the time of code that knows none: some waits within the SSH library have no timeout."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Watchdog:
    """Runs `bite` when the block it guards takes longer than `seconds`; the block then fails by itself."""

    def __init__(self, seconds: float, bite: Callable[[], None]) -> None:
        self.expired = False
        self._bite = bite
        self._timer = threading.Timer(max(seconds, 0.0), self._expire)
        self._timer.daemon = True

    def _expire(self) -> None:
        self.expired = True
        self._bite()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
