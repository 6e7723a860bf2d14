"""Walking along the chain of a journal, on bytes: each line numbered, each holding the hash of the line before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import BinaryIO

from engine.errors import JournalError
from engine.journal.line import FIRST, FORMAT, decode

_HEAD = re.compile(
    rb'\{"v":%d,"n":([1-9][0-9]{0,11}),"t":"[^"\\]{1,40}",(?:"s":[0-9.e+-]{1,24},)?"prev":"([0-9a-f]{64})","kind":"([a-z-]{1,40})","data":\{'
    % FORMAT
)
_TAIL = b"}}\n"


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain ends before the journal does: the line, and why it cannot follow the one before."""

    line: int
    why: str


@dataclass(slots=True)
class Walk:
    """What was seen along the chain.

    Attributes:
        lines: whole lines up to the end, or up to the break.
        tip: hash of the last of them.
        hashes: of the lines that were asked for, by number.
        places: numbers of the lines that have the hash that was looked for.
        torn: bytes follow the last whole line, without a newline at their end.
        broken: where the walk ended, if not at the end.
        newer: the first line is of another version of the format.
        first: the first line, without its newline; last: likewise.
        kind: of the last line.
        before: hash of the line before the last one.
    """

    lines: int = 0
    tip: str = FIRST
    hashes: dict[int, str] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    torn: bool = False
    broken: Break | None = None
    newer: bool = False
    first: bytes = b""
    last: bytes = b""
    kind: str = ""
    before: str = FIRST


def walk(stream: BinaryIO, wanted: Collection[int] = (), looked_for: str = "") -> Walk:
    """Read a journal to its end or to the first line that does not follow the one before.

    A line is looked into only as far as the chain needs it: its hash vouches for the rest.

    Args:
        stream: the journal, from its first byte.
        wanted: numbers of lines whose hashes are needed.
        looked_for: a hash, to find the lines that have it.

    Raises:
        OSError: it cannot be read.
    """
    seen = Walk()
    head, sha256, sought = _HEAD.match, hashlib.sha256, looked_for.encode()
    previous, last = FIRST.encode(), b"\n"
    for number, line in enumerate(stream, start=1):
        found = head(line)
        if found is None or found[2] != previous or int(found[1]) != number or line[-3:] != _TAIL:
            _stopped(seen, line, number, previous.decode())
            break
        previous = sha256(line[:-1]).hexdigest().encode()
        last = line
        seen.lines = number
        if number in wanted:
            seen.hashes[number] = previous.decode()
        if previous == sought:
            seen.places.append(number)
        if number == 1:
            seen.first = line[:-1]
    seen.tip, seen.last = previous.decode(), last[:-1]
    if (found := head(last)) is not None:
        seen.before, seen.kind = found[2].decode(), found[3].decode()
    return seen


def _stopped(seen: Walk, line: bytes, number: int, previous: str) -> None:
    if not line.endswith(b"\n"):
        # Nothing can come after it: only a newline ends a line.
        seen.torn = True
        return
    seen.broken = Break(number, why_broken(line[:-1], number, previous))
    if number == 1:
        try:
            version = json.loads(line)["v"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        seen.newer = isinstance(version, int) and version > FORMAT


def why_broken(line: bytes, number: int, previous: str) -> str:
    """Why a line cannot be the one with this number, after a line with this hash."""
    try:
        data = json.loads(line)
        own, follows, version = data.get("n"), data.get("prev"), data.get("v")
    except (ValueError, AttributeError, RecursionError) as error:
        return f"it cannot be read ({type(error).__name__}): it was changed or damaged after it was written"
    if version == FORMAT and isinstance(own, int) and own != number:
        return f"it says that it is line {own}: {_misplaced(own - number)}"
    if version == FORMAT and follows != previous:
        if number == 1:
            return "it is the first and refers to a line before it: what came before was cut off, or it was changed"
        return f"it does not hold the hash of line {number - 1}: one of the two was changed after it was written"
    try:
        decode(line, number, previous)
    except JournalError as error:
        return error.why
    return "it is not written as gnt-runbook writes: it was changed after it was written"


def _misplaced(by: int) -> str:
    if by < 0:
        return "lines were put in before it, or put in another order"
    missing = "a line is missing" if by == 1 else f"{by} lines are missing"
    return f"{missing} before it, or lines were put in another order"
