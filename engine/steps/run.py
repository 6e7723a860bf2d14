"""`run`: a command on one host."""

from __future__ import annotations

from dataclasses import replace

from engine.hosts.command import shown
from engine.hosts.host import Result
from engine.model.step import Run
from engine.operator.interface import Line, Question, Style
from engine.operator.screen import relayed
from engine.steps.kind import StepKind, StepResult, StepTools, blank, host_for
from engine.steps.left_behind import left_by
from engine.steps.output_search import found_in
from engine.steps.plan import Change, Plan
from engine.steps.questions import approval
from engine.steps.scope import Scope
from engine.steps.undo_plan import undo_of_command


class RunKind(StepKind[Run]):
    """Runs one command; judged by its exit code and, where that lies, by what it prints."""

    key = "run"
    model = Run

    def does(self, step: Run) -> str:
        return f"`{' '.join(step.run)}` on `{step.on}`"

    def plan(self, step: Run, scope: Scope) -> Plan:
        argv = scope.words(step.run)
        host = host_for(step.on, scope)
        change = Change(
            host, step.effect, argv, step.timeout, undo_of_command(step, scope, host), leaves=left_by(step, scope, host)
        )
        confirm = scope.name(step.confirm, step.id)
        return replace(blank(step, scope), confirm=confirm, changes=(change,), facts=scope.used)

    def question(self, step: Run, plan: Plan) -> Question | None:
        return approval(step.effect, plan)

    def card(self, step: Run, plan: Plan) -> tuple[Line, ...]:
        return tuple(
            Line(Style.COMMAND, f"on {one.host}:  {shown(one.action)}")
            for one in plan.changes
            if isinstance(one.action, tuple)
        )

    def perform(self, step: Run, plan: Plan, room: StepTools) -> StepResult:
        for change in plan.changes:
            result = room.changer.make(change, step=plan.key, digest=room.digest, operator=room.operator)
            for text in (result.stdout, result.stderr):
                if text.strip():
                    room.operator.show(Line(Style.OUTPUT, relayed(text)))
            if wrong := _wrong(step, result):
                return StepResult(ok=False, summary=wrong)
        return _ended(result, f"ended with exit code {result.exit_code} after {result.seconds:.1f} s")

    def resumed(self, step: Run, result: Result, room: StepTools) -> StepResult:
        for text in (result.stdout, result.stderr):
            if text.strip():
                room.operator.show(Line(Style.OUTPUT, relayed(text)))
        if wrong := _wrong(step, result):
            return StepResult(ok=False, summary=wrong)
        return _ended(result, f"ended with exit code {result.exit_code}")


def _ended(result: Result, summary: str) -> StepResult:
    """An end that the runbook takes for a good one; one that is not 0 is told as what it is."""
    trouble = (
        "" if result.ok else f"It ended with exit code {result.exit_code}, which does not count as a failure here."
    )
    return StepResult(ok=True, summary=trouble or summary, trouble=trouble)


def _wrong(step: Run, result: Result) -> str:
    if result.exit_code not in step.exit_codes:
        return f"It ended with exit code {result.exit_code}."
    try:
        if step.must_print is not None and found_in(step.must_print, result.stdout, result.stderr) is None:
            return f"It ended with exit code {result.exit_code}, but did not print what it should ({step.must_print})."
        if step.must_not_print is not None and (said := found_in(step.must_not_print, result.stdout, result.stderr)):
            return f"It ended with exit code {result.exit_code}, but printed: {said}"
    except TimeoutError as error:
        return f"It ended with exit code {result.exit_code}, and what it printed cannot be judged: {error}"
    return ""
