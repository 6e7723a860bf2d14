"""`gnt-runbook report`, `follow` and `show --format` as they are typed."""

import json
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.journal.events import RunEnded
from engine.journal.writer import JournalWriter
from tests.engine.cli.program import Program
from tests.engine.report.journals import RUN, START, TOLD, write


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


def test_a_killed_run_is_followed_to_where_it_was_killed(program: Program) -> None:
    folder = program.state / "runs"
    folder.mkdir(parents=True)
    write(folder, TOLD[:9])
    ended = program("follow", "toy")
    assert ended.code == 1
    assert "lamp on 'a b'" in ended.out
    assert "Nobody writes this journal any more" in ended.out
    program("follow").refused("no-run-goes-on", 2)


def test_a_run_of_another_process_is_followed_while_it_goes(program: Program) -> None:
    path = program.state / "runs" / f"{RUN}.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(START)
        with program.start("follow") as following:
            assert following.stdout is not None
            while "because: it is dark" not in following.stdout.readline():
                assert following.poll() is None
            journal.append(RunEnded(0, "done", "well"))
            rest = following.stdout.read()
        assert following.returncode == 0
    assert "The run reached its end: well" in rest


def test_the_flow_of_a_runbook_is_drawn(program: Program) -> None:
    assert program("show", "stuck-job", "--format", "mermaid").out.startswith("flowchart TD\n")
    assert program("show", "stuck-job", "--format", "html").out.startswith("<!DOCTYPE html>")
