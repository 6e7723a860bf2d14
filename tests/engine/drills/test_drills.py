"""Records of exercises: added and read whatever is damaged, and what they say of a runbook in its version of now."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.drills.folder import FILE, Drills, add, read_all
from engine.drills.record import Drill
from engine.drills.run import add_run
from engine.drills.status import standing
from engine.journal.events import RunEnded, RunStarted
from engine.journal.writer import JournalWriter
from tests.engine.run.toy import ToyClock

NOW = datetime(2026, 11, 26, tzinfo=UTC)
GOOD = Drill(
    "2026-11-20T10:00:00+00:00", "lights", "sha256:1", "1", "dark", "embedded", "r1", {"account": "al"}, 0, "done"
)
REAL = replace(GOOD, where="real", run="r2", scenario="lights-out")


def test_what_is_added_is_read_the_oldest_first(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "drills"
    later = replace(GOOD, run="r3", time="2026-11-21T10:00:00+00:00", who={"login": "\u202eal\n"})
    for one in (later, GOOD):
        add(folder, one)
    assert read_all([folder]) == Drills((GOOD, later), ())
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600
    assert (folder / FILE).read_bytes().isascii()


def test_folders_add_up_and_one_record_in_two_of_them_counts_once(tmp_path: Path) -> None:
    add(tmp_path / "a", GOOD)
    add(tmp_path / "b", GOOD)
    add(tmp_path / "b", REAL)
    assert read_all([tmp_path / "a", tmp_path / "b", tmp_path / "none"]) == Drills((GOOD, REAL), ())


@pytest.mark.parametrize(
    "damage", [b"\x00\xff\n", b"{}\n", b'{"time"', b"[1]\n", b"nothing\n\n", b'{"time": 1}\n', b"[" * 100_000 + b"\n"]
)
def test_damage_hides_nothing_and_takes_no_later_record_with_it(tmp_path: Path, damage: bytes) -> None:
    add(tmp_path, GOOD)
    with (tmp_path / FILE).open("ab") as file:
        file.write(damage)
    add(tmp_path, REAL)
    found = read_all([tmp_path])
    assert found.all == (GOOD, REAL)
    assert found.damaged == (f"{tmp_path / FILE}: 1 of 3 lines cannot be read",)


def test_a_folder_or_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "b" / "x.jsonl").mkdir(parents=True)
    add(tmp_path / "c", GOOD)
    found = read_all([tmp_path / "file", tmp_path / "b", tmp_path / "c"])
    assert found.all == (GOOD,)
    assert len(found.damaged) == 2


def test_several_add_at_the_same_time(tmp_path: Path) -> None:
    # Each add opens the file anew, so that the lock is between them as between processes.
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add(tmp_path, replace(GOOD, run=f"r{number}")), range(60)))
    found = read_all([tmp_path])
    assert (len(found.all), found.damaged) == (60, ())


def test_the_record_of_a_run_is_made_from_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "r1.jsonl"
    with JournalWriter(path, ToyClock()) as journal:
        journal.append(RunStarted("r1", "lights", "sha256:1", "2", "rehearsal", "home", {}, {"account": "al"}))
        assert add_run(tmp_path, path, "dark", "embedded") == "the journal has no end"
        journal.append(RunEnded(1, "stopped", "you stopped"))
    assert add_run(tmp_path, path, "dark", "embedded") == ""
    (found,) = read_all([tmp_path]).all
    assert (found.runbook, found.digest, found.exit, found.code) == ("lights", "sha256:1", 1, "stopped")
    assert found.by == "al"
    (tmp_path / "file").write_text("")
    assert add_run(tmp_path / "file", path, "dark", "embedded") != ""
    assert "journal-unreadable" in add_run(tmp_path, tmp_path / "none", "dark", "embedded")


@pytest.mark.parametrize(
    ("drills", "stale", "words"),
    [
        ([], "never", "Never rehearsed. Never on a real cluster."),
        (
            [GOOD],
            "",
            "Rehearsed in this version on 2026-11-20 (dark, by al). Never on a real cluster.",
        ),
        (
            [replace(REAL, digest="sha256:0")],
            "other-version",
            (
                "Never rehearsed in this version; an earlier version was on 2026-11-20. "
                "Never on a real cluster in this version; an earlier version was on 2026-11-20."
            ),
        ),
        (
            [REAL],
            "",
            (
                "Rehearsed in this version on 2026-11-20 (lights-out, by al). "
                "On a real cluster in this version on 2026-11-20 (lights-out, by al)."
            ),
        ),
        (
            [replace(GOOD, time="2026-08-27T23:59:59+00:00")],
            "old",
            "Rehearsed in this version on 2026-08-27 (dark, by al). Never on a real cluster.",
        ),
        ([replace(GOOD, time="2026-08-28T00:00:00+00:00")], "", ""),
        ([replace(GOOD, time="whenever")], "old", ""),
        ([replace(GOOD, time="2026-11-20T10:00:00")], "", ""),
        (
            [GOOD, replace(GOOD, exit=1, code="stopped", time="2026-11-21T10:00:00+00:00")],
            "",
            (
                "Rehearsed in this version on 2026-11-20 (dark, by al). Never on a real cluster. "
                "The last rehearsal, on 2026-11-21, did not reach a good end (stopped)."
            ),
        ),
        ([replace(GOOD, exit=3, code="precondition")], "never", ""),
    ],
)
def test_where_a_runbook_stands(drills: list[Drill], stale: str, words: str) -> None:
    found = standing("sha256:1", drills, NOW, 90)
    assert found.stale == stale
    assert words in ("", found.words)


def test_a_record_that_could_only_be_written_in_part_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, GOOD)
    whole = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, data: whole(file, data[:10]))
        with pytest.raises(OSError, match="in part"):
            add(tmp_path, REAL)
    assert read_all([tmp_path]) == Drills((GOOD,), ())
    assert json.loads((tmp_path / FILE).read_text())["run"] == "r1"
