from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.elsewhere import CI, LOOKING, MAKE_TEST, RECREATE, left_by_others
from tests.benchmarks.looking import Looking, keep, looking

if TYPE_CHECKING:
    from pathlib import Path

RUN = "20260101-000000-node-reinstall-0000"


def event(at: float, kind: str, **fields: object) -> dict[str, object]:
    return {"timestamp": f"2026-01-01T00:00:{at:06.3f}Z", "event": kind, "run": RUN, **fields}


def line(at: float, kind: str, **fields: object) -> dict[str, object]:
    return event(at, kind, journal_line=1, **fields)


WHOLE = [line(0, "run-started"), line(40, "run-ended")]


@pytest.mark.parametrize(
    ("between", "seconds"),
    [
        ([], 0),
        # Two hosts are asked at the same time.
        ([event(10, "reads", seconds=4.0), event(11, "reads", seconds=3.0)], 5),
        # What is read while a change is under way costs nothing; what is read before and after does.
        ([line(10, "intent", key="a#1"), event(15, "reads", seconds=10.0), line(12, "outcome", key="a#1")], 8),
        ([line(5, "waiting"), event(9, "reads", seconds=2.0), line(10, "waiting"), line(12, "checked")], 0),
        ([line(5, "waiting"), line(8, "checked"), event(10, "reads", seconds=2.0)], 2),
        # A change whose end nobody saw hides nothing.
        ([line(5, "intent", key="a#1"), event(9, "reads", seconds=2.0)], 2),
    ],
)
def test_looking_is_what_is_read_while_nothing_else_happens(between: list[dict[str, object]], seconds: float) -> None:
    events = [WHOLE[0], *between, {**event(3, "reads", seconds=1.0), "run": "another"}, WHOLE[1]]
    assert looking(events, RUN) == Looking(seconds, 40)


def test_of_a_run_that_the_log_does_not_know_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing of another"):
        looking(WHOLE, "another")


def test_what_others_left_is_shown_with_its_day_and_the_rest_says_who_measures_it(tmp_path: Path) -> None:
    assert [(row.ours, bool(row.missing), row.failed) for row in left_by_others(tmp_path)] == [(None, True, False)] * 4
    log = tmp_path / "log"
    log.write_text("\n".join(json.dumps(one) for one in [WHOLE[0], event(9, "reads", seconds=4.0), WHOLE[1]]))
    keep(log, RUN, tmp_path / LOOKING)
    (tmp_path / RECREATE).write_text(json.dumps({"disks": 20, "gnt-runbook": [10.0, 20.0], "script": [40.0, 80.0]}))
    (tmp_path / MAKE_TEST).write_text(json.dumps({"seconds": [119.0]}))
    (tmp_path / CI).parent.mkdir()
    (tmp_path / CI).write_text("100 s  make test\n3001 s  all of it\n")
    rows = list(left_by_others(tmp_path))
    assert [row.ratio for row in rows] == [pytest.approx(0.1), 0.25, None, None]
    assert [row.reached for row in rows] == [True, True, True, False]
    assert all(", on 20" in row.what for row in rows)


def test_a_run_of_ci_that_did_not_end_is_no_figure(tmp_path: Path) -> None:
    (tmp_path / CI).parent.mkdir()
    (tmp_path / CI).write_text("100 s  make test\n")
    assert [row.missing for row in left_by_others(tmp_path) if "cannot" in row.missing] == [
        "artifacts/ci/seconds cannot be used: that run did not come to its end"
    ]
