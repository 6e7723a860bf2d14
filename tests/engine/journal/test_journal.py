"""The journal: what is written comes back, what is damaged is found, what cannot be written stops everything."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import SystemClock
from engine.errors import JournalError
from engine.journal import writer as writer_module
from engine.journal.events import Answered, FollowUpLeft, Intent, Outcome, RunEnded, RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.line import FIRST, decode, digest, encode
from engine.journal.reader import read_journal
from engine.journal.writer import JournalWriter
from tests.disk import file_size_limit


def intent(key: str = "kill#1") -> Intent:
    return Intent(key, "kill", "hwhost-1.lab.example", "disruptive", {"argv": ["true"]}, "d")


def started(runbook: str = "stuck-job", site: str = "cluster.lab.example", mode: str = "real") -> RunStarted:
    return RunStarted("r", runbook, "sha256:0", "0.1.0", mode, site, {"job": "14"}, {"account": "root"})


texts = st.text()
outcomes = st.builds(
    Outcome,
    key=texts,
    state=st.sampled_from(["done", "failed", "not-started", "unknown"]),
    exit_code=st.none() | st.integers(0, 255),
    seconds=st.floats(0, 1e6),
    stdout=texts,
    stderr=texts,
    why=texts,
)
answers = st.builds(Answered, question=texts, text=texts, answer=texts, typed=texts, digest=texts, reason=texts)
ends = st.builds(RunEnded, exit=st.integers(0, 5), code=texts, summary=texts)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(outcomes | answers | ends, max_size=6))
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, events: list) -> None:
    path = tmp_path_factory.mktemp("runs") / "r.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        for event in events:
            journal.append(event)
    back = read_journal(path)
    assert list(back.events) == events
    assert not back.torn
    assert [entry.number for entry in back.entries] == list(range(1, len(events) + 1))


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_are_damage_and_nothing_else(data: bytes) -> None:
    with pytest.raises(JournalError) as error:
        decode(data, 1, FIRST)
    assert error.value.code == "journal-damaged"


@given(st.data())
def test_a_changed_byte_or_a_lost_line_is_found(data: st.DataObject) -> None:
    lines, previous = [], FIRST
    for number, event in enumerate([started(), intent(), Outcome("kill#1", "done", 0)], start=1):
        lines.append(encode(number, "2026-01-01T00:00:00+00:00", previous, event))
        previous = digest(lines[-1])
    lost = data.draw(st.integers(0, 1))
    changed = bytearray(lines[lost])
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] ^= data.draw(st.integers(1, 127))

    def read_both() -> None:
        decode(bytes(changed), lost + 1, FIRST if lost == 0 else digest(lines[0]))
        decode(lines[lost + 1], lost + 2, digest(bytes(changed)))

    with pytest.raises(JournalError):  # either the line itself is damaged, or the next one does not follow it
        read_both()
    with pytest.raises(JournalError):
        decode(lines[2], 2, digest(lines[0]))


def test_a_torn_last_line_is_told_and_loses_nothing_before_it(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(started())
        journal.append(intent())
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for cut in range(second + 1, len(whole)):
        path.write_bytes(whole[:cut])
        back = read_journal(path)
        assert back.torn
        assert back.events == (started(),)


def test_an_intent_without_outcome_is_unknown_until_its_end_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(started())
        journal.append(intent("a#1"))
        journal.append(Outcome("a#1", "done", 0))
        journal.append(intent("b#2"))
        journal.append(Outcome("b#2", "unknown", why="link lost"))
        journal.append(intent("c#3"))
    assert [one.key for one in read_journal(path).unknown] == ["b#2", "c#3"]


def test_a_disk_that_fills_in_the_middle_of_a_line_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(started())
        size = path.stat().st_size
        with file_size_limit(size + 40), pytest.raises(JournalError) as error:
            journal.append(intent())
        assert error.value.code == "journal-unwritable"
        assert "not begun" in error.value.changed
        assert path.stat().st_size == size
        journal.append(RunEnded(1, "journal-unwritable", "the disk was full"))
    back = read_journal(path)
    assert not back.torn
    assert len(back.entries) == 2


def test_no_change_begins_when_its_outcome_would_have_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "RESERVE", 1 << 62)
    with JournalWriter(tmp_path / "r.jsonl", SystemClock()) as journal:
        journal.append(started())
        with pytest.raises(JournalError) as error:
            journal.append(intent())
    assert error.value.code == "journal-no-room"
    assert len(read_journal(tmp_path / "r.jsonl").entries) == 1


def test_a_folder_that_cannot_be_written_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(JournalError) as error:
        RunsFolder(tmp_path / "runs").new("stuck-job", SystemClock())
    assert "GNT_RUNBOOK_STATE" in error.value.hint
    assert error.value.changed == "Nothing was changed."


def test_a_journal_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    _name, journal = RunsFolder(tmp_path / "state" / "runs").new("stuck-job", SystemClock())
    journal.close()
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_lines_are_plain_json_for_other_tools(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "r.jsonl", SystemClock()) as journal:
        journal.append(started())
    line = json.loads((tmp_path / "r.jsonl").read_text())
    assert line["kind"] == "run-started"
    assert line["n"] == 1
    assert line["prev"] == FIRST


def write_run(folder: Path, name: str, *events: object) -> None:
    with JournalWriter(folder / f"{name}.jsonl", SystemClock()) as journal:
        for event in events:
            journal.append(event)  # type: ignore[arg-type]


def left(site: str = "cluster.lab.example") -> FollowUpLeft:
    return FollowUpLeft("master-failover-return", site, "take the flags out", {"old_master": "hwhost-1"})


def test_a_follow_up_stays_until_its_runbook_ended_well_on_that_site(tmp_path: Path) -> None:
    runs = RunsFolder(tmp_path)
    write_run(tmp_path, "1", started("master-failover"), left(), RunEnded(1, "stopped", ""))
    assert [one.left for one in runs.follow_ups()] == [left()]
    write_run(tmp_path, "2", started("master-failover-return"), RunEnded(1, "stopped", ""))
    write_run(tmp_path, "3", started("master-failover-return", site="other"), RunEnded(0, "done", ""))
    write_run(tmp_path, "4", started("master-failover-return", mode="rehearsal"), RunEnded(0, "done", ""))
    assert len(runs.follow_ups()) == 1
    write_run(tmp_path, "5", started("master-failover-return"), RunEnded(0, "done", ""))
    assert runs.follow_ups() == []


def test_a_rehearsal_leaves_nothing_to_be_done(tmp_path: Path) -> None:
    write_run(tmp_path, "1", started("master-failover", mode="rehearsal"), left(), RunEnded(0, "done", ""))
    assert RunsFolder(tmp_path).follow_ups() == []


def test_one_broken_journal_does_not_hide_the_others(tmp_path: Path) -> None:
    write_run(tmp_path, "1", started())
    (tmp_path / "2.jsonl").write_bytes(b"{}\n")
    journals, broken = RunsFolder(tmp_path).all()
    assert [one.path.stem for one in journals] == ["1"]
    assert broken[0][1].code == "journal-damaged"
