"""Writing a journal: each line is on the disk before anything that depends on it begins."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self

from engine import crashpoints, ownership
from engine.clock import Clock, elapsed
from engine.errors import NOTHING_CHANGED, JournalError
from engine.journal.events import Event, Intent, Outcome
from engine.journal.line import FIRST, Tip, clean, digest, encode

RESERVE = 2 << 20
"""Bytes that must be free for each change that is begun, so that its outcome can be written, however much it prints."""


class JournalWriter:
    """An append-only file of one run, locked for as long as it is open, readable by its owner only.

    A line that could not be written whole is cut off again, so that the file always ends with a whole line; only a
    crash of the machine or a SIGKILL in the middle of a write can leave a torn one, which reading recognises. Nothing
    follows on a file that does not end as this writer left it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        """Create the file and its folder.

        Raises:
            JournalError: it cannot be created; nothing was changed on any host.
        """
        self.path = path
        self._clock = clock
        self._first = 0.0
        self._number = 0
        self._previous = FIRST
        self._size = 0
        self._torn = False
        self._begun: set[str] = set()
        try:
            ownership.check(path.parent.parent, on_the_way=True)
            made = ownership.make_folder(path.parent)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failed("cannot be created", error, NOTHING_CHANGED) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for folder in (path.parent, *(one.parent for one in made)):
                _sync(folder)
        except OSError as error:
            self.close()
            with contextlib.suppress(OSError):  # an empty journal would be taken for a run that was killed
                path.unlink()
            raise self._failed("cannot be created", error, NOTHING_CHANGED) from error

    @property
    def tip(self) -> Tip:
        """The last line that is on the disk."""
        return Tip(self._number, self._previous)

    def append(self, event: Event) -> None:
        """Write one line, without secrets, and wait until the disk has it.

        Raises:
            JournalError: it is not on the disk. For an intent this means that the change must not begin.
        """
        changed = _what_was_changed(event)
        self._check_untouched(changed)
        if isinstance(event, Intent):
            self._check_room(changed)
        now = self._clock.now().isoformat(timespec="milliseconds")
        passed = elapsed(self._clock)
        if not self._number:
            self._first = passed
        line = encode(self._number + 1, now, self._previous, clean(event), passed - self._first)
        try:
            self._write(line + b"\n", event.kind)
            os.fsync(self._file)
        except OSError as error:
            self._cut_off()
            raise self._failed(f"cannot be written ({event.kind})", error, changed) from error
        self._number += 1
        self._previous = digest(line)
        self._size += len(line) + 1
        if isinstance(event, Intent):
            self._begun.add(event.key)
        elif isinstance(event, Outcome):
            self._begun.discard(event.key)

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, data: bytes, kind: str) -> None:
        if crashpoints.listened_to():
            # In one piece where nobody is killed on purpose: then a line is hardly ever torn.
            written = os.write(self._file, data[: len(data) // 2])
            crashpoints.reached("during-append", kind)
            data = data[written:]
        while data:
            data = data[os.write(self._file, data) :]

    def _cut_off(self) -> None:
        """Take away what there is of a line that is not whole.

        A later line that is synced then stands for all before it: a disk that failed once gets their last page again.
        """
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self._torn = True

    def _check_untouched(self, changed: str) -> None:
        """Refuse to go on in a file that is not as it was left: what was written behind it would not count."""
        there = os.fstat(self._file)
        more = there.st_size - self._size
        try:
            moved = not os.path.samestat(there, self.path.stat())
        except OSError:
            moved = True
        if moved:
            why = f"it is not at {self.path} any more: somebody moved or removed it"
        elif self._torn:
            why = "a line could not be written whole, and what there is of it could not be cut off again"
        elif more:
            much = f"{more} bytes more" if more > 0 else f"{-more} bytes less"
            why = f"it has {much} than this run wrote: somebody else wrote to it"
        else:
            return
        raise JournalError(
            f"The journal {self.path} is not as this run left it.",
            why=why,
            changed=changed,
            hint="No change is made without a record of it. Find out who or what did that, keep what there is of the "
            "journal, and run again: each run has a journal of its own.",
            code="journal-touched",
        )

    def _check_room(self, changed: str) -> None:
        room = os.fstatvfs(self._file)
        free = room.f_bavail * room.f_frsize
        needed = RESERVE * (len(self._begun) + 1)
        # Some network file systems report no size at all; there the write itself has to tell.
        if room.f_blocks and free < needed:
            raise JournalError(
                f"The disk under the journal is nearly full: {free // 1024} KiB are free.",
                why=f"{self.path.parent} needs {needed // 1024} KiB, so that the outcome can be recorded as well",
                changed=changed,
                hint="Free some space there, or set GNT_RUNBOOK_STATE to a folder with room, and run again.",
                code="journal-no-room",
            )

    def _failed(self, what: str, error: OSError, changed: str) -> JournalError:
        return JournalError(
            f"The journal {self.path} {what}.",
            why=error.strerror or str(error),
            changed=changed,
            hint="No change is made without a record of it. "
            + (
                ownership.REMEDY
                if isinstance(error, ownership.StrangerError)
                else "Make the folder writable and give it room, or set GNT_RUNBOOK_STATE to another folder, and run "
                "again."
            ),
            code="journal-unwritable",
        )


def _what_was_changed(event: Event) -> str:
    """What is true of the changes where this line cannot be written."""
    if isinstance(event, Intent):
        return "The change that was about to begin was not begun."
    return "All lines before this one are on the disk."


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
