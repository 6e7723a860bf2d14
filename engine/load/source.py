"""Where the text of a runbook comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from engine import ownership
from engine.errors import UsageError

LARGEST = 1024 * 1024
"""Bytes. No runbook a person can read in an emergency comes near this."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a runbook.

    Attributes:
        origin: what problems are shown with: a path, or a name for a text that is in no file.
        content: at most one byte more than `LARGEST`.
        file_name: the last part of the path; None for a text that is in no file.
        stranger: who else than us may have written the file, as the rest of a sentence; nothing if nobody else may.
    """

    origin: str
    content: bytes
    file_name: str | None = None
    stranger: str = ""

    @classmethod
    def of(cls, file: Path | Traversable) -> Source:
        """Read a file.

        Raises:
            UsageError: it is no regular file or cannot be read.
        """
        try:
            if not file.is_file():
                raise UsageError(f"{file} is not a file.", code="runbook-unreadable")
            with file.open("rb") as stream:
                stranger = ownership.stranger(os.fstat(stream.fileno())) if isinstance(file, Path) else ""
                return cls(str(file), stream.read(LARGEST + 1), file.name, stranger)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"{file} cannot be read.", why=reason, code="runbook-unreadable") from error

    @classmethod
    def of_text(cls, text: str, origin: str = "<text>") -> Source:
        """A runbook that is in no file."""
        return cls(origin, text.encode("utf-8", "surrogatepass"))
