"""Reading a journal of any age and in any state: what cannot be understood is kept as it is, nothing makes it fail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import NOTHING_CHANGED, JournalError
from engine.journal.events import Event
from engine.journal.line import event_of, seconds_of
from engine.redaction.redactor import REDACTOR

NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line.

    Attributes:
        number: where it stands, from 1.
        time: when it was written; of a line that does not say so, the time of the line before.
        kind: what it calls itself; `damaged` for what is no line of a journal.
        data: its fields as they stand there.
        event: the same as this version understands it; None where it does not.
        seconds: since the first line, by a clock that nobody sets; None in journals of older versions.
    """

    number: int
    time: datetime
    kind: str
    data: dict[str, Any]
    event: Event | None
    seconds: float | None = None


def read_from(path: Path, start: int = 0) -> bytes:
    """A journal as it is now, from this byte on.

    Raises:
        JournalError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            return stream.read()
    except OSError as error:
        raise JournalError(
            f"The journal {path} cannot be read.",
            why=error.strerror or str(error),
            changed=NOTHING_CHANGED,
            hint="See to its owner and mode, or copy it to where you may read it.",
            code="journal-unreadable",
        ) from error


def told(data: bytes, number: int = 0, since: datetime = NEVER) -> tuple[list[JournalLine], bytes]:
    """The whole lines of these bytes, and what is left behind the last of them.

    Args:
        data: from the beginning of a line.
        number: of the line before.
        since: its time.
    """
    *whole, rest = data.split(b"\n")
    lines: list[JournalLine] = []
    for at, line in enumerate(whole, start=number + 1):
        lines.append(_line(line, at, lines[-1].time if lines else since))
    return lines, rest


def _line(line: bytes, number: int, before: datetime) -> JournalLine:
    try:
        fields = json.loads(line)
        # Journals of older versions may hold secrets.
        kind, data = str(fields["kind"]), REDACTOR.data(dict(fields["data"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return JournalLine(number, before, "damaged", {"line": REDACTOR.text(line.decode("utf-8", "replace"))}, None)
    try:
        event = event_of(kind, data)
    except (ValueError, KeyError, TypeError):
        event = None
    return JournalLine(number, _time(fields.get("t"), before), kind, data, event, seconds_of(fields))


def _time(text: object, before: datetime) -> datetime:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return before
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
