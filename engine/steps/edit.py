"""`edit`: a small configuration file, changed by rules, shown as a diff, backed up."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import StepError
from engine.hosts.command import shown
from engine.hosts.host import FileChange, Host, Result
from engine.hosts.reader import Reader
from engine.hosts.reads import read
from engine.model.step import Edit
from engine.operator.interface import Line, Question, Style
from engine.steps.edit_rules import apply
from engine.steps.kind import StepKind, StepResult, StepTools, blank, host_for
from engine.steps.left_behind import left_by
from engine.steps.plan import Change, Plan
from engine.steps.questions import approval
from engine.steps.scope import Scope
from engine.steps.undo_plan import undo_of_edit

TIMEOUT = 60.0
CHANGED_MEANWHILE = 65
"""Exit code of `Link.make` when the file is not what it was when it was shown."""


def content_of(reader: Reader, host: Host, path: str) -> str | None:
    """What is in a file now; None where there is none.

    Raises:
        StepError: it is there and cannot be read.
        HostError: the host cannot be used.
    """
    content, there = read("cat", path), read("test", "-e", path)
    reader.read_all([(host, content), (host, there)])
    now = reader.read(host, content)
    missing = not reader.read(host, there).ok
    if not now.ok and not missing:
        raise StepError(f"{path} on {host} cannot be read.", why=now.stderr.strip(), code="file-unreadable")
    return None if missing else now.stdout


class EditKind(StepKind[Edit]):
    """Changes a file only if it still is what was shown; where the rules change nothing, nothing is asked."""

    key = "edit"
    model = Edit

    def does(self, step: Edit) -> str:
        return f"edits `{step.edit}` on `{step.on}`"

    def plan(self, step: Edit, scope: Scope) -> Plan:
        host = host_for(step.on, scope)
        path = scope.render(step.edit)
        before = content_of(scope.reader, host, path)
        after = apply(step.rules, before or "", scope.render)
        plan = blank(step, scope)
        if after == (before or ""):
            return replace(plan, nothing=f"{path} on {host} already is as it should be", facts=scope.used)
        backup = f"{path}.{scope.run}"
        new = FileChange(path, before, after, backup, step.mode, step.owner)
        change = Change(
            host, step.effect, new, TIMEOUT, undo_of_edit(step, scope, host, new), leaves=left_by(step, scope, host)
        )
        return replace(plan, confirm=scope.name(step.confirm, step.id), changes=(change,), facts=scope.used)

    def question(self, step: Edit, plan: Plan) -> Question | None:
        return approval(step.effect, plan, "change the file")

    def card(self, step: Edit, plan: Plan) -> tuple[Line, ...]:
        lines: list[Line] = []
        for one in plan.changes:
            if isinstance(one.action, FileChange):
                lines.append(Line(Style.COMMAND, f"on {one.host}:  edit {one.action.path}"))
                lines.append(Line(Style.DIFF, one.diff))
                if one.action.before is not None:
                    put_back = shown(("mv", "-f", one.action.backup, one.action.path))
                    lines.append(Line(Style.FAINT, f"The old file is kept; to put it back: {put_back}"))
        return tuple(lines)

    def perform(self, step: Edit, plan: Plan, room: StepTools) -> StepResult:
        for change in plan.changes:
            result = room.changer.make(change, step=plan.key, digest=room.digest, operator=room.operator)
            if wrong := _wrong(result):
                return StepResult(ok=False, summary=wrong)
        return StepResult(ok=True, summary="the file is changed")

    def resumed(self, step: Edit, result: Result, room: StepTools) -> StepResult:
        wrong = _wrong(result)
        return StepResult(ok=not wrong, summary=wrong or "the file is changed")


def _wrong(result: Result) -> str:
    if result.exit_code == CHANGED_MEANWHILE:
        return "The file was changed by someone else since it was shown; it was left alone."
    return "" if result.ok else f"The file could not be changed: {result.stderr.strip()}"
