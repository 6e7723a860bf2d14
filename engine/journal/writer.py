"""Writing a journal: each line is on the disk before anything that depends on it begins."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self

from engine import crashpoints
from engine.clock import Clock
from engine.errors import NOTHING_CHANGED, JournalError
from engine.journal.clean import clean
from engine.journal.events import Event, Intent
from engine.journal.line import FIRST, Tip, digest, encode

RESERVE = 1 << 20
"""Bytes that must be free before a change is begun, so that its outcome can be written as well."""


class JournalWriter:
    """An append-only file of one run, locked for as long as it is open, readable by its owner only.

    A line that could not be written whole is cut off again, so that the file always ends with a whole line; only a
    crash of the machine or a SIGKILL in the middle of a write can leave a torn one, which reading recognises.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        """Create the file and its folder.

        Raises:
            JournalError: it cannot be created; nothing was changed on any host.
        """
        self.path = path
        self._clock = clock
        self._number = 0
        self._previous = FIRST
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sync_folder()
        except OSError as error:
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
        if isinstance(event, Intent):
            self._check_room()
        now = self._clock.now().isoformat(timespec="milliseconds")
        line = encode(self._number + 1, now, self._previous, clean(event))
        end = os.fstat(self._file).st_size
        try:
            self._write(line + b"\n", event.kind)
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, end)
            changed = (
                "The change that was about to begin was not begun."
                if isinstance(event, Intent)
                else "All lines before this one are on the disk."
            )
            raise self._failed(f"cannot be written ({event.kind})", error, changed) from error
        self._number += 1
        self._previous = digest(line)

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

    def _check_room(self) -> None:
        room = os.fstatvfs(self._file)
        free = room.f_bavail * room.f_frsize
        # Some network file systems report no size at all; there the write itself has to tell.
        if room.f_blocks and free < RESERVE:
            raise JournalError(
                f"The disk under the journal is nearly full: {free // 1024} KiB are free.",
                why=f"{self.path.parent} needs {RESERVE // 1024} KiB, so that the outcome can be recorded as well",
                changed="The change that was about to begin was not begun.",
                hint="Free some space there, or set GNT_RUNBOOK_STATE to a folder with room, and run again.",
                code="journal-no-room",
            )

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _failed(self, what: str, error: OSError, changed: str) -> JournalError:
        return JournalError(
            f"The journal {self.path} {what}.",
            why=error.strerror or str(error),
            changed=changed,
            hint="No change is made without a record of it. Make the folder writable and give it room, or set "
            "GNT_RUNBOOK_STATE to another folder, and run again.",
            code="journal-unwritable",
        )
