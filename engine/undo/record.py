"""The record of an undo that had nothing left to do, but has heard from hosts how earlier changes ended."""

from __future__ import annotations

from collections.abc import Sequence

from engine import __version__
from engine.clock import Clock
from engine.exits import Exit
from engine.identity import Who
from engine.journal.events import Event, RunEnded, RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal


def note(folder: RunsFolder, undone: Journal, heard: Sequence[Event], person: Who, clock: Clock) -> None:
    """Write a journal of no change; where nothing was heard there is nothing to write.

    Raises:
        JournalError: it is not on the disk.
    """
    started = undone.started
    if not heard or started is None:
        return
    name, journal = folder.new(started.runbook, clock)
    with journal:
        journal.append(
            RunStarted(
                run=name,
                runbook=started.runbook,
                digest=started.digest,
                version=__version__,
                mode=started.mode,
                site=started.site,
                parameters=started.parameters,
                operator=dict(person.known),
                sources=dict(person.sources),
                undoes=started.run,
                before=undone.tip,
            )
        )
        for event in heard:
            journal.append(event)
        journal.append(RunEnded(int(Exit.DONE), "done", "nothing was left to be taken back; hosts were asked"))
