"""A run as an exercise."""

from __future__ import annotations

from pathlib import Path

from engine.drills.folder import add
from engine.drills.record import Drill, Where
from engine.errors import JournalError
from engine.journal.reader import Journal, read_journal


def add_run(folder: Path, journal: Path, scenario: str, where: Where) -> str:
    """Add the record of a run that has ended; why that is not possible, if so. Raises nothing."""
    try:
        drill = drill_of(read_journal(journal), scenario, where)
        if drill is None:
            return "the journal has no end"
        add(folder, drill)
    except JournalError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def drill_of(journal: Journal, scenario: str, where: Where) -> Drill | None:
    """What a run was, as an exercise; None for one that has no end."""
    started, ended = journal.started, journal.ended
    if started is None or ended is None:
        return None
    return Drill(
        time=journal.entries[-1].time,
        runbook=started.runbook,
        digest=started.digest,
        version=started.version,
        scenario=scenario,
        where=where,
        run=started.run,
        who=started.operator,
        exit=ended.exit,
        code=ended.code,
    )
