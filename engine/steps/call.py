"""`call`: another runbook as a part of this run."""

from __future__ import annotations

from dataclasses import replace

from engine.model.step import CallRunbook
from engine.operator.interface import Line, Style
from engine.steps.kind import StepKind, StepResult, StepTools, blank
from engine.steps.plan import Plan
from engine.steps.scope import Scope


class CallKind(StepKind[CallRunbook]):
    """Asks nothing by itself: what the other runbook does is asked for by its own steps."""

    key = "call"
    model = CallRunbook

    def does(self, step: CallRunbook) -> str:
        given = ", ".join(f"{name}={text}" for name, text in step.with_.items())
        return f"runs [`{step.call}`]({step.call}.md)" + (f" with `{given}`" if given else "")

    def plan(self, step: CallRunbook, scope: Scope) -> Plan:
        values = {name: scope.render(text) for name, text in step.with_.items()}
        return replace(blank(step, scope), text=step.call, values=values, facts=scope.used)

    def card(self, step: CallRunbook, plan: Plan) -> tuple[Line, ...]:
        given = "".join(f" {name}={value}" for name, value in plan.values.items())
        return (Line(Style.TEXT, f"The runbook {step.call}{given} follows, as a part of this run."),)

    def perform(self, step: CallRunbook, plan: Plan, room: StepTools) -> StepResult:
        room.call(step.call, plan.values)
        return StepResult(ok=True, summary=f"{step.call} reached its end")
