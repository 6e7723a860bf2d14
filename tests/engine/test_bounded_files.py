"""Files that others may have written, and sockets that others speak through, are read only so far."""

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from engine.approvals.approver import Approver
from engine.bounded_files import read_bytes
from engine.errors import JournalError, RunbookError, UsageError
from engine.journal import reader
from engine.journal.events import RunStarted
from engine.journal.line import Entry
from engine.journal.reader import Journal, read_journal
from engine.operator.answers import load_answers
from engine.plain_yaml import YAMLError, load_yaml
from engine.resume.chain import with_those_before

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_a_file_without_end_is_read_so_far() -> None:
    with pytest.raises(OSError, match="larger than 2 MiB"):
        read_bytes(Path("/dev/zero"), 2 * 2**20)


def test_a_journal_of_terabytes_is_one_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LARGEST", 2**20)
    with (tmp_path / "run.jsonl").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(JournalError) as caught:
        read_journal(tmp_path / "run.jsonl")
    assert caught.value.code == "journal-unreadable"


def test_answers_of_a_few_lines_cannot_stand_for_millions(tmp_path: Path) -> None:
    with pytest.raises(YAMLError, match="alias"):
        load_yaml(BOMB)
    path = tmp_path / "answers.yaml"
    path.write_text(f"format: 1\nanswers:\n  q: 'y'\n{BOMB}")
    with pytest.raises(UsageError, match="answers"):
        load_answers(path)
    path.write_text("format: 1\nanswers: {q: " + "[" * 5000 + "]" * 5000 + "}\n")
    with pytest.raises(UsageError):
        load_answers(path)
    with pytest.raises(UsageError):
        load_answers(Path("/dev/zero"))


def test_journals_that_say_of_each_other_that_they_came_before_are_refused(tmp_path: Path) -> None:
    first, second = (_journal(tmp_path, name, other) for name, other in (("one", "two"), ("two", "one")))
    with pytest.raises(JournalError) as caught:
        with_those_before(first, [first, second])
    assert caught.value.code == "journal-damaged"


def _journal(folder: Path, run: str, before: str) -> Journal:
    started = RunStarted(run, "x", "d", "1", "real", "site", {}, {}, resumes=before)
    return Journal(folder / f"{run}.jsonl", (Entry(1, "2026-01-01T00:00:00+00:00", started),), torn=False)


@pytest.mark.parametrize("said", [b"x" * 2**22, b"[" * 60_000 + b"\n"], ids=["without end", "nested"])
def test_a_run_that_says_too_much_to_an_approver_says_nothing(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    taken = []

    def talk() -> None:
        with contextlib.suppress(OSError):
            taken.extend(theirs.send(said[at : at + 4096]) for at in range(0, len(said), 4096))

    talking = threading.Thread(target=talk)
    approver = Approver.__new__(Approver)
    approver._connection, approver._run = ours, "run"
    with ours, theirs:
        talking.start()
        with pytest.raises(RunbookError):
            approver._hear()
        ours.close()
        talking.join()
    assert sum(taken) < 2**21
