"""What others may have written or put there is not gone by: each file and each folder that the program relies on."""

import os
from pathlib import Path

import pytest

from engine.approvals.folder import ApprovalFolder
from engine.clock import SystemClock
from engine.drills.folder import add, read_all
from engine.drills.record import Drill
from engine.errors import RefusedError
from engine.journal.events import FollowUpLeft, RunEnded, RunStarted
from engine.journal.writer import JournalWriter
from engine.operator.answers import load_answers
from engine.ownership import StrangerError
from tests.engine.cli.program import NOTHING, Program

DRY = ("run", "stuck-job", "job=14", "--dry-run")
ANSWERS = Path(__file__).resolve().parents[3] / "docs" / "examples" / "stuck-job.answers.yaml"
REHEARSE = ("rehearse", "stuck-job", "--answers", str(ANSWERS))
OWN = """format: 1
id: own
title: Own
summary: Own
steps:
  - {id: look, title: Look, ask: Well?, choices: {a: {title: a}, b: {title: b}}, saves: x}
"""
FOLDERS = ("state", "state/runs")
NOBODY = 65534


def given_away(path: Path) -> str:
    """Let somebody else write there, in the one way that is possible for whoever runs the tests; and what is said."""
    path.chmod(0o777 if path.is_dir() else 0o666)
    return "everybody may write to it"


def a_journal(program: Program) -> Path:
    path = program.state / "runs" / "20260101-000000-toy-0000.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(RunStarted(path.stem, "toy", "d", "0", "real", "c", {}, {}))
    return path


@pytest.mark.parametrize("folder", FOLDERS)
def test_journals_in_a_folder_where_others_may_write_are_not_gone_by(program: Program, folder: str) -> None:
    a_journal(program)
    why = f"{program.folder / folder}: {given_away(program.folder / folder)}"
    for command in (["runs"], ["resume"], ["undo", "toy"], ["audit", "verify"], ["follow", "toy"]):
        program(*command).refused("journal-folder", 1, why)
    listed = program("list")
    listed.refused("journal-folder", 1, why)
    assert "stuck-job" in listed.out, "what there is to run is listed all the same"
    program(*REHEARSE).refused("journal-unwritable", 1, why)


def test_a_folder_like_tmp_is_gone_through_but_keeps_no_journals(program: Program) -> None:
    a_journal(program)
    program.state.chmod(0o1777)
    assert program("runs").code == 0
    (program.state / "runs").chmod(0o1777)
    program("runs").refused("journal-folder", 1, "everybody may write to it")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_somebody_else_is_none_of_ours_but_that_of_who_became_root_by_sudo(
    program: Program, folder: str
) -> None:
    a_journal(program)
    os.chown(program.folder / folder, NOBODY, NOBODY)
    program("runs").refused("journal-folder", 1, "it belongs to nobody")
    program(*REHEARSE).refused("journal-unwritable", 1, "it belongs to nobody")
    program.env["SUDO_UID"] = str(NOBODY)
    assert program("runs").code == 0


@pytest.mark.parametrize("kind", ["a symbolic link", "a pipe"])
def test_what_is_no_file_among_the_journals_is_told_and_not_waited_for(program: Program, kind: str) -> None:
    path = a_journal(program)
    other = path.with_name("20260102-000000-toy-0001.jsonl")
    if kind == "a pipe":
        os.mkfifo(other)
    else:
        other.symlink_to(path)
    told = program("runs")
    assert (told.error, told.code) == ("journal-unreadable", 1)
    assert path.stem in told.out


def test_folders_are_made_for_us_alone_whatever_the_umask(program: Program) -> None:
    program.env["GNT_RUNBOOK_STATE"] = str(program.folder / "deep" / "state")
    script = 'umask 0; exec "$@"'
    ended = program.alone(*REHEARSE, wrapper=("sh", "-c", script, "sh"))
    assert ended.code == 0, ended.err
    modes = {path.name: path.stat().st_mode & 0o777 for path in program.folder.glob("deep/**/*") if path.is_dir()}
    assert modes == dict.fromkeys(("state", "runs", "drills"), 0o700)
    assert (program.folder / "deep").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("what", ["the file", "its folder"])
def test_settings_that_others_may_have_written_are_not_gone_by(program: Program, what: str) -> None:
    path = program.write("config/gnt-runbook/config.toml", 'runbooks = ["/nonexistent"]\n')
    why = given_away(path if what == "the file" else path.parent)
    program("list").refused("settings-invalid", 2, why)


