"""`wait`: until a check holds, or its time is over."""

from __future__ import annotations

from dataclasses import replace

from engine.knowledge import Verdict
from engine.model.step import Wait
from engine.operator.interface import Line, Style
from engine.steps.kind import StepKind, StepResult, StepTools, blank, check_in_words, name_of
from engine.steps.plan import Plan
from engine.steps.poll import poll
from engine.steps.scope import Scope


class WaitKind(StepKind[Wait]):
    """Changes nothing; the runner makes the check until it holds."""

    key = "wait"
    model = Wait

    def does(self, step: Wait) -> str:
        return f"waits for `{name_of(step.wait)}`"

    def plan(self, step: Wait, scope: Scope) -> Plan:
        return replace(blank(step, scope), text=check_in_words(step.wait, scope))

    def card(self, step: Wait, plan: Plan) -> tuple[Line, ...]:
        return (Line(Style.TEXT, f"Looks for: {plan.text}"),)

    def perform(self, step: Wait, plan: Plan, room: StepTools) -> StepResult:
        def tell(found: Verdict) -> None:
            room.operator.show(Line(Style.UNSURE, found.summary))

        verdict = poll(step.wait, room.fresh, room.clock, tell, lambda what: room.waits("condition", what))
        return StepResult(ok=verdict.holds is True, summary=verdict.summary, verdict=verdict)
