"""Reading journals back, whole ones and those of runs that were killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import NOTHING_CHANGED, JournalError
from engine.journal.events import Event, Intent, Outcome, RunEnded, RunStarted
from engine.journal.line import FIRST, Entry, decode, digest


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal says.

    Attributes:
        path: the file.
        entries: its whole lines.
        torn: the last line is not whole: the run was killed while it was being written.
    """

    path: Path
    entries: tuple[Entry, ...]
    torn: bool

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(entry.event for entry in self.entries)

    @property
    def started(self) -> RunStarted | None:
        first = self.events[0] if self.entries else None
        return first if isinstance(first, RunStarted) else None

    @property
    def ended(self) -> RunEnded | None:
        last = self.events[-1] if self.entries else None
        return last if isinstance(last, RunEnded) else None

    @property
    def unknown(self) -> tuple[Intent, ...]:
        """Changes that were begun and whose end nobody saw, in their order."""
        seen = {event.key for event in self.events if isinstance(event, Outcome) and event.state != "unknown"}
        return tuple(event for event in self.events if isinstance(event, Intent) and event.key not in seen)


def read_journal(path: Path) -> Journal:
    """Read one journal.

    Raises:
        JournalError: the file cannot be read, or a line before the last one is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(
            f"The journal {path} cannot be read.",
            why=error.strerror or str(error),
            changed=NOTHING_CHANGED,
            hint="See to its owner and mode; all other journals are read all the same.",
            code="journal-unreadable",
        ) from error
    *whole, rest = data.split(b"\n")
    entries: list[Entry] = []
    previous = FIRST
    for number, line in enumerate(whole, start=1):
        try:
            entries.append(decode(line, number, previous))
        except JournalError as error:
            error.what = f"{error.what.removesuffix('.')}: {path}."
            error.changed = NOTHING_CHANGED
            error.hint = "It was changed or damaged after it was written. Keep it; its lines can be read with `cat`."
            raise
        previous = digest(line)
    return Journal(path, tuple(entries), torn=bool(rest))
