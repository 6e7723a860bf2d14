"""How much of a run is its own looking: of the time in which nothing else happened, that in which hosts were asked.

The log of a run has all of it: what was read and for how long, when a change began and ended, what was waited for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Span = tuple[float, float]
"""From when to when, in seconds of the clock."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Seconds in which hosts were asked and nothing else was under way, and those of the whole run."""

    looking: float
    run: float


def looking(events: Iterable[Mapping[str, Any]], run: str) -> Looking:
    """What the log says of a run.

    Args:
        events: the log's lines; those of other runs may be among them.
        run: its name.
    """
    ours = [(datetime.fromisoformat(one["timestamp"]).timestamp(), one) for one in events if one.get("run") == run]
    if not ours:
        raise ValueError(f"the log has nothing of {run}")
    reads = [(at - one["seconds"], at) for at, one in ours if one["event"] == "reads"]
    begun, ended = ours[0][0], ours[-1][0]
    alone = _without(_together(reads), _together([*_changes(ours), *_waits(ours)]))
    return Looking(round(sum(end - start for start, end in alone), 3), round(ended - begun, 3))


def keep(log: Path, run: str, path: Path) -> None:
    """Write down what the log of a run on the real cluster says, for `make bench`."""
    with log.open(encoding="utf-8") as lines:
        found = looking(map(json.loads, lines), run)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"looking": found.looking, "run": found.run}) + "\n", encoding="utf-8")


Timed = list[tuple[float, Mapping[str, Any]]]


def _changes(events: Timed) -> Iterator[Span]:
    """While changes were made."""
    begun: dict[str, float] = {}
    for at, one in events:
        if one["event"] == "intent":
            begun[one["key"]] = at
        elif one["event"] == "outcome" and one["key"] in begun:
            yield begun.pop(one["key"]), at


def _waits(events: Timed) -> Iterator[Span]:
    """While something was waited for, as the journal tells it: until its next line that tells something else."""
    since: float | None = None
    for at, one in events:
        if "journal_line" not in one:
            continue
        if one["event"] == "waiting":
            since = at if since is None else since
        elif since is not None:
            yield since, at
            since = None


def _together(spans: Iterable[Span]) -> list[Span]:
    """The same time, in spans that are apart from each other and in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(spans: Iterable[Span], others: Iterable[Span]) -> Iterator[Span]:
    """What is left of some spans outside of others; both are apart and in order."""
    others = list(others)
    for start, end in spans:
        at = start
        for first, last in others:
            if last <= at or first >= end:
                continue
            if first > at:
                yield at, first
            at = last
        if at < end:
            yield at, end
