"""What takes too long for `make bench`, as whoever measured it last on this machine left it in artifacts/."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.measuring import Measured
from tests.benchmarks.table import Goal, Row

LOOKING = "cluster/looking.json"
RECREATE = "cluster/recreate.json"
MAKE_TEST = "make-test.json"
CI = "times.tsv"
"""What `.ci/run` says of its parts: seconds, a tab, the part."""
WHOLE = "all of it"


def left_by_others(artifacts: Path) -> Iterator[Row]:
    """A row for each, with the day it was measured; one that was not says who measures it."""
    yield _row(
        "share of a node reinstall on the real cluster in which it only looks",
        artifacts / LOOKING,
        _looking,
        Goal(0.15),
        "`make test-cluster`",
    )
    yield _row(
        "`drbd-recreate-secondary` by hand, 20 small disks on the real cluster",
        artifacts / RECREATE,
        _recreate,
        Goal(0.5),
        "`python -m tests.benchmarks.recreate`, on a lab that stands",
    )
    yield _row(
        "`make test`",
        artifacts / MAKE_TEST,
        _make_test,
        Goal(120.0, "value", "s"),
        "`python -m tests.benchmarks.suite`",
    )
    yield _row("`.ci/run`", artifacts / CI, _ci, Goal(3000.0, "value", "s"), "`.ci/run`")


Figures = tuple[Measured, tuple[str, Measured] | None]


def _row(what: str, path: Path, figures: Callable[[str], Figures], goal: Goal, how: str) -> Row:
    try:
        text = path.read_text(encoding="utf-8")
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return Row(what, goal=goal, missing=f"{how} measures it")
    try:
        ours, beside = figures(text)
    except (ValueError, KeyError, StopIteration) as error:
        return Row(what, goal=goal, missing=f"artifacts/{path.name} cannot be used: {error!r}", failed=True)
    return Row(f"{what}, on {day:%Y-%m-%d}", ours, beside, goal)


def _looking(text: str) -> Figures:
    said = json.loads(text)
    return Measured.of([said["looking"]]), ("the whole run", Measured.of([said["run"]]))


def _recreate(text: str) -> Figures:
    said = json.loads(text)
    return Measured.of(said["gnt-runbook"]), ("the wiki's script", Measured.of(said["script"]))


def _make_test(text: str) -> Figures:
    return Measured.of(json.loads(text)["seconds"]), None


def _ci(text: str) -> Figures:
    parts = dict(reversed(line.split("\t", 1)) for line in text.splitlines())
    if WHOLE not in parts:
        raise ValueError("that run did not come to its end")
    return Measured.of([float(parts[WHOLE])]), None
