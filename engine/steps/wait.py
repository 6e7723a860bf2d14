"""`wait`: until a check holds, or its time is over."""

from __future__ import annotations

from engine.model.step import Wait
from engine.run.polling import poll
from engine.run.scope import Scope
from engine.steps.interface import Done, Plan, Room, StepKind, blank


class WaitKind(StepKind[Wait]):
    """Changes nothing; the runner makes the check until it holds."""

    def plan(self, step: Wait, scope: Scope) -> Plan:
        return blank(step, scope)

    def perform(self, step: Wait, plan: Plan, room: Room) -> Done:
        verdict = poll(step.wait, room.fresh, room.clock)
        return Done(ok=verdict.holds is True, summary=verdict.summary)
