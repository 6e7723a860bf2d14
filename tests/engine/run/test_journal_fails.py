"""A journal that fails at any of its lines ends the run before the next change, and the operator is told."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engine.errors import RunbookError
from engine.exits import Exit
from engine.journal import writer as writer_module
from engine.journal.events import Event, Intent, Outcome
from engine.journal.reader import read_journal
from engine.journal.writer import JournalWriter
from tests.disk import file_size_limit, fill, mounted
from tests.engine.run.toy import HEADER, ON, Run, go
from tests.reliability import record

LOOP = """
  - id: each
    title: Each lamp
    each: "['hall.example', 'attic.example']"
    run: [lamp, "on"]
    on: item
    effect: reversible
    undo: none
"""
HELD = """
meanwhile:
  - id: light
    title: Keep the light on
    hold: [lamp, "on"]
    release: [lamp, "off"]
    on: where
    leaves: {runbook: lights-out, because: The light burns.}
"""
ANSWERS = {"light": "y", "switch-on": "yes", "each[hall.example]": "y", "each[attic.example]": "y"}
STEPS = ON + LOOP


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a journal, from one of its lines on.

    Attributes:
        words: for the page on reliability.
        begin: makes it go wrong: given the journal; a context for the rest of the run.
        codes: of the errors that may end the run.
        disk: the options of a disk of its own, if it needs one.
    """

    words: str
    begin: Callable[[JournalWriter, pytest.MonkeyPatch], AbstractContextManager[None]]
    codes: tuple[str, ...] = ("journal-unwritable",)
    disk: str = ""

    @property
    def seen(self) -> str:
        codes = " or ".join(f"`{code}`" for code in self.codes)
        return (
            f"The run ends with {codes} before the next change. Where the end of a change could not be recorded: that "
            "it was made, and its exit code."
        )


def call_fails(name: str, number: int) -> Callable[[JournalWriter, pytest.MonkeyPatch], AbstractContextManager[None]]:
    def begin(_journal: JournalWriter, patch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
        def fail(*_arguments: object) -> None:
            raise OSError(number, os.strerror(number))

        patch.setattr(writer_module.os, name, fail)
        return nullcontext()

    return begin


def disk_fills(journal: JournalWriter, _patch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    fill(journal.path.parents[1])
    return nullcontext()


def file_may_not_grow(journal: JournalWriter, _patch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    return file_size_limit(journal.path.stat().st_size + 20)


def another_writes(journal: JournalWriter, _patch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    with journal.path.open("ab") as file:
        file.write(b'{"v":1,"n":')
    return nullcontext()


def is_removed(journal: JournalWriter, _patch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    journal.path.rename(journal.path.with_suffix(".moved"))
    return nullcontext()


FAULTS = {
    "full": Fault("The disk fills up", disk_fills, ("journal-unwritable", "journal-no-room"), "size=8m"),
    "limit": Fault("A file may not grow any more, in the middle of a line", file_may_not_grow),
    "fsync": Fault("fsync fails", call_fails("fsync", errno.EIO)),
    "write": Fault("The file system becomes read-only", call_fails("write", errno.EROFS)),
    "two": Fault("A second writer writes into the journal", another_writes, ("journal-touched",)),
    "moved": Fault("The journal is moved away", is_removed, ("journal-touched",)),
}


def failing_from(line: int, fault: Fault, folder: Path) -> tuple[Run, Event | None]:
    """A run whose journal fails at this line and from then on; and what should have been that line."""
    append = JournalWriter.append
    failed: list[Event] = []

    with pytest.MonkeyPatch.context() as patch, ExitStack() as until_the_end:

        def failing(self: JournalWriter, event: Event) -> None:
            if not failed and self.tip.line == line - 1:
                failed.append(event)
                until_the_end.enter_context(fault.begin(self, patch))
            append(self, event)

        patch.setattr(JournalWriter, "append", failing)
        outcome = go(folder, STEPS, ANSWERS, header=HEADER + HELD)
    return outcome, failed[0] if failed else None


def judged(outcome: Run, failed: Event, fault: Fault) -> int:
    """How many changes are missing in the journal; whatever else is not as it should be fails the test."""
    path = outcome.path if outcome.path.exists() else outcome.path.with_suffix(".moved")
    read = read_journal(path)
    lost = len(outcome.house.changes) - len([event for event in read.events if isinstance(event, Intent)])
    error = outcome.error
    if error is None:
        # A line that still had room and after which nothing was changed; or one that was for giving back what was held.
        assert read.ended is not None
        assert failed in read.events or "not seen to be done. journal-no-room" in outcome.operator.text
        return lost
    assert isinstance(error, RunbookError)
    assert error.code in fault.codes
    # A change whose end could not be recorded is told to the person; nothing more was begun.
    unseen = isinstance(failed, Outcome) and failed not in read.events
    assert [one.key for one in read.unknown] == ([failed.key] if unseen else [])
    assert (error.exit is Exit.UNKNOWN) == unseen
    told = " ".join(f"{outcome.operator.text} {error.changed}".split())
    assert ("It was made and ended with exit code 0" in told) == unseen
    if not outcome.house.changes:
        assert error.changed == "Nothing was changed."
    return lost


@contextmanager
def in_memory(otherwise: Path) -> Iterator[Path]:
    """A folder in which a thousand lines are synced in no time, where there is one."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield otherwise
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.parametrize("name", FAULTS)
def test_wherever_the_journal_fails_the_run_ends_before_the_next_change(tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    lost = tried = 0
    # Each line on CI; elsewhere some, others for each fault.
    line, step = (0, 1) if "CI" in os.environ else (list(FAULTS).index(name) - 5, 6)
    with mounted(tmp_path / "disk", fault.disk) if fault.disk else in_memory(tmp_path) as disk:
        while True:
            line, tried = line + step, tried + 1
            outcome, failed = failing_from(line, fault, disk / str(line))
            if failed is None:
                break  # the run has fewer lines than this
            lost += abs(judged(outcome, failed, fault))
            (disk / str(line) / "full").unlink(missing_ok=True)
        assert outcome.error is None
        assert len(outcome.house.changes) == 5
    assert lost == 0
    record(fault.words, tried=tried - 1, lost=lost, twice=0, proof="journal", seen=fault.seen)
