"""Putting an edited file back: only where it still is what was written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from engine.steps.edit import content_of
from engine.transport.interface import FileChange, Host
from engine.transport.reader import Reader
from engine.undo.recorded import UndoOfEdit


@dataclass(frozen=True, slots=True)
class Look:
    """What can be done about a file now.

    Attributes:
        change: what puts it back; None where nothing does.
        why: why not, if so.
        back: whether it is as it was before already.
    """

    change: FileChange | None
    why: str = ""
    back: bool = False


def look_at(reader: Reader, host: Host, undo: UndoOfEdit, run: str) -> Look:
    """Compare a file with what was written into it.

    Args:
        reader: to look at the host.
        host: where the file is.
        undo: what was written, and where the old file is.
        run: name of the run that puts it back; what it replaces is kept under this name.

    Raises:
        StepError: the file cannot be read.
        HostError: the host cannot be used.
    """
    now = content_of(reader, host, undo.file)
    old = content_of(reader, host, undo.backup) if undo.backup else None
    if now == old and (old is not None or not undo.backup):
        return Look(None, f"{undo.file} on {host} already is as it was before", back=True)
    if now is None or hashlib.sha256(now.encode()).hexdigest() != undo.written:
        what = "is gone" if now is None else "was changed since"
        kept = f" The old file is {undo.backup}." if undo.backup else " Before, there was no such file."
        return Look(None, f"{undo.file} on {host} {what}; it is left alone.{kept}")
    if undo.backup and old is None:
        return Look(None, f"the old file, {undo.backup} on {host}, is gone")
    return Look(FileChange(undo.file, now, old, f"{undo.file}.{run}"))
