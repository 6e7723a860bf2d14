"""The folder with the journals of all runs, and what they say together."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock
from engine.errors import JournalError, RunbookError, UsageError
from engine.exits import Exit
from engine.journal.events import FollowUpDone, FollowUpLeft, RunEnded
from engine.journal.files import SUFFIX, journals_in
from engine.journal.reader import Journal, read_journal
from engine.journal.writer import JournalWriter

Damaged = tuple[Path, JournalError]
"""A journal that cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    """A follow-up nobody has seen to yet: what was left, by which run, when (ISO 8601, UTC)."""

    left: FollowUpLeft
    run: str
    time: str


@dataclass(frozen=True, slots=True)
class RunsFolder:
    """Where the journals are: one file a run, named after it.

    Attributes:
        own: it is the folder of our own runs: nobody else may write there, nor in the state folder that it is in.
    """

    path: Path
    own: bool = True

    def new(self, runbook: str, clock: Clock) -> tuple[str, JournalWriter]:
        """Name a new run and open its journal.

        Raises:
            JournalError: the file cannot be created.
        """
        run = f"{clock.now():%Y%m%d-%H%M%S}-{runbook}-{secrets.token_hex(2)}"
        return run, JournalWriter(self.path / f"{run}{SUFFIX}", clock)

    def all(self) -> tuple[list[Journal], list[Damaged]]:
        """All journals, oldest first, and those that cannot be read: one bad file must not hide the others.

        Raises:
            JournalError: the folder is there and cannot be read.
        """
        journals: list[Journal] = []
        broken: list[Damaged] = []
        for path in self.files():
            try:
                journals.append(read_journal(path))
            except JournalError as error:
                broken.append((path, error))
        return journals, broken

    def readable(self, errors: list[RunbookError]) -> tuple[list[Journal], list[Damaged]]:
        """As `all`, with what is wrong added to these errors; nothing that is damaged hides the rest."""
        try:
            journals, damaged = self.all()
        except JournalError as error:
            errors.append(error)
            return [], []
        errors.extend(error for _path, error in damaged)
        return journals, damaged

    def files(self) -> list[Path]:
        """The journals, oldest first, whether they can be read or not.

        Raises:
            JournalError: the folder is there and cannot be read.
        """
        return journals_in(self.path, own=self.own)

    def find(self, run: str) -> Journal:
        """One journal by the name of its run, or by an unmistakable part of it.

        Raises:
            UsageError: there is no such run, or there are several.
            JournalError: its journal cannot be read.
        """
        return read_journal(self.file(run))

    def file(self, run: str) -> Path:
        """The file of a journal, as `find` finds it.

        Raises:
            UsageError: there is no such run, or there are several.
            JournalError: the folder cannot be read.
        """
        names = [path.stem for path in self.files()]
        fitting = [name for name in names if name == run] or [name for name in names if run in name]
        if len(fitting) == 1:
            return self.path / f"{fitting[0]}{SUFFIX}"
        if not fitting:
            raise UsageError(f"There is no run {run!r}.", hint="gnt-runbook runs lists them.", code="run-unknown")
        raise UsageError(f"{run!r} could be {' or '.join(fitting)}.", code="run-ambiguous")

    def follow_ups(self) -> list[OpenFollowUp]:
        """What was left to be done and has not been done since, oldest first; as far as journals can be read."""
        return still_open(self.all()[0])


def still_open(journals: Iterable[Journal]) -> list[OpenFollowUp]:
    """What these runs, oldest first, left to be done and none of them has done since."""
    still: list[OpenFollowUp] = []
    for journal in journals:
        started = journal.started
        # What others may have written leaves nothing to be done, and has done nothing.
        if started is None or started.mode != "real" or journal.stranger:
            continue
        undoes = bool(started.undoes)
        for entry in journal.entries:
            event = entry.event
            if isinstance(event, FollowUpLeft | FollowUpDone):
                still = _without(still, event.runbook, event.site)
            if isinstance(event, FollowUpLeft):
                still.append(OpenFollowUp(event, started.run, entry.time))
            elif isinstance(event, RunEnded) and event.exit == Exit.DONE and not undoes:
                still = _without(still, started.runbook, started.site)
    return still


def _without(still: list[OpenFollowUp], runbook: str, site: str) -> list[OpenFollowUp]:
    return [one for one in still if (one.left.runbook, one.left.site) != (runbook, site)]