def test_answers_that_others_may_have_written_are_none(program: Program) -> None:
    path = program.write("answers.yaml", ANSWERS.read_bytes())
    load_answers(path)
    why = given_away(path)
    program("rehearse", "stuck-job", "--answers", str(path)).refused("answers-invalid", 2, why)


def test_a_runbook_that_others_may_have_written_is_shown_but_not_run(program: Program) -> None:
    path = program.write("mine/own.yaml", OWN)
    program.env["GNT_RUNBOOK_RUNBOOKS"] = str(path.parent)
    for name in ("own", str(path)):
        program("run", name).refused("no-terminal", 5)
    why = given_away(path)
    for name in ("own", str(path)):
        program("run", name).refused("runbook-not-ours", 5, why)
    assert program("lint", str(path)).code == 0
    assert program("show", "own").code == 0


def test_exercises_that_others_may_have_written_down_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "drills"
    drill = Drill("2026-01-01T00:00:00+00:00", "toy", "d", "0", "toy", "embedded", "r1", {}, 0, "done")
    add(folder, drill)
    for path in (folder / "drills.jsonl", folder):
        assert read_all([folder]).all == (drill,)
        mode = path.stat().st_mode & 0o777
        why = given_away(path)
        found = read_all([folder])
        assert found.all == ()
        assert why in found.damaged[0]
        assert read_all([], [folder]).all == (drill,), "those that came with the program are as good as it"
        with pytest.raises(StrangerError, match=why):
            add(folder, drill)
        path.chmod(mode)


def test_who_may_sign_is_not_for_others_to_write(program: Program) -> None:
    a_journal(program)
    path = program.write("signers", "")
    assert program("audit", "verify", "--allowed-signers", str(path)).error == ""
    why = given_away(path)
    for command in (["audit", "verify"], ["resume"], ["undo", "toy"]):
        program(*command, "--allowed-signers", str(path)).refused("signers-unreadable", 2, why)


def test_what_others_may_have_written_is_told_of_but_does_nothing(program: Program) -> None:
    path = program.state / "runs" / "20260101-000000-toy-0000.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(RunStarted(path.stem, "toy", "d", "0", "real", "c", {}, {}))
        journal.append(FollowUpLeft("dark", "c", "it is dark"))
    later = path.with_name("20260102-000000-dark-0001.jsonl")
    with JournalWriter(later, SystemClock()) as journal:
        journal.append(RunStarted(later.stem, "dark", "d", "0", "real", "c", {}, {}))
        journal.append(RunEnded(0, "done", ""))
    assert "STILL TO BE DONE" not in program("list").out
    why = given_away(later)
    assert "STILL TO BE DONE on c" in program("list").out, "it was not done by us"
    assert f"not this account's own: {why}" in program("runs").out
    assert why in program("report", later.stem).out
    assert why in program("follow", later.stem).out
    given_away(path)
    assert "STILL TO BE DONE" not in program("list").out, "nobody else says what we have to do"


def test_of_a_capture_it_is_said_whose_it_is(program: Program) -> None:
    capture = program.folder / "one.tar.gz"
    assert program("capture", "-o", str(capture), "--scenario", "stuck-job").code == 0
    assert "nothing vouches for it" not in program("diagnose", "--from", str(capture)).out
    why = given_away(capture)
    assert f"nothing vouches for it, and {why}" in " ".join(program("diagnose", "--from", str(capture)).out.split())


def test_a_log_that_leads_elsewhere_is_said_once_and_nothing_is_written_there(program: Program) -> None:
    elsewhere = program.write("elsewhere", "")
    program.state.mkdir(mode=0o700)
    (program.state / "gnt-runbook.log").symlink_to(elsewhere)
    told = program("runs")
    assert (told.code, told.error) == (0, "log-not-ours"), told.err
    assert "it is a symbolic link" in told.err
    assert told.rows["Changed"] == NOTHING
    assert elsewhere.read_text() == ""


def test_a_log_that_others_may_write_to_is_not_written_to(program: Program) -> None:
    path = program.write("state/gnt-runbook.log", "")
    program.state.chmod(0o700)
    why = given_away(path)
    told = program("runs")
    assert (told.code, told.error, why in told.err) == (0, "log-not-ours", True)
    assert path.read_text() == ""


def test_requests_in_a_folder_where_others_may_write_are_not_read(tmp_path: Path) -> None:
    folder = ApprovalFolder(tmp_path / "approvals")
    folder.path.mkdir()
    given_away(folder.path)
    for use in (folder.read, folder.connect):
        with pytest.raises(RefusedError, match="approvals") as caught:
            use("20260101-000000-toy-0000")
        assert (caught.value.code, caught.value.why) == ("approval-folder", "everybody may write there")
