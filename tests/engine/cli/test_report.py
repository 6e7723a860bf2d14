"""`gnt-runbook report` as it is typed."""

import json
from pathlib import Path

import pytest

from tests.engine.cli.program import Program
from tests.engine.report.journals import RUN, write


@pytest.fixture
def journal(program: Program) -> Path:
    folder = program.state / "runs"
    folder.mkdir(parents=True)
    return write(folder)


def test_a_report_is_printed_by_the_name_of_the_run_and_by_the_path_of_a_copy(program: Program, journal: Path) -> None:
    ended = program("report", "toy")
    assert ended.code == 0
    assert "What is left to do" in ended.out
    copy = program.write("elsewhere/copy.jsonl", journal.read_bytes())
    told = json.loads(program("report", str(copy), "--format", "json").out)
    assert (told["format"], told["run"], told["chain"]["state"]) == (1, RUN, "unverified")


def test_a_file_is_for_its_owner_only_and_takes_the_place_of_none(program: Program, journal: Path) -> None:
    path = program.folder / "report.html"
    assert program("report", "toy", "--format", "html", "-o", str(path)).code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("mine", encoding="utf-8")
    program("report", "toy", "-o", str(path)).refused("file-exists", 2, str(path))
    assert path.read_text(encoding="utf-8") == "mine"
    assert program("report", "toy", "-o", str(path), "--overwrite").code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert "switch-off" in path.read_text(encoding="utf-8")
    assert sorted(one.name for one in program.folder.glob("*report*")) == ["report.html"]


def test_what_cannot_be_written_or_read_is_said(program: Program, journal: Path) -> None:
    program("report", "toy", "-o", "nowhere/report.txt").refused("file-unwritable", 2, "nowhere")
    program("report", "nowhere/run.jsonl").refused("journal-unreadable", 1, "nowhere")
