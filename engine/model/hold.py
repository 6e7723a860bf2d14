"""What is held for the length of a run and given back at its end."""

from __future__ import annotations

from pydantic import Field

from engine.effects import Effect
from engine.model.compensation import Compensation
from engine.model.parts import Expression, FollowUp, Identifier, LeavesBehind, Part, Plain, Seconds, Template
from engine.model.step import OneOrSeveral, Run

RELEASED = "released"


class Hold(Part):
    """Something taken before the first step and given back after the last one, however the run ends.

    Attributes:
        when: it is not taken unless all of these hold.
        otherwise: why it is not needed where `when` does not hold, in words.
        hold: the command that takes it.
        release: the command that gives it back.
        may_fail: why the run may go on without it, in words; None where it may not.
        leaves: what is left to be done should the run die before it is given back.
    """

    id: Identifier
    title: Plain
    why: Template = ""
    when: OneOrSeveral = ()
    otherwise: str = ""
    hold: tuple[Template, ...] = Field(min_length=1)
    release: tuple[Template, ...] = Field(min_length=1)
    on: Expression
    timeout: Seconds = 120.0
    consequence: Template = ""
    may_fail: str | None = None
    leaves: FollowUp | None = None
    source: str = ""

    def taking(self) -> Run:
        """The step that takes it."""
        return Run(
            id=self.id,
            title=self.title,
            why=self.why,
            when=self.when,
            otherwise=self.otherwise,
            run=self.hold,
            on=self.on,
            timeout=self.timeout,
            effect=Effect.REVERSIBLE,
            consequence=self.consequence,
            undo=Compensation(
                run=self.release,
                timeout=self.timeout,
                advice="it is given back at the end of this run, however it ends",
            ),
            may_fail=self.may_fail,
            leaves=self.leaves,
            # Where a runbook gives it back later, that is what is named.
            leaves_behind=() if self.leaves is not None else (self._left(),),
            source=self.source,
        )

    def _left(self) -> LeavesBehind:
        return LeavesBehind(kind="held", name=self.title, why="it was not given back", remove=self.release)

    def giving_back(self) -> Run:
        """The step that gives it back."""
        return Run(
            id=f"{self.id}-{RELEASED}",
            title=f"{self.title}: give it back",
            run=self.release,
            on=self.on,
            timeout=self.timeout,
            effect=Effect.SAFE,
            undo="nothing to undo",
        )
