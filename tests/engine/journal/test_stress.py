"""A journal whose disk fails, and one that somebody else writes to: it stays whole, and nothing follows on it."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.errors import NOTHING_CHANGED, JournalError
from engine.journal import writer as writer_module
from engine.journal.events import Event, Intent, Outcome, RunEnded, RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.line import FIRST, encode
from engine.journal.outcomes import KEPT
from engine.journal.reader import read_journal
from engine.journal.writer import RESERVE, JournalWriter
from tests.disk import fill, mounted

STARTED = RunStarted("r", "toy", "sha256:0", "0", "real", "home", {}, {})
ENDED = RunEnded(1, "stopped", "")


def intent(key: str = "on#1") -> Intent:
    return Intent(key, "on", "hall.example", "disruptive", {"argv": ["lamp", "on"]}, "d")


def begun(path: Path) -> JournalWriter:
    journal = JournalWriter(path, SystemClock())
    journal.append(STARTED)
    return journal


def refused(journal: JournalWriter, event: Event) -> JournalError:
    before = journal.tip
    with pytest.raises(JournalError) as error:
        journal.append(event)
    assert journal.tip == before
    assert ("was not begun" in error.value.changed) == isinstance(event, Intent)
    return error.value


def failing(name: str, number: int) -> Callable[..., None]:
    def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    fail.__name__ = name
    return fail


@pytest.mark.parametrize("call", ["write", "fsync"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.ESTALE])
def test_a_line_the_disk_refuses_is_not_there_and_the_next_one_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    with begun(tmp_path / "r.jsonl") as journal:
        with monkeypatch.context() as patch:
            patch.setattr(writer_module.os, call, failing(call, number))
            error = refused(journal, intent())
        assert (error.code, error.why) == ("journal-unwritable", os.strerror(number))
        journal.append(ENDED)
    assert read_journal(journal.path).events == (STARTED, ENDED)


def test_nothing_follows_on_a_torn_line_that_cannot_be_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begun(tmp_path / "r.jsonl") as journal:
        with monkeypatch.context() as patch:
            patch.setattr(writer_module.os, "fsync", failing("fsync", errno.EIO))
            patch.setattr(writer_module.os, "ftruncate", failing("ftruncate", errno.EIO))
            refused(journal, intent())
        for event in (ENDED, intent("on#2")):
            error = refused(journal, event)
            assert (error.code, "could not be cut off" in error.why) == ("journal-touched", True)


WRITES = "import sys; open(sys.argv[1], 'a').write(sys.argv[2])"


@pytest.mark.parametrize(
    ("text", "why"),
    [("x", "1 bytes more"), ('{"v":1}\n', "8 bytes more"), ("\n", "1 bytes more")],
)
def test_nothing_follows_on_what_another_writer_left(tmp_path: Path, text: str, why: str) -> None:
    with begun(tmp_path / "r.jsonl") as journal:
        ours = journal.path.read_bytes()
        subprocess.run([sys.executable, "-c", WRITES, journal.path, text], check=True)
        for event in (intent(), ENDED):
            error = refused(journal, event)
            assert (error.code, why in error.why) == ("journal-touched", True)
    assert journal.path.read_bytes() == ours + text.encode(), "what is there is kept as it is"


def test_nothing_follows_on_a_journal_that_somebody_cut(tmp_path: Path) -> None:
    with begun(tmp_path / "r.jsonl") as journal:
        os.truncate(journal.path, 10)
        assert "less than this run wrote" in refused(journal, intent()).why


@pytest.mark.parametrize("how", ["removed", "moved", "replaced"])
def test_nothing_follows_on_a_journal_that_is_somewhere_else(tmp_path: Path, how: str) -> None:
    with begun(tmp_path / "r.jsonl") as journal:
        data = journal.path.read_bytes()
        if how == "removed":
            journal.path.unlink()
        else:
            journal.path.rename(tmp_path / "old")
        if how == "replaced":  # as an editor does, or a synchroniser
            journal.path.write_bytes(data)
        error = refused(journal, intent())
    assert (error.code, "moved or removed" in error.why) == ("journal-touched", True)


def test_a_journal_is_never_taken_over_by_a_second_writer(tmp_path: Path) -> None:
    with begun(tmp_path / "r.jsonl") as journal:
        for _again in range(2):
            with pytest.raises(JournalError, match="cannot be created"):
                JournalWriter(journal.path, SystemClock())
        journal.append(intent())
    assert read_journal(journal.path).events == (STARTED, intent())


@pytest.mark.parametrize("character", ["x", "\x00", "ä", "😀"])
def test_the_longest_outcome_has_room_in_what_is_reserved_for_it(character: str) -> None:
    longest = Outcome("on#1", "failed", 1, 0.5, character * KEPT, character * KEPT)
    assert len(encode(10**6, "2026-01-01T00:00:00.000+00:00", FIRST, longest)) < RESERVE


def test_each_change_that_goes_on_has_room_of_its_own(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", f"size={2 * RESERVE - 65536}") as disk, begun(disk / "r.jsonl") as journal:
        journal.append(intent("on#1"))
        error = refused(journal, intent("on#2"))
        assert (error.code, f"needs {2 * RESERVE // 1024} KiB" in error.why) == ("journal-no-room", True)
        journal.append(Outcome("on#1", "done", 0))
        journal.append(intent("on#2"))


def test_a_full_disk_takes_no_intent_and_keeps_what_it_has(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=8m") as disk, begun(disk / "r.jsonl") as journal:
        fill(disk)
        assert refused(journal, intent()).code == "journal-no-room"
        long = Outcome("on#1", "done", 0, stdout="x" * 10_000)  # more than is left of the file's last page
        assert refused(journal, long).why == os.strerror(errno.ENOSPC)
        (disk / "full").unlink()
        journal.append(intent())
        assert read_journal(journal.path).events == (STARTED, intent())


def test_a_folder_that_cannot_be_synced_gets_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module.os, "fsync", failing("fsync", errno.EIO))
    with pytest.raises(JournalError) as error:
        RunsFolder(tmp_path / "runs").new("toy", SystemClock())
    assert (error.value.code, error.value.changed) == ("journal-unwritable", NOTHING_CHANGED)
    assert list((tmp_path / "runs").iterdir()) == []


def test_folders_that_are_made_for_it_are_synced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(writer_module.os, "fsync", fsync)
    begun(tmp_path / "state" / "runs" / "r.jsonl").close()
    assert {tmp_path, tmp_path / "state", tmp_path / "state" / "runs"} < set(synced)


def test_a_read_only_folder_gets_no_journal(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "ro") as disk, pytest.raises(JournalError) as error:
        RunsFolder(disk).new("toy", SystemClock())
    assert (error.value.code, error.value.why) == ("journal-unwritable", os.strerror(errno.EROFS))
    assert error.value.changed == NOTHING_CHANGED
