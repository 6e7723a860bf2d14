"""A runbook as a whole."""

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
