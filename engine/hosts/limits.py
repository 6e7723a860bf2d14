"""Limits on what a command may print and how long something may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

KEPT = 4 * 1024 * 1024
"""Bytes kept of each stream: half of it from the beginning, half from the end."""
MOST = 16 * 1024 * 1024
"""Bytes after which a command that only looks is not listened to any longer."""

Over = Literal["timed-out", "printed-too-much"]
"""Why what a command prints is listened to no longer."""


class Output:
    """One stream of a command.

    Args:
        kept: bytes.
        end: what is printed at its end and is no part of it, if anything is.
    """

    def __init__(self, kept: int = KEPT, *, end: bytes = b"") -> None:
        self._half = kept // 2
        self._end = end
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that were printed, also those that were not kept."""
        return self._size

    def add(self, data: bytes) -> None:
        self._size += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        # Trimmed only when twice too long, so that a flood is not moved about byte by byte.
        if len(self._tail) > 2 * self._half:
            del self._tail[: -self._half]

    @property
    def ended(self) -> bool:
        """Whether its end was printed."""
        last = self._tail if len(self._tail) >= len(self._end) else self._head + self._tail
        return last.endswith(self._end)

    def text(self) -> str:
        """The stream as text; what is no UTF-8 is replaced, what was left out is said."""
        tail = self._tail[-self._half :]
        missing = self._size - len(self._head) - len(tail)
        if not missing:
            return (self._head + tail).removesuffix(self._end).decode(errors="replace")
        tail = tail.removesuffix(self._end)
        return (
            f"{self._head.decode(errors='replace')}\n"
            f"[{missing} of {self._size} bytes are left out here]\n"
            f"{tail.decode(errors='replace')}"
        )


class Streams:
    """Both streams of a command.

    Args:
        most: bytes that each of them may have; more is not listened to. None where it has to be heard to its end.
        end: as for `Output`, of both.
    """

    out: Output
    err: Output

    def __init__(self, most: int | None = None, *, end: bytes = b"") -> None:
        self.out, self.err = Output(end=end), Output(end=end)
        self._most = most

    @property
    def over(self) -> Over | None:
        """Why they are ended where they are, before the command has ended. To be asked at each look."""
        if self._most is not None and max(self.out.size, self.err.size) > self._most:
            return "printed-too-much"
        return None


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
