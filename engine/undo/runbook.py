"""The undo of a run as a runbook made of its journal: so it is asked, done, verified and recorded like any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from engine.effects import Effect
from engine.journal.events import RunStarted
from engine.journal.undo_record import RecordedCheck, UndoByCommand, UndoOfEdit
from engine.load.loader import LoadedRunbook
from engine.model.parts import CheckCall
from engine.model.runbook import Runbook
from engine.steps.kinds import Kinds
from engine.undo.changes import Made
from engine.undo.floor import Floor, floor, highest
from engine.undo.kind import UndoKind, UndoStep
from engine.undo.sorting import Sorted


def runbook_of(
    started: RunStarted, found: Sorted, load: Callable[[str], LoadedRunbook]
) -> tuple[LoadedRunbook, dict[str, Any]]:
    """The runbook, and the values its checks name.

    Args:
        started: of the run that is undone.
        found: at least one of its changes can be undone.
        load: finds a runbook of the library by its name.
    """
    values: dict[str, Any] = {}
    names: Counter[str] = Counter()
    steps = []
    for number, (made, undo) in enumerate(found.due, start=1):
        names[made.step] += 1
        count = names[made.step]
        identity = f"undo-{made.step}" if count == 1 else f"undo-{made.step}-{count}"
        steps.append(_step(identity, made, undo, floor(made, started.runbook, load), _Values(values, f"undo_{number}")))
    runbook = Runbook(
        format=1,
        id=started.runbook,
        title=f"Undo {started.run}",
        summary="Newest first, each after asking: " + "; ".join(made.title for made, _undo in found.due) + ".",
        dangers=tuple(explained(made, why) for made, why in found.left),
        steps=tuple(steps),
        done=("gnt-runbook diagnose says what is wrong now.",),
    )
    return LoadedRunbook(runbook, f"the journal of {started.run}", "", started.digest, Kinds((UndoKind(),))), values


def explained(made: Made, why: str) -> str:
    """What is not undone, and why."""
    return f"Not undone: {made.title} ({made.words}). {why}"


class _Values:
    """Gives values names, so that no text of a journal is ever taken for a template."""

    def __init__(self, values: dict[str, Any], prefix: str) -> None:
        self._values = values
        self._prefix = prefix

    def call(self, check: RecordedCheck | None, what: str) -> CheckCall | None:
        if check is None:
            return None
        arguments = {}
        for name, value in check.arguments.items():
            self._values[f"{self._prefix}_{what}_{name}"] = value
            arguments[name] = f"{{{{ {self._prefix}_{what}_{name} }}}}"
        return CheckCall(check=check.check, with_=arguments, within=check.within, every=check.every)


def _step(identity: str, made: Made, undo: UndoByCommand | UndoOfEdit, least: Floor, values: _Values) -> UndoStep:
    effect = highest(undo.effect, least.effect)
    return UndoStep(
        id=identity,
        title=f"Undo: {made.title}",
        effect=effect,
        # Where the journal has no name for what would be lost, the host is at least named.
        confirm=(undo.confirm or undo.host) if effect is Effect.DESTRUCTIVE else "",
        rests_on=(),
        second_person=undo.second_person or least.second_person,
        name=made.name,
        by=undo,
        needs=values.call(undo.needs, "needs"),
        verify=values.call(undo.verify, "verify"),
    )
