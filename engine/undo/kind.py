"""Taking a change of an earlier run back: a command, or an old file put back where it still is what was written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from engine.crashpoints import reached
from engine.errors import PreconditionError, StepError
from engine.hosts.command import shown
from engine.hosts.host import FileChange, Host
from engine.hosts.reader import Reader
from engine.journal.undo_record import UndoByCommand, UndoOfEdit
from engine.model.parts import CheckCall, Template
from engine.model.step import StepBase
from engine.operator.interface import Line, Question, Style
from engine.operator.screen import relayed
from engine.operator.words import Name
from engine.steps.edit import CHANGED_MEANWHILE, TIMEOUT, content_of
from engine.steps.kind import StepKind, StepResult, StepTools, check_in_words, host_named
from engine.steps.plan import Change, Plan
from engine.steps.questions import approval
from engine.steps.scope import Scope


class UndoStep(StepBase):
    """One change, taken back.

    Attributes:
        name: of the change, as `RUN:KEY`.
        by: how.
        needs: what has to hold just before.
    """

    kind: Literal["undo"] = "undo"
    id: str
    name: str
    by: UndoByCommand | UndoOfEdit
    needs: CheckCall | None = None
    confirm: str = ""
    undo: Template = "nothing to undo; run the runbook again"


@dataclass(frozen=True, slots=True)
class Look:
    """What can be done about a file now.

    Attributes:
        change: what puts it back; None where nothing does.
        why: why not, if so.
        back: whether it is as it was before already.
    """

    change: FileChange | None
    why: str = ""
    back: bool = False


def look_at(reader: Reader, host: Host, undo: UndoOfEdit, run: str) -> Look:
    """Compare a file with what was written into it.

    Args:
        reader: to look at the host.
        host: where the file is.
        undo: what was written, and where the old file is.
        run: name of the run that puts it back; what it replaces is kept under this name.

    Raises:
        StepError: the file cannot be read.
        HostError: the host cannot be used.
    """
    now = content_of(reader, host, undo.file)
    old = content_of(reader, host, undo.backup) if undo.backup else None
    if now == old and (old is not None or not undo.backup):
        return Look(None, f"{undo.file} on {host} already is as it was before", back=True)
    if now is None or hashlib.sha256(now.encode()).hexdigest() != undo.written:
        what = "is gone" if now is None else "was changed since"
        kept = f" The old file is {undo.backup}." if undo.backup else " Before, there was no such file."
        return Look(None, f"{undo.file} on {host} {what}; it is left alone.{kept}")
    if undo.backup and old is None:
        return Look(None, f"the old file, {undo.backup} on {host}, is gone")
    return Look(FileChange(undo.file, now, old, f"{undo.file}.{run}"))


class UndoKind(StepKind[UndoStep]):
    """Does what was recorded with the change; the runbook's present text and its facts do not matter."""

    key = "undo"
    model = UndoStep

    def does(self, step: UndoStep) -> str:
        return step.by.words

    def plan(self, step: UndoStep, scope: Scope) -> Plan:
        by = step.by
        host = host_named(by.host, scope)
        nothing = ""
        changes: tuple[Change, ...] = ()
        if isinstance(by, UndoOfEdit):
            look = look_at(scope.reader, host, by, scope.run)
            if look.change is not None:
                changes = (Change(host, step.effect, look.change, TIMEOUT, undoes=step.name),)
            elif look.back:
                nothing = look.why
            else:
                raise StepError(f"It cannot be put back: {look.why}", code="undo-file-changed")
        else:
            changes = (Change(host, step.effect, by.argv, by.timeout, undoes=step.name),)
        return Plan(
            key=scope.key(step.id),
            title=step.title,
            why=by.advice,
            consequence=by.consequence,
            undo="",
            confirm=Name(step.confirm, step.id) if step.confirm else "",
            verify=check_in_words(step.verify, scope) if step.verify is not None else "",
            changes=changes,
            nothing=nothing,
            text=check_in_words(step.needs, scope) if step.needs is not None else "",
        )

    def question(self, step: UndoStep, plan: Plan) -> Question | None:
        return approval(step.effect, plan, "take it back")

    def card(self, step: UndoStep, plan: Plan) -> tuple[Line, ...]:
        run, _, key = step.name.partition(":")
        words = f"Taken from the journal of {run}, {key}: what is done, on which host, and what it costs."
        lines = [Line(Style.TEXT, words)]
        for one in plan.changes:
            if isinstance(one.action, FileChange):
                what = "remove" if one.action.after is None else "put back"
                lines.append(Line(Style.COMMAND, f"on {one.host}:  {what} {one.action.path}"))
                lines.append(Line(Style.DIFF, one.diff))
            else:
                lines.append(Line(Style.COMMAND, f"on {one.host}:  {shown(one.action)}"))
        if plan.text:
            lines.append(Line(Style.TEXT, f"Only if this holds then: {plan.text}"))
        return tuple(lines)

    def closes(self, step: UndoStep) -> str:
        return step.by.closes

    def perform(self, step: UndoStep, plan: Plan, room: StepTools) -> StepResult:
        if step.needs is not None and (found := room.fresh().judge(step.needs)).holds is not True:
            raise PreconditionError(
                f"It cannot be taken back now: {found.summary}",
                why="; ".join(found.evidence),
                changed="Nothing of this step was done.",
                hint=found.hint,
                code="undo-needs",
            )
        for change in plan.changes:
            reached("during-undo", step.name)
            result = room.changer.make(change, step=plan.key, digest=room.digest, operator=room.operator)
            for text in (result.stdout, result.stderr):
                if text.strip():
                    room.operator.show(Line(Style.OUTPUT, relayed(text)))
            if isinstance(change.action, FileChange) and result.exit_code == CHANGED_MEANWHILE:
                return StepResult(
                    ok=False, summary="The file was changed by someone else meanwhile; it was left alone."
                )
            if not result.ok:
                return StepResult(ok=False, summary=f"It ended with exit code {result.exit_code}.")
        return StepResult(ok=True, summary="taken back")
