"""The folder with the journals: full, damaged, not to be written; and runs that were killed in the middle."""

import errno
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.journal.events import FollowUpLeft, Intent, Outcome, RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.reader import read_journal
from engine.journal.writer import JournalWriter
from tests.engine.cli.program import Program
from tests.engine.run.toy import ToyClock

ANSWERS = Path(__file__).resolve().parents[3] / "docs" / "examples" / "stuck-job.answers.yaml"
REHEARSE = ("rehearse", "stuck-job", "--answers", str(ANSWERS))


def journal(program: Program, run: str, *, mode: str = "real", because: str = "its flags") -> JournalWriter:
    """A journal with one thing left to be done, still open."""
    writer = JournalWriter(program.state / "runs" / f"{run}.jsonl", ToyClock())
    writer.append(RunStarted(run, "lights", "sha256:0", "0", mode, "home", {}, {}))  # type: ignore[arg-type]
    writer.append(FollowUpLeft("dark", "home", because, {"where": "hall; reboot"}))
    return writer


@pytest.mark.parametrize("there", ["a file", "a link to itself", "a file for the runs"])
def test_a_state_folder_that_is_none_stops_before_anything(program: Program, there: str) -> None:
    if there == "a file":
        program.write("state", "")
    elif there == "a file for the runs":
        program.write("state/runs", "")
    else:
        program.state.symlink_to(program.state)
    program(*REHEARSE).refused("journal-unwritable", 1, "GNT_RUNBOOK_STATE")
    program("runs").refused("journal-folder", 1, "cannot be read")
    listed = program("list", "--json")
    listed.refused("journal-folder", 1, "cannot be read")
    assert "stuck-job" in listed.out
    assert json.loads(listed.out)["follow_ups"] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_state_folder_one_may_not_write_stops_before_anything(program: Program) -> None:
    program.state.mkdir(mode=0o500)
    program(*REHEARSE).refused("journal-unwritable", 1, "Permission denied")


def test_a_read_only_or_full_file_system_stops_before_anything(program: Program) -> None:
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    program.state.mkdir()
    script = 'mount -t tmpfs -o mode=700,{} none "$0" || exit 99; exec "$@"'

    def on(options: str) -> tuple[str, ...]:
        return ("unshare", "--mount", "sh", "-c", script.format(options), str(program.state))

    ended = program.alone(*REHEARSE, wrapper=on("ro"))
    if ended.code == 99:
        pytest.skip("mounting is not allowed here")
    ended.refused("journal-unwritable", 1, "Read-only file system")
    program.alone(*REHEARSE, wrapper=on("size=512k")).refused("journal-no-room", 1, "nearly full")


@pytest.mark.parametrize("kibibytes", [1, 4])
def test_a_disk_that_fills_in_the_middle_of_a_run_ends_it_with_a_whole_journal(
    program: Program, kibibytes: int
) -> None:
    ended = program.alone(*REHEARSE, wrapper=("prlimit", f"--fsize={kibibytes * 1024}"))
    assert ended.error == "journal-unwritable", ended.err
    assert os.strerror(errno.EFBIG) in ended.err
    assert ended.code == 1
    read = read_journal(program.journals[0])
    assert not read.torn
    assert read.unknown == ()


def test_damaged_journals_hide_nothing_and_are_named(program: Program) -> None:
    for run in ("20260101-000000-a", "20260102-000000-b", "20260103-000000-c", "20260104-000000-d"):
        journal(program, run).close()
    a, b, c, d = program.journals
    a.write_bytes(a.read_bytes().replace(b"its flags", b"no flaws!"))  # the last line has no other to contradict it
    b.write_bytes(b.read_bytes().replace(b'"site":"home"', b'"site":"away"'))
    c.write_bytes(b"\x00" * 100 + b"\n")
    d.write_bytes(d.read_bytes() + b'{"v":1,"n":3,"t":"2026')
    typed = program.write("state/runs/20260105-000000-e.jsonl", "")
    typed.write_bytes(a.read_bytes().replace(b'{"where":"hall; reboot"}', b'["where"]'))

    told = program("runs")
    assert told.code == 1
    assert "20260104-000000-d  real  no end recorded" in told.out
    assert "its last line is torn" in told.out
    for path in (b, c, typed):
        assert f"of the journal is damaged: {path}." in told.err
    rows = json.loads(program("runs", "--json").out)
    assert [row["run"][-1] for row in rows] == ["a", "b", "c", "d", "e"]
    assert ["journal-damaged" in row["end"] for row in rows] == [False, True, True, False, True]
    listed = program("list")
    assert "STILL TO BE DONE on home" in listed.out
    assert "gnt-runbook run dark 'where=hall; reboot'" in listed.out
    assert str(b) in listed.err


def test_hostile_text_in_a_journal_is_shown_harmlessly(program: Program) -> None:
    journal(program, "20260101-000000-a", because="\x1b[2Jgone\u202e").close()
    listed = program("list")
    assert "\\x1b[2Jgone\\u202e" in listed.out
    assert "\x1b[2J" not in listed.out


def test_what_a_killed_run_had_begun_is_told_as_unknown(program: Program) -> None:
    writer = journal(program, "20260101-000000-a", mode="rehearsal")
    writer.append(Intent("on#1", "on", "hall", "safe", {"argv": ["lamp", "on"]}, "0"))
    writer.append(Outcome("on#1", "done", 0))
    writer.append(Intent("off#2", "off", "attic", "safe", {"argv": ["lamp", "off"]}, "0"))
    writer.close()
    told = program("runs")
    assert told.code == 0
    assert "UNKNOWN: off#2 on attic was begun and nobody saw its end" in told.out
    assert "on#1" not in told.out
    row = json.loads(program("runs", "--json").out)[0]
    assert row["unknown"] == [{"key": "off#2", "host": "attic", "action": {"argv": ["lamp", "off"]}}]
    assert row["exit"] is None


@pytest.mark.parametrize("lines", [1, 4, 8])
def test_sigkill_at_any_time_leaves_what_can_be_read(program: Program, lines: int) -> None:
    process = program.start(*REHEARSE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watch(program, lines)
    process.kill()
    process.wait()
    read = read_journal(program.journals[0])
    assert len(read.entries) >= lines
    assert read.started is not None
    told = program("runs")
    assert told.code == 0
    for intent in read.unknown:
        assert f"UNKNOWN: {intent.key} on {intent.host}" in told.out
    assert len(json.loads(program("runs", "--json").out)) == 1


def watch(program: Program, lines: int) -> None:
    """Return as soon as the journal has so many lines."""
    folder = program.state / "runs"
    while not (folder.is_dir() and program.journals and program.journals[0].read_bytes().count(b"\n") >= lines):
        select.select([], [], [], 0.001)


KILLED = """
import os, signal, sys
from engine.journal import writer
from engine.journal.events import Intent

append = writer.JournalWriter.append

def killed(self, event):
    append(self, event)
    if isinstance(event, Intent):
        os.kill(os.getpid(), signal.SIGKILL)

writer.JournalWriter.append = killed
from engine.cli.main import main
main()
"""


def test_sigkill_right_after_an_intent_shows_it_as_unknown(program: Program) -> None:
    program.write("killed.py", KILLED)
    ended = subprocess.run(
        [sys.executable, "killed.py", *REHEARSE],
        env=program.environment,
        cwd=program.folder,
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    read = read_journal(program.journals[0])
    assert [one.key for one in read.unknown] == ["watcher#1"]
    assert "UNKNOWN: watcher#1 on hwhost-1.lab.example was begun" in program("runs").out
    assert RunsFolder(program.state / "runs").all()[1] == []
