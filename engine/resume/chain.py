"""Which run is gone on with, and which ones it had gone on with itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.commands import to_type
from engine.errors import NOTHING_CHANGED, JournalError, RefusedError, UsageError
from engine.exits import Exit
from engine.journal.events import StepBegun
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, is_written, read_journal


def chain_of(folder: RunsFolder, run: str) -> list[Journal]:
    """The journals of a run that can be gone on with, and before it of those that it had gone on with.

    Args:
        folder: where the journals are.
        run: its name, an unmistakable part of it, the path of a copy of its journal, or nothing for the only one
            there is.

    Raises:
        UsageError: there is no such run, or there are several.
        RefusedError: it is not one that can be gone on with.
        JournalError: a journal cannot be read.
    """
    journals = folder.all()[0]
    path = Path(run)
    last = read_journal(path, follow=True) if run and path.is_file() else _named(folder, journals, run)
    _refuse(last)
    # Of a journal that was copied here, those before it may lie beside it.
    beside = RunsFolder(last.path.parent, own=False)
    known = journals if beside.path == folder.path else [*journals, *beside.all()[0]]
    if later := resumed_by(last, known):
        raise RefusedError(
            f"Run {last.run} was resumed already, by {later}.",
            changed=NOTHING_CHANGED,
            hint=to_type("resume", later),
            code="resume-superseded",
        )
    return with_those_before(last, known)


def resumed_by(journal: Journal, known: Iterable[Journal]) -> str:
    """The run that went on with this one, the last of them; nothing if none did."""
    later = [one.run for one in known if _resumes(one) == journal.run]
    return later[-1] if later else ""


def with_those_before(journal: Journal, known: Iterable[Journal]) -> list[Journal]:
    """The journals of the runs that a run went on with, oldest first, and its own.

    Raises:
        UsageError: a journal of an earlier run is not among those that are known.
    """
    by_name = {one.run: one for one in known}
    chain = [journal]
    while before := _resumes(chain[0]):
        if before not in by_name:
            raise UsageError(
                f"The journal of {before}, which {chain[0].run} went on with, is not here.",
                changed=NOTHING_CHANGED,
                hint=f"Copy it into {journal.path.parent}, so that what it says is known as well.",
                code="journal-before",
            )
        if any(one is by_name[before] for one in chain):
            raise JournalError(
                f"The journals of {before} and {chain[0].run} say of each other that they came before.",
                changed=NOTHING_CHANGED,
                hint="No run writes that: somebody did. Keep them; gnt-runbook audit verify says more.",
                code="journal-damaged",
            )
        chain.insert(0, by_name[before])
    return chain


def resumable(journals: Sequence[Journal]) -> list[Journal]:
    """The real runs that have not come to a good end and that no other run has gone on with, oldest first."""
    resumed = {_resumes(one) for one in journals}
    return [one for one in journals if _can_be(one) and one.run not in resumed]


def _named(folder: RunsFolder, journals: Sequence[Journal], run: str) -> Journal:
    if run:
        return folder.find(run)
    there = resumable(journals)
    if len(there) == 1:
        return there[0]
    if not there:
        raise UsageError(
            "There is no run that could be resumed.",
            why="all runs of this machine came to a good end, or were resumed",
            changed=NOTHING_CHANGED,
            hint="A run of another machine: copy its journal here and give its path.",
            code="run-unknown",
        )
    names = " ".join(one.run for one in there)
    raise UsageError(
        f"{len(there)} runs could be resumed: {names}.",
        changed=NOTHING_CHANGED,
        hint=f"Name the one to resume: {to_type('resume', 'RUN')} (gnt-runbook runs tells more of each).",
        code="run-ambiguous",
    )


def _refuse(journal: Journal) -> None:
    started, ended = journal.started, journal.ended
    hint = "gnt-runbook runs lists all runs."
    if started is None:
        what, code = f"The journal {journal.path} does not say what was run.", "resume-empty"
    elif started.mode != "real":
        what, code = f"Run {started.run} was a rehearsal; its cluster is gone.", "resume-rehearsal"
    elif is_written(journal.path):
        what, code = f"Run {started.run} still goes on.", "resume-goes-on"
        hint = f"gnt-runbook follow {started.run} shows how it goes; it can be resumed when it has ended."
    elif started.undoes:
        what, code = f"Run {started.run} takes back run {started.undoes}.", "resume-undo"
        hint = f"{to_type('undo', started.undoes)} goes on with what is left."
    elif ended is not None and ended.exit == Exit.DONE:
        what, code = f"Run {started.run} came to its end: {ended.summary}.", "resume-ended"
    else:
        return
    raise RefusedError(what, changed=NOTHING_CHANGED, hint=hint, code=code)


def _can_be(journal: Journal) -> bool:
    started, ended = journal.started, journal.ended
    if started is None or started.mode != "real" or started.undoes:
        return False
    if ended is None:
        return True
    # One that was refused has nothing to go on with, unless it was to go on with another: then it stands for that.
    begun = bool(started.resumes) or any(isinstance(one, StepBegun) for one in journal.events)
    return ended.exit != Exit.DONE and begun


def _resumes(journal: Journal) -> str:
    return journal.started.resumes if journal.started is not None else ""
