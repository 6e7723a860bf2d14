"""Runs that cannot be undone as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.errors import NOTHING_CHANGED, RefusedError, UsageError
from engine.journal.events import RunStarted
from engine.journal.reader import Journal
from engine.report.build import is_written


def undoable(journal: Journal) -> RunStarted:
    """The first line of a run that can be undone, or of which it can at least be told what cannot.

    Raises:
        UsageError: it has none, was a rehearsal, or took another run back itself.
        RefusedError: it still goes on.
    """
    started = journal.started
    if started is None:
        raise UsageError(
            f"The journal {journal.path} does not begin with a run.",
            changed=NOTHING_CHANGED,
            hint="Nothing was begun by it: the first line is written before anything else.",
            code="undo-no-run",
        )
    if started.undoes:
        raise UsageError(
            f"{started.run} is itself an undo, of {started.undoes}.",
            changed=NOTHING_CHANGED,
            hint=f"To do it again, run the runbook: gnt-runbook run {started.runbook}. It looks at what there is.",
            code="undo-of-undo",
        )
    if started.mode != "real":
        raise UsageError(
            f"{started.run} was a rehearsal: it changed no host.",
            changed=NOTHING_CHANGED,
            hint="gnt-runbook runs lists all runs, with their mode.",
            code="undo-rehearsal",
        )
    if is_written(Path(journal.path)):
        raise RefusedError(
            f"{started.run} still goes on.",
            changed=NOTHING_CHANGED,
            hint="Let it end, or stop it where it runs; what it did until then can be undone afterwards.",
            code="undo-goes-on",
        )
    return started


def with_those_before(journal: Journal, all_of_them: Iterable[Journal]) -> list[Journal]:
    """The journals of the runs that a run went on with, oldest first, and its own.

    Raises:
        RefusedError: another run went on with it.
        UsageError: a journal of an earlier run is not here.
    """
    known = {one.started.run: one for one in all_of_them if one.started is not None}
    last = journal.started
    later = [one for one in known.values() if one.started is not None and last and one.started.resumes == last.run]
    if later and last is not None:
        name = later[-1].path.stem
        raise RefusedError(
            f"{last.run} was resumed by {name}.",
            changed=NOTHING_CHANGED,
            hint=f"gnt-runbook undo {name} takes back what both changed, newest first.",
            code="undo-resumed",
        )
    found = [journal]
    while (started := found[0].started) is not None and started.resumes:
        if started.resumes not in known:
            raise UsageError(
                f"The journal of {started.resumes}, which {started.run} went on with, is not here.",
                changed=NOTHING_CHANGED,
                hint=f"Copy it into {journal.path.parent}, so that its changes can be undone as well.",
                code="undo-before",
            )
        found.insert(0, known[started.resumes])
    return found


def same_site(started: RunStarted, label: str) -> None:
    """Refuse to undo on another site than the run's own.

    Raises:
        RefusedError: it is another one.
    """
    if started.site != label:
        raise RefusedError(
            f"{started.run} was on {started.site}; this is {label}.",
            changed=NOTHING_CHANGED,
            hint=f"Name a node of {started.site}: --host NODE.",
            code="undo-other-site",
        )
