"""How a step is taken back once it was done: in words for a person, or by a command."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Discriminator, Tag, model_validator

from engine.effects import Effect
from engine.model.parts import CheckCall, Expression, Neutral, Part, Seconds, Template

TEXT, MAPPING = "(text)", "(mapping)"
"""Marks of the two forms; what pydantic says of a mistake holds them, since no key looks like this."""


class Compensation(Part):
    """The command that takes a step back; `gnt-runbook undo` makes it after asking.

    Its texts are filled in when the step is done, not when it is undone: what is true then is recorded.

    Attributes:
        run: the command; left out for an `edit`, whose old file is put back.
        on: an expression for the name of a host; that of the step, if not given.
        effect: that of the step, if not given.
        advice: what a person should know besides, shown with it.
        needs: a check, by name, that has to hold just before.
        verify: a check, by name, that has to hold afterwards.
    """

    run: tuple[Template, ...] = ()
    on: Expression | None = None
    effect: Effect | None = None
    timeout: Seconds = 60.0
    confirm: Template = ""
    consequence: Template = ""
    advice: Template = ""
    needs: CheckCall | None = None
    verify: CheckCall | None = None

    @model_validator(mode="after")
    def _judged_without_the_runbook(self) -> Self:
        if any(one is not None and one.check is None for one in (self.needs, self.verify)):
            raise ValueError("'needs' and 'verify' of an undo name a 'check': an expression would need facts of then")
        if any(one is not None and not one.holds for one in (self.needs, self.verify)):
            raise ValueError("'needs' and 'verify' of an undo name a check that holds; its opposite is not recorded")
        return self


Undoing = Annotated[
    Annotated[Template, Tag(TEXT)] | Annotated[Compensation, Tag(MAPPING)],
    Discriminator(lambda value: MAPPING if isinstance(value, dict | Compensation) else TEXT),
    Neutral("none"),
]
"""Words, or the command that does it."""
