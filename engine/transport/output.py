"""What a command prints, kept within bounds: its beginning, its end, and how much is missing between."""

from __future__ import annotations

from typing import Literal

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
