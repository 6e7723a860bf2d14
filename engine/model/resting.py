"""On which steps a step of a runbook rests, and which rest on it."""

from __future__ import annotations

from engine.effects import Effect
from engine.model.parts import Rest
from engine.model.runbook import Runbook
from engine.model.step import StepBase


def rests_of(runbook: Runbook, step: StepBase) -> tuple[Rest, ...]:
    """What a step rests on; a dangerous one that does not say it (a runbook of an older version), on all before it."""
    if step.rests_on is not None:
        return step.rests_on
    if step.effect.level < Effect.DISRUPTIVE.level or step not in runbook.steps:
        return ()
    before = runbook.steps[: runbook.steps.index(step)]
    return tuple(Rest(step=one) for one in (*(each.id for each in runbook.meanwhile), *(each.id for each in before)))


def dependents(runbook: Runbook, step: str) -> list[tuple[StepBase, Rest]]:
    """The steps that rest on the one with this id, each with how."""
    return [(one, rest) for one in runbook.steps for rest in rests_of(runbook, one) if rest.step == step]
