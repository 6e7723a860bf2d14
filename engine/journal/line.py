"""One line of a journal: JSON without secrets, numbered, and chained to the line before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from engine.errors import JournalError
from engine.journal.events import KINDS, Event
from engine.redaction.redactor import REDACTOR

FORMAT = 1
FIRST = "0" * 64
"""What stands for the hash of the line before the first one."""
MOST_SECONDS = 1e9
"""No run takes thirty years."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as read back.

    Attributes:
        number: from 1.
        time: ISO 8601, UTC.
        event: what happened.
        seconds: since the first line, by a clock that nobody sets; None in journals of older versions.
    """

    number: int
    time: str
    event: Event
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Tip:
    """The last line of a journal at some moment: its number, 0 where there is none yet, and its hash."""

    line: int
    hash: str


def digest(line: bytes) -> str:
    """The hash by which the next line refers to this one (without its newline)."""
    return hashlib.sha256(line).hexdigest()


def encode(number: int, time: str, previous: str, event: Event, seconds: float | None = None) -> bytes:
    """The line for an event, without its newline."""
    timed = {"t": time} if seconds is None else {"t": time, "s": round(seconds, 3)}
    fields_of_line = {"v": FORMAT, "n": number, **timed, "prev": previous, "kind": event.kind}
    text = json.dumps({**fields_of_line, "data": asdict(event)}, ensure_ascii=True, separators=(",", ":"))
    return text.encode("ascii")


def decode(line: bytes, number: int, previous: str) -> Entry:
    """Read a line back.

    Raises:
        JournalError: it is no such line, or does not follow the line before it.
    """
    try:
        data: dict[str, Any] = json.loads(line)
        entry = Entry(data["n"], str(data["t"]), event_of(data["kind"], data["data"]), seconds_of(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(number, f"it cannot be read ({type(error).__name__})") from error
    if data.get("v") != FORMAT:
        raise _damaged(number, f"its format is {data.get('v')!r}; this version reads {FORMAT}")
    if entry.number != number:
        raise _damaged(number, f"it says that it is line {entry.number}")
    if data.get("prev") != previous:
        raise _damaged(number, "it does not follow the line before it")
    return entry


def seconds_of(line: Mapping[str, Any]) -> float | None:
    """What a line says of the seconds since the first one; None where it says nothing that can be one."""
    seconds = line.get("s")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    return float(seconds) if 0 <= seconds < MOST_SECONDS else None


def event_of(kind: str, told: Mapping[str, Any]) -> Event:
    """The event of a kind with these fields; fields that it does not know are left out.

    Raises:
        KeyError: there is no such kind.
        ValueError, TypeError: these are not its fields.
    """
    known = {one.name for one in fields(KINDS[kind])}
    event: Event = _reader_of(kind).validate_python({key: value for key, value in told.items() if key in known})
    return event


@cache
def _reader_of(kind: str) -> TypeAdapter[Any]:
    """Sees to it that every field has the type its event gives it, whoever wrote the line."""
    return TypeAdapter(KINDS[kind])


def _damaged(number: int, why: str) -> JournalError:
    return JournalError(f"Line {number} of the journal is damaged.", why=why, code="journal-damaged")


KEPT = frozenset(
    {
        "run",
        "runbook",
        "version",
        "digest",
        "shown",
        "site",
        "host",
        "effect",
        "code",
        "kind",
        "undoes",
        "resumes",
        "before",
    }
)
"""Fields that are names and hashes of ours, or of hosts: a line without them could not be understood."""


def clean(event: Event) -> Event:
    """The event without secrets."""
    new: dict[str, Any] = {}
    for one in fields(event):
        if one.name in KEPT or str(one.type).startswith("Literal"):
            continue
        value = getattr(event, one.name)
        safe = REDACTOR.data(value, one.name)
        if safe != value:
            new[one.name] = safe
    return replace(event, **new) if new else event
