"""What takes too long for `make bench`, as whoever measured it last on this machine left it in artifacts/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.measuring import Measured
from tests.benchmarks.table import Goal, Row

LOOKING = "cluster/looking.json"
RECREATE = "cluster/recreate.json"
MAKE_TEST = "make-test.json"
CI = "ci/seconds"
"""What `.ci/run` says of its parts, a line each: `117 s  make test`."""
WHOLE = "all of it"


def left_by_others(artifacts: Path) -> Iterator[Row]:
    """A row for each, with the day it was measured; one that was not says who measures it."""
    for what, name, figures, goal, how in (
        (
            "share of a node reinstall on the real cluster in which it only looks",
            LOOKING,
            _looking,
            Goal(0.15),
            "`make test-cluster`",
        ),
        (
            "`drbd-recreate-secondary` by hand, 20 small disks on the real cluster",
            RECREATE,
            _recreate,
            Goal(0.5),
            "`python -m tests.benchmarks.recreate`, on a lab that stands,",
        ),
        ("`make test`", MAKE_TEST, _make_test, Goal(120.0, "value", "s"), "`python -m tests.benchmarks.suite`"),
        ("`.ci/run`", CI, _ci, Goal(3000.0, "value", "s"), "`.ci/run`"),
    ):
        path = artifacts / name
        try:
            ours, beside = figures(path.read_text(encoding="utf-8"))
            day = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            yield Row(what, goal=goal, missing=f"{how} measures it")
        except (ValueError, KeyError) as error:
            yield Row(what, goal=goal, missing=f"artifacts/{name} cannot be used: {error}")
        else:
            yield Row(f"{what}, on {day:%Y-%m-%d}", ours, beside, goal)


Figures = tuple[Measured, tuple[str, Measured] | None]


def _looking(text: str) -> Figures:
    said = json.loads(text)
    return Measured.of([said["looking"]]), ("the whole run", Measured.of([said["run"]]))


def _recreate(text: str) -> Figures:
    said = json.loads(text)
    return Measured.of(said["gnt-runbook"]), ("the wiki's script", Measured.of(said["script"]))


def _make_test(text: str) -> Figures:
    return Measured.of(json.loads(text)["seconds"]), None


def _ci(text: str) -> Figures:
    parts = dict(reversed(line.split(" s  ", 1)) for line in text.splitlines())
    if WHOLE not in parts:
        raise ValueError("that run did not come to its end")
    return Measured.of([float(parts[WHOLE])]), None
