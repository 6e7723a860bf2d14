"""Reading journals back, whole ones and those of runs that were killed."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from engine import ownership
from engine.bounded_files import LARGEST, read_stream
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
        tip: the hash of the last of these lines.
        stranger: who else than us may have written the file, as the rest of a sentence; nothing if nobody else may.
    """

    path: Path
    entries: tuple[Entry, ...]
    torn: bool
    stranger: str = ""
    tip: str = FIRST

    @property
    def run(self) -> str:
        """The run's own name, whatever its file is called."""
        return self.started.run if self.started is not None else self.path.stem

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


def read_journal(path: Path, *, follow: bool = False) -> Journal:
    """Read one journal.

    Args:
        path: the file.
        follow: it was named by whoever wants it read, and may be a symbolic link.

    Raises:
        JournalError: the file cannot be read, or a line before the last one is damaged.
    """
    try:
        data, stranger = _content(path, follow=follow)
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
    return Journal(path, tuple(entries), torn=bool(rest), stranger=stranger, tip=previous)


def _content(path: Path, *, follow: bool) -> tuple[bytes, str]:
    """What is in the file, and who else may have written it."""
    flags = ownership.NOT_FOLLOWED & ~(os.O_NOFOLLOW if follow else 0)
    with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        return read_stream(stream, str(path), LARGEST), ownership.stranger(status)


def is_written(path: Path) -> bool:
    """Whether its writer still has the journal open; a copy has none. One that cannot be opened counts as not."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # Its writer locks it before the first line; an empty file is left alone, so as not to be in its way.
        if os.fstat(descriptor).st_size:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
