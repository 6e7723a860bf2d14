"""Runs that go on with another one, or take it back: their record is whole only together with that one's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from engine.english import plural
from engine.errors import JournalError
from engine.journal.chain import walk
from engine.journal.events import RunStarted
from engine.journal.line import FIRST, decode
from engine.journal.verify import ChainFinding


def started_in(path: Path) -> RunStarted | None:
    """The first line of a journal, as far as it can be read."""
    try:
        with path.open("rb") as stream:
            event = decode(stream.readline().rstrip(b"\n"), 1, FIRST).event
    except (OSError, JournalError):
        return None
    return event if isinstance(event, RunStarted) else None


def before(started: RunStarted | None) -> str:
    """The run that this one goes on with or takes back; nothing if it stands for itself."""
    return "" if started is None else started.resumes or started.undoes


def with_those_before(paths: Iterable[Path], known: Mapping[str, Path]) -> list[Path]:
    """The journals, each after those that it builds on, as far as they are known by the names of their runs."""
    found: dict[Path, None] = {}
    for path in paths:
        chain = [path]
        while (earlier := known.get(before(started_in(chain[-1])))) is not None and earlier not in chain:
            chain.append(earlier)
        found |= dict.fromkeys(reversed(chain))
    return list(found)


def judged(finding: ChainFinding, known: Mapping[str, Path]) -> ChainFinding:
    """What can be said of a journal, with what it builds on: that is there, and ends as it did then."""
    started = started_in(finding.path)
    name = before(started)
    if started is None or not name or finding.state == "broken":
        return finding
    what = f"it {'goes on with' if started.resumes else 'takes back'} {name}"
    if name not in known:
        why = f"{what}, whose journal is not here: it was removed, or that run was made from another machine"
        return _unverified(finding, why)
    try:
        with known[name].open("rb") as stream:
            seen = walk(stream, looked_for=started.before)
    except OSError as error:
        return _unverified(finding, f"{what}, whose journal cannot be read ({error.strerror or error})")
    if not started.before or seen.tip == started.before:
        return finding
    if seen.places:
        more = plural(seen.lines - seen.places[-1], "line")
        return _unverified(finding, f"{what}, whose journal has {more} more since then")
    why = f"{what}, whose journal has another end than it had then: one of the two was changed, or put in its place"
    return replace(finding, state="broken", line=1, why=why)


def _unverified(finding: ChainFinding, why: str) -> ChainFinding:
    """It may be as it was written by itself; as a record it is not whole."""
    line = finding.lines if finding.state == "intact" else finding.line
    return replace(finding, state="unverified", line=line, why=f"{finding.why}; and {why}")
