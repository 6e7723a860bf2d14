"""Why a run is made: asked for where its runbook can destroy something."""

from __future__ import annotations

from collections.abc import Callable

from engine.effects import Effect
from engine.load.loader import LoadedRunbook
from engine.model.runbook import Runbook
from engine.model.step import CallRunbook
from engine.operator.interface import Expected, Operator

ASKED = Expected("reason", "A step of this runbook can destroy something. Why is it run? (recorded in the journal)")


def reason_for(loaded: LoadedRunbook, given: str, library: Callable[[str], LoadedRunbook], operator: Operator) -> str:
    """The reason that was given, else the one the operator says; nothing where nothing can be destroyed.

    Raises:
        StoppedError: nobody says one.
        RunbookError: a runbook that is called cannot be loaded.
    """
    if given.strip() or not destroys(loaded.runbook, library):
        return given.strip()
    return operator.words(ASKED)


def destroys(runbook: Runbook, library: Callable[[str], LoadedRunbook]) -> bool:
    """Whether a step of it is destructive, or one of a runbook that it calls.

    Raises:
        RunbookError: a runbook that is called cannot be loaded.
    """
    seen: dict[str, Runbook] = {}
    left = [runbook]
    while left:
        one = left.pop()
        if any(step.effect is Effect.DESTRUCTIVE for step in one.steps):
            return True
        seen[one.id] = one
        called = {step.call for step in one.steps if isinstance(step, CallRunbook)}
        left += [library(name).runbook for name in called - seen.keys()]
    return False
