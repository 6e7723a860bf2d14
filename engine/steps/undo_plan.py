"""How a change will be taken back, filled in while it is planned: what is true now is recorded with it."""

from __future__ import annotations

import hashlib
from typing import Any

from engine.hosts.host import FileChange, Host
from engine.journal.undo_record import RecordedCheck, Undo, UndoByCommand, UndoByHand, UndoOfEdit, as_data
from engine.model.compensation import Compensation
from engine.model.parts import CheckCall
from engine.model.step import StepBase
from engine.redaction.redactor import REDACTOR
from engine.steps.kind import host_for, prose
from engine.steps.scope import Scope, plain

UNRECORDED = "a secret is part of it, which is written down nowhere; it has to be done by hand"


def undo_of_command(step: StepBase, scope: Scope, host: Host) -> Undo:
    """How the command of a step is taken back."""
    if not isinstance(step.undo, Compensation):
        return UndoByHand(prose(scope.render(step.undo)))
    argv = scope.words(step.undo.run)
    if not argv:
        return UndoByHand("nothing to undo")
    if step.undo.on is not None:
        host = host_for(step.undo.on, scope)
    undo = UndoByCommand(argv=argv, host=host.name, timeout=step.undo.timeout, **_asked(step, step.undo, scope))
    # What is left out of the record could not be done from it.
    return undo if REDACTOR.data(as_data(undo)) == as_data(undo) else UndoByHand(UNRECORDED)


def undo_of_edit(step: StepBase, scope: Scope, host: Host, change: FileChange) -> Undo:
    """How an edit is taken back: by its backup, unless its runbook has a command for that, or says that it cannot."""
    given = step.undo
    if isinstance(given, Compensation) and given.run:
        return undo_of_command(step, scope, host)
    advice = prose(scope.render(given)) if isinstance(given, str) else ""
    if UndoByHand(advice).impossible or change.after is None:
        return UndoByHand(advice)
    if REDACTOR.text(change.after, ("cat", change.path)) != change.after:
        # Nobody shall be able to try passwords on a hash of it.
        kept = f" The old file is {change.backup}." if change.before is not None else ""
        return UndoByHand(f"{UNRECORDED}.{kept}")
    asked = _asked(step, given if isinstance(given, Compensation) else Compensation(advice=advice), scope)
    written = hashlib.sha256(change.after.encode()).hexdigest()
    backup = "" if change.before is None else change.backup
    return UndoOfEdit(file=change.path, written=written, backup=backup, host=host.name, **asked)


def _asked(step: StepBase, undo: Compensation, scope: Scope) -> dict[str, Any]:
    """What is shown and looked at when it is undone."""
    effect = undo.effect or step.effect
    return {
        "effect": effect,
        "confirm": scope.render(undo.confirm),
        "consequence": prose(scope.render(undo.consequence)),
        "advice": prose(scope.render(undo.advice)),
        "needs": _check(undo.needs, scope),
        "verify": _check(undo.verify, scope),
        "second_person": step.second_person or scope.wants_second_person(effect),
        "closes": step.leaves.runbook if step.leaves is not None else "",
    }


def _check(call: CheckCall | None, scope: Scope) -> RecordedCheck | None:
    if call is None or call.check is None:
        return None
    arguments = {name: plain(scope.resolve(value)) for name, value in call.with_.items()}
    return RecordedCheck(call.check, arguments, call.within, call.every)
