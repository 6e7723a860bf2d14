"""Writing to the journal of a run while signals may arrive at any moment, also what it waits for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from engine.errors import JournalError
from engine.journal.events import Event, Waiting
from engine.journal.line import Tip
from engine.journal.writer import JournalWriter
from engine.log import tell
from engine.run.interrupts import Interrupts

_LONG = frozenset({"stdout", "stderr"})
_SHORT = 500
"""Characters of a text that the log has of it."""


class Record:
    """The journal between signals: one that arrives while a line is written is heard when the line is on the disk.

    Without this, an interruption between the line and its count would make the next line contradict it.

    Args:
        heard: told of each line that is on the disk.
    """

    def __init__(
        self, journal: JournalWriter, interrupts: Interrupts, heard: Callable[[Event], None] = lambda _event: None
    ) -> None:
        self._journal = journal
        self._heard = heard
        self._interrupts = interrupts
        self._one = threading.Lock()

    @property
    def tip(self) -> Tip:
        """The last line that is on the disk."""
        return self._journal.tip

    def append(self, event: Event) -> Tip:
        """Write one line; its number and its hash.

        Raises:
            JournalError: it is not on the disk.
            StoppedError: a signal arrived meanwhile; the line is on the disk.
        """
        with self._interrupts.deferred(), self._one:
            self._journal.append(event)
            tip = self._journal.tip
            tell(event.kind, journal_line=tip.line, **_in_short(event))
        self._heard(event)
        return tip


def _in_short(event: Event) -> dict[str, Any]:
    """What the log says of a line: which, of what, how; the journal has the rest."""
    told = {one.name: getattr(event, one.name) for one in fields(event) if one.name not in _LONG}
    return {
        name: value[:_SHORT] if isinstance(value, str) else value
        for name, value in told.items()
        if isinstance(value, str | int | float)
    }


def waits(record: Callable[[Waiting], object], of: str, whom: str = "condition") -> Callable[[str], None]:
    """What to call with words when the wait begins, and when something new was seen. Raises no JournalError.

    A wait changes nothing: where it cannot be recorded, the next change says so and is not begun.
    """

    def tell(what: str) -> None:
        with contextlib.suppress(JournalError):
            record(Waiting(of, whom, what))

    return tell
