"""What a command prints, kept within bounds: its beginning, its end, and how much is missing between."""

from __future__ import annotations

import re

KEPT = 4 * 1024 * 1024
"""Bytes kept of each stream: half of it from the beginning, half from the end."""
LEFT_OUT = re.compile(r"\[[0-9]+ of [0-9]+ bytes are left out here\]")
"""How a stream says that it is not whole."""


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
