"""Runs that cannot be undone as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.commands import to_type
from engine.errors import NOTHING_CHANGED, RefusedError, UsageError
from engine.journal.events import RunStarted
from engine.journal.reader import Journal, is_written
from engine.resume.chain import resumed_by


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
            hint=f"To do it again, run the runbook: {to_type('run', started.runbook)}. It looks at what there is.",
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


def not_resumed(journal: Journal, known: Iterable[Journal]) -> None:
    """Refuse to undo a run without the one that went on with it.

    Raises:
        RefusedError: there is one.
    """
    if later := resumed_by(journal, known):
        raise RefusedError(
            f"{journal.run} was resumed by {later}.",
            changed=NOTHING_CHANGED,
            hint=f"{to_type('undo', later)} takes back what both changed, newest first.",
            code="undo-resumed",
        )
