"""Whether a journal is what was written: by its chain, and by what vouches for its tip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from engine.errors import JournalError
from engine.journal.anchor import Anchor
from engine.journal.chain import Break, Walk, walk
from engine.journal.events import RunEnded
from engine.journal.line import FIRST, decode

State = Literal["intact", "broken", "unverified"]


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """What can be said of one journal.

    Attributes:
        state: `intact`: all of it is as it was written, and nothing is missing at its end. `broken`: it is not.
            `unverified`: as far as it goes nothing speaks against it, and nothing vouches for the rest.
        line: where it is broken; or the last line that something vouches for; or the number of lines.
        why: the reason, as the rest of a sentence.
        lines: how many there are, up to the break if there is one.
        tip: the hash of the last of them.
    """

    run: str
    path: Path
    state: State
    line: int
    why: str
    lines: int
    tip: str

    @property
    def words(self) -> str:
        """One sentence."""
        match self.state:
            case "intact":
                said = f"intact: {self.why}"
            case "broken":
                said = f"broken at line {self.line} because {self.why}"
            case "unverified":
                said = f"cannot be verified beyond line {self.line}: {self.why}"
        return f"{self.run}: {said}."


def verify(path: Path, anchors: Sequence[Anchor] = (), tip: str = "", *, signed: bool = False) -> ChainFinding:
    """Look whether a journal is what was written.

    Args:
        path: the file, named after its run.
        anchors: those of this run that were found elsewhere.
        tip: what was on the screen when the run ended, if anybody knows.
        signed: the file, as it is now, carries a signature that was found good.
    """
    try:
        with path.open("rb", buffering=1 << 20) as stream:
            return verify_stream(stream, path, anchors, tip, signed=signed)
    except OSError as error:
        return ChainFinding(
            path.stem, path, "unverified", 0, f"it cannot be read ({error.strerror or error})", 0, FIRST
        )


def verify_stream(
    stream: BinaryIO, path: Path, anchors: Sequence[Anchor] = (), tip: str = "", *, signed: bool = False
) -> ChainFinding:
    """As `verify`, of what this stream gives.

    Raises:
        OSError: it cannot be read.
    """
    seen = walk(stream, {one.tip.line for one in anchors}, tip)
    state, line, why = _judged(path.stem, seen, anchors, tip, signed=signed)
    return ChainFinding(path.stem, path, state, line, why, seen.lines, seen.tip)


def _judged(run: str, seen: Walk, anchors: Sequence[Anchor], tip: str, *, signed: bool) -> tuple[State, int, str]:
    breaks = [one for one in (seen.broken, _other_run(run, seen), _against(seen, anchors)) if one is not None]
    if breaks:
        first = min(breaks, key=lambda one: one.line)
        if seen.newer and first is seen.broken:
            return "unverified", 0, "it is of a newer format; verify it with the version that wrote it"
        return "broken", first.line, first.why + _good_until(first.line, anchors)
    if tip and not seen.places:
        what = "its end is not whole, and " if seen.torn else ""
        why = f"{what}no line has the hash of the tip that was given: lines were changed, or cut off at the end"
        return "broken", seen.lines + seen.torn or 1, why
    vouched = max([one.tip.line for one in anchors] + seen.places + ([seen.lines] if signed else []), default=0)
    if vouched < seen.lines and (damage := _damaged_end(seen)) is not None:
        return "broken", damage.line, damage.why
    return _as_far_as(seen, vouched, known_end=signed or seen.lines in seen.places)


def _other_run(run: str, seen: Walk) -> Break | None:
    try:
        started = json.loads(seen.first)["data"]["run"] if seen.first else run
    except (ValueError, KeyError, TypeError, RecursionError):
        return Break(1, "it cannot be read: it was changed or damaged after it was written")
    return None if started == run else Break(1, f"it is of the run {started!r}: it was put in the place of this one")


def _against(seen: Walk, anchors: Sequence[Anchor]) -> Break | None:
    """The first line of which an anchor says something else."""
    for one in sorted(anchors, key=lambda one: one.tip.line):
        line = one.tip.line
        if line in seen.hashes:
            if seen.hashes[line] != one.tip.hash:
                return Break(
                    line,
                    f"it has another hash than the anchor says ({one.source}): it or a line before it was changed, "
                    "and all that follows was written anew; or the anchor is false",
                )
        elif seen.broken is None:
            return Break(
                seen.lines + 1,
                f"it is {'not whole' if seen.torn else 'missing'}: an anchor ({one.source}) says that line {line} was "
                "written",
            )
    return None


def _good_until(line: int, anchors: Sequence[Anchor]) -> str:
    good = max((one.tip.line for one in anchors if one.tip.line < line), default=0)
    return f". Up to line {good} it is as an anchor says" if good else ""


def _damaged_end(seen: Walk) -> Break | None:
    """No hash covers the last line; so it is at least read."""
    if not seen.lines:
        return None
    try:
        decode(seen.last, seen.lines, seen.before)
    except JournalError as error:
        return Break(seen.lines, error.why)
    return None


def _as_far_as(seen: Walk, vouched: int, *, known_end: bool) -> tuple[State, int, str]:
    lines = seen.lines
    ended = seen.kind == RunEnded.kind
    if not lines:
        return "unverified", 0, "it has no whole line"
    if not vouched:
        why = (
            "nothing vouches for its last line, nor that none came after it, nor that it was not written anew as a "
            "whole; give --tip or --anchors"
        )
        return "unverified", lines - 1, why
    if seen.torn:
        return "unverified", vouched, "what follows the last whole line is only a part of a line: the run was killed"
    if vouched < lines:
        return "unverified", vouched, f"nothing vouches for lines {vouched + 1} to {lines}, nor for there being no more"
    if not ended and not known_end:
        why = "the run has no end here: it was killed, goes on, or its last lines were cut off"
        return "unverified", lines, why
    whole = f"all {lines} lines are as they were written" if lines > 1 else "its only line is as it was written"
    return "intact", lines, whole + ("" if ended else "; the run has no end: it was killed or goes on")
