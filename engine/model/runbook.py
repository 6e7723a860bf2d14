"""A runbook as a whole, and which of its steps rest on which."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SerializeAsAny

from engine.effects import Effect
from engine.model.hold import Hold
from engine.model.parts import (
    CheckCall,
    FactCall,
    HostTrouble,
    Identifier,
    Parameter,
    Part,
    Precondition,
    Rest,
    Template,
    VariableName,
)
from engine.model.step import StepBase
from engine.model.versions import Versions


class Runbook(Part):
    """A procedure: what it needs to know, what must hold before, its steps, what must hold after.

    Attributes:
        format: version of this file format.
        origin: where the procedure comes from.
        differs: what it deliberately does differently from its origin, and why.
        use_when: what has happened when this is the right runbook.
        not_when: what looks alike and needs something else.
        versions: versions of the site's software it was written for; on another one it has to be forced.
        dangers: what can go wrong, in words an operator understands.
        meanwhile: what is held from before the first step until after the last one.
        second_person: steps from this effect on need the approval of a second person.
        despite: what may be wrong with a host and does not stop this, which repairs it or does not meet it.
        done: what to tell the operator at the end: what to look at next.
    """

    format: Literal[1]
    id: Identifier
    title: str
    summary: str
    origin: str = ""
    differs: tuple[str, ...] = ()
    use_when: tuple[str, ...] = ()
    not_when: tuple[str, ...] = ()
    versions: Versions = Versions()
    dangers: tuple[str, ...] = ()
    parameters: dict[VariableName, Parameter] = Field(default_factory=dict)
    facts: dict[VariableName, FactCall] = Field(default_factory=dict)
    preconditions: tuple[Precondition, ...] = ()
    meanwhile: tuple[Hold, ...] = ()
    steps: tuple[SerializeAsAny[StepBase], ...] = Field(min_length=1)
    postconditions: tuple[CheckCall, ...] = ()
    second_person: Literal[Effect.REVERSIBLE, Effect.DISRUPTIVE, Effect.DESTRUCTIVE] | None = None
    despite: tuple[HostTrouble, ...] = ()
    done: tuple[Template, ...] = ()


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
