"""How an undo has to be asked for at least: a journal says what it costs, and a journal may be somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.effects import Effect
from engine.errors import RunbookError
from engine.load.loader import LoadedRunbook
from engine.model.runbook import Runbook
from engine.model.step import CallRunbook, StepBase
from engine.undo.changes import Made

_STEP = re.compile(r"([^/\[]{1,1000})(?:\[.{0,1000}?\])?(?:/|$)")
"""A step in a key, with the item of its loop: `call[a]/inner[b]`."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that an undo is asked for by."""

    effect: Effect
    second_person: bool = False


def floor(made: Made, runbook: str, load: Callable[[str], LoadedRunbook]) -> Floor:
    """As its step is asked for in the library's runbook and was in the journal, and never without asking.

    What the library has no such step for is vouched for by the journal alone, and is asked for like what interrupts
    something.

    Args:
        made: the change that is taken back.
        runbook: the name of the runbook that made it, as the journal says.
        load: finds a runbook of the library by its name.
    """
    least = [Effect.REVERSIBLE, _effect(made.effect)]
    try:
        declared = _declared(runbook, made.step, load)
    except RunbookError:
        declared = None
    least.append(Effect.DISRUPTIVE if declared is None else declared.effect)
    return Floor(highest(*least), declared is not None and declared.second_person)


def highest(*effects: Effect) -> Effect:
    """The one that costs most."""
    return max(effects, key=lambda one: one.level)


def _effect(text: str) -> Effect:
    """As a journal has it; what is none may have been anything."""
    return Effect(text) if text in list(Effect) else Effect.DISRUPTIVE


def _declared(runbook: str, key: str, load: Callable[[str], LoadedRunbook]) -> Floor | None:
    """What the library says of a step by its key; None where it has none."""
    found, second_person = _STEP.findall(key), False
    if not found or "".join(one[0] for one in _STEP.finditer(key)) != key:
        return None
    name = runbook
    for number, identity in enumerate(found, start=1):
        here = load(name).runbook
        step = _step(here, identity)
        if step is None:
            return None
        least = here.second_person
        second_person |= step.second_person or (least is not None and step.effect.level >= least.level)
        if number == len(found):
            return Floor(step.effect, second_person)
        if not isinstance(step, CallRunbook):
            return None
        name = step.call
    return None


def _step(runbook: Runbook, identity: str) -> StepBase | None:
    held = [step for hold in runbook.meanwhile for step in (hold.taking(), hold.giving_back())]
    return next((step for step in (*runbook.steps, *held) if step.id == identity), None)
