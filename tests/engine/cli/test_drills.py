"""What was rehearsed, when, in which version: shown by `drills`, `list`, `show` and before a run."""

import json
from datetime import UTC, datetime
from pathlib import Path

from engine.cli.drills import line_of
from engine.cli.wiring import Workshop
from engine.drills.folder import FILE, add, read_all
from engine.drills.record import Drill
from engine.operator.interface import Line, Style
from engine.settings import Settings
from tests.engine.cli.program import Program

ANSWERS = Path(__file__).resolve().parents[3] / "docs" / "examples" / "stuck-job.answers.yaml"
REHEARSE = ("rehearse", "stuck-job", "--answers")


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_rehearsal_leaves_a_record_that_is_told_everywhere(program: Program) -> None:
    assert program(*REHEARSE, str(ANSWERS)).code == 0
    (drill,) = read_all([program.state / "drills"]).all
    assert (drill.runbook, drill.scenario, drill.where, drill.exit) == ("stuck-job", "stuck-job", "embedded", 0)
    assert drill.run == program.journals[0].stem
    told = f"Rehearsed in this version on {drill.day} (stuck-job, by {drill.by}). Never on a real cluster."
    assert told in flat(program("show", "stuck-job").out)
    assert told in flat(program("list").out)
    rows = {row["id"]: row for row in json.loads(program("drills", "--json").out)["runbooks"]}
    assert rows["stuck-job"]["stale"] is None
    assert rows["stuck-job"]["rehearsed"]["digest"] == rows["stuck-job"]["digest"] == drill.digest
    assert rows["lvm-filter"]["stale"] == "never"


def test_a_rehearsal_that_was_stopped_leaves_one_too_and_does_not_count_as_good(program: Program) -> None:
    stop = program.write("stop.yaml", 'format: 1\nanswers: {watcher: "y", kill: stop}\n')
    assert program(*REHEARSE, str(stop), "--scenario", "delay").code == 1
    (drill,) = read_all([program.state / "drills"]).all
    assert (drill.scenario, drill.exit, drill.code) == ("delay", 1, "stopped")
    assert "Never rehearsed. Never on a real cluster." in (out := flat(program("show", "stuck-job").out))
    assert "did not reach a good end (stopped)" in out


def test_records_of_others_count_and_another_version_is_told(program: Program) -> None:
    elsewhere = program.folder / "elsewhere"
    add(
        elsewhere,
        Drill(
            "2026-01-01T00:00:00+00:00", "stuck-job", "sha256:0", "0", "x", "real", "r", {"login": "\x1b[2J"}, 0, "done"
        ),
    )
    with (elsewhere / FILE).open("ab") as file:
        file.write(b"damaged\n")
    program.env["GNT_RUNBOOK_DRILLS"] = str(elsewhere)
    told = program("drills")
    assert "stuck-job: not rehearsed in this version" in told.out
    assert "an earlier version was on 2026-01-01" in told.out
    assert "1 of 2 lines cannot be read" in told.err
    listed = {row["id"]: row["drills"] for row in json.loads(program("list", "--json").out)["runbooks"]}
    assert listed["stuck-job"]["earlier_real"]["who"] == {"login": "\x1b[2J"}
    assert "\x1b[2J" not in told.out


def test_a_record_that_cannot_be_written_ends_no_rehearsal(program: Program) -> None:
    program.write("state/drills", "")
    ended = program(*REHEARSE, str(ANSWERS))
    assert ended.code == 0
    assert "No record is kept of this rehearsal" in ended.out


def test_old_is_what_the_option_says(program: Program) -> None:
    digest = Workshop(Settings()).library.load("stuck-job").digest
    old = Drill("2026-01-01T00:00:00+00:00", "stuck-job", digest, "0", "x", "embedded", "r", {}, 0, "done")
    add(program.state / "drills", old)
    assert "stuck-job: practised" in program("drills", "--days", "36000").out
    program.env["GNT_RUNBOOK_DRILL_DAYS"] = "1"
    assert "stuck-job: not rehearsed for a long time" in program("drills").out


def test_the_first_screen_of_a_run_warns_of_what_was_never_rehearsed(tmp_path: Path) -> None:
    shop = Workshop(Settings(state=tmp_path))
    loaded = shop.library.load("stuck-job")
    assert line_of(shop, loaded) == Line(Style.WARNING, "Never rehearsed. Never on a real cluster.")
    now = datetime.now(UTC).isoformat()
    add(tmp_path / "drills", Drill(now, "stuck-job", loaded.digest, "0", "x", "real", "r", {}, 0, "done"))
    line = line_of(shop, loaded)
    assert line.style is Style.FAINT
    assert "On a real cluster in this version" in line.text
