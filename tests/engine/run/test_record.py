"""What a run records when things go wrong while it records: signals in the middle of a line, full disks, mistakes."""

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import FactError, HostUnreachableError, JournalError, RefusedError, RunbookError, StoppedError
from engine.exits import Exit
from engine.journal import writer as writer_module
from engine.journal.events import Intent, Outcome, RunEnded
from engine.journal.writer import JournalWriter
from engine.operator.interface import Line, Question
from engine.operator.scripted import Scripted
from tests.engine.run.toy import ON, House, Run, go

TWO = ON + ON.replace("switch-on", "again")


def exits(outcome: Run) -> tuple[int, int]:
    """The exit code of the command, and the one the journal holds."""
    assert isinstance(outcome.error, RunbookError)
    assert outcome.journal.ended is not None
    return outcome.error.exit, outcome.journal.ended.exit


def syncing(monkeypatch: pytest.MonkeyPatch, at: int, act: Callable[[], None]) -> list[int]:
    """Act while the n-th line of the journal is being written to the disk."""
    sync, count = os.fsync, [0]

    def fsync(descriptor: int) -> None:
        count[0] += 1
        sync(descriptor)
        if count[0] == at:
            act()

    monkeypatch.setattr(writer_module.os, "fsync", fsync)
    return count


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_a_signal_in_the_middle_of_any_line_leaves_a_whole_journal_with_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    lines = len(go(tmp_path / "quiet", TWO, {"switch-on": "yes", "again": "yes"}).journal.entries)
    for at in range(2, lines + 2):  # the first is that of the folder
        (tmp_path / str(at) / "runs").mkdir(parents=True)
        with monkeypatch.context() as patch:
            count = syncing(patch, at, lambda: signal.raise_signal(number))
            outcome = go(tmp_path / str(at), TWO, {"switch-on": "yes", "again": "yes"})
        assert count[0] >= at
        ended = outcome.journal.ended
        assert ended is not None
        assert outcome.journal.unknown == ()
        assert len([event for event in outcome.journal.events if isinstance(event, RunEnded)]) == 1
        if at == lines + 1:
            assert outcome.error is None, "the run had ended already"
        else:
            assert isinstance(outcome.error, StoppedError)
            assert exits(outcome) == (1, 1)


def test_a_second_ctrl_c_does_not_lose_the_end_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = JournalWriter.append

    def impatient(self: JournalWriter, event: object) -> None:
        if isinstance(event, RunEnded):
            signal.raise_signal(signal.SIGINT)
        append(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(JournalWriter, "append", impatient)
    operator = Scripted({"switch-on": "yes"}, on_question=lambda _question: signal.raise_signal(signal.SIGINT))
    outcome = go(tmp_path, ON, operator=operator)
    assert exits(outcome) == (1, 1)
    assert outcome.kinds()[-1] == "run-ended"


def test_an_unexpected_error_in_a_change_leaves_an_unknown_outcome(tmp_path: Path) -> None:
    house = House()

    def mistake() -> None:
        raise RuntimeError("out of threads")

    house.before_change = mistake
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house)
    assert exits(outcome) == (Exit.UNKNOWN, Exit.UNKNOWN)
    assert [one.key for one in outcome.journal.unknown] == ["switch-on#1"]
    assert "out of threads" in str(outcome.error)


def test_a_command_no_host_takes_was_not_begun(tmp_path: Path) -> None:
    house = House()

    def too_long() -> None:
        raise RefusedError("too long", code="command-too-long")

    house.before_change = too_long
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house)
    assert exits(outcome) == (Exit.REFUSED, Exit.REFUSED)
    assert isinstance(outcome.error, RunbookError)
    assert outcome.error.changed == "Nothing was changed."
    assert [event.state for event in outcome.journal.events if isinstance(event, Outcome)] == ["not-started"]


def test_an_outcome_that_cannot_be_recorded_is_unknown_to_the_record_and_told_to_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = JournalWriter.append
    full = False

    def filling(self: JournalWriter, event: object) -> None:
        nonlocal full
        full = full or isinstance(event, Outcome)
        if full:
            raise JournalError("The disk is full.", code="journal-unwritable")
        append(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(JournalWriter, "append", filling)
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    assert isinstance(outcome.error, RunbookError)
    assert outcome.error.exit == Exit.UNKNOWN
    assert outcome.error.code == "journal-unwritable"
    assert "made and ended with exit code 0" in outcome.error.changed
    assert [one.key for one in outcome.journal.unknown] == ["switch-on#1"]


def test_a_terminal_that_goes_away_with_the_link_does_not_hide_the_unknown_outcome(tmp_path: Path) -> None:
    class Cut(Scripted):
        def show(self, *lines: Line) -> None:
            if any("Nobody saw" in line.text for line in lines):
                raise StoppedError("The terminal went away.", code="terminal-gone")
            super().show(*lines)

    outcome = go(tmp_path, ON.replace('[lamp, "on"]', "[lamp, explode]"), operator=Cut({"switch-on": "yes"}))
    assert exits(outcome) == (Exit.UNKNOWN, Exit.UNKNOWN)


def test_a_mistake_of_ours_still_ends_the_record(tmp_path: Path) -> None:
    def mistake(_question: Question) -> None:
        raise KeyError("oops")

    outcome = go(tmp_path, ON, operator=Scripted({}, on_question=mistake))
    assert isinstance(outcome.error, KeyError)
    assert outcome.journal.ended == RunEnded(1, "internal", "KeyError: 'oops'")


def test_what_was_not_begun_is_not_counted_as_changed(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON.replace('[lamp, "on"]', "[lamp, unplugged]"), {"switch-on": "yes"})
    assert isinstance(outcome.error, RunbookError)
    assert outcome.error.changed == "Nothing was changed."


def test_a_host_that_is_lost_between_approval_and_change_is_a_failure_of_the_step(tmp_path: Path) -> None:
    house = House()

    def unplug(question: Question) -> None:
        house.broken.clear()
        if question.id == "switch-on":
            house.broken["hall.example"] = HostUnreachableError("hall.example does not answer.")

    operator = Scripted({"switch-on": ["yes", "stop"], "switch-on.failed": "retry"}, on_question=unplug)
    outcome = go(tmp_path, ON, house=house, operator=operator)
    assert [question.id for question, _answer in operator.asked] == ["switch-on", "switch-on.failed", "switch-on"]
    assert isinstance(outcome.error, StoppedError)
    assert house.changes == []


def test_an_error_that_says_nothing_was_changed_does_not_deny_what_came_before(tmp_path: Path) -> None:
    gone = "  - {id: gone, title: Gone, run: [lamp, 'on'], on: \"'cellar.example'\", effect: safe, undo: none}\n"
    outcome = go(tmp_path, ON + gone, {"switch-on": "yes"})
    assert not isinstance(outcome.error, FactError)
    assert isinstance(outcome.error, RunbookError)
    assert outcome.error.changed.startswith("1 change was made in this run")
    assert exits(outcome) == (1, 1)


def test_a_disk_that_fails_the_sync_of_an_intent_lets_nothing_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(errno.EIO, "Input/output error")

    lines = [event.kind for event in go(tmp_path / "quiet", ON, {"switch-on": "yes"}).journal.events]
    (tmp_path / "runs").mkdir()
    syncing(monkeypatch, lines.index("intent") + 2, fail)
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    assert outcome.house.changes == []
    assert not any(isinstance(event, Intent) for event in outcome.journal.events)
    assert exits(outcome) == (1, 1)
