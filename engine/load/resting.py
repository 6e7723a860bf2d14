"""Whether each dangerous step says what it rests on, and rests on what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.effects import Effect
from engine.load.document import Path, YamlDocument
from engine.load.shape import Shape
from engine.model.runbook import Runbook
from engine.model.step import Ask, CallRunbook, StepBase
from engine.nearest import did_you_mean

Find = Callable[[str], Runbook | None]
UNSAID = (
    "'rests_on' is needed: what comes before it can be left out. Name the steps without which this one is dangerous; "
    "none must be said, never assumed: 'rests_on: []'"
)


def check_names(document: YamlDocument, shape: Shape) -> None:
    """A step rests on what was taken before it, or is held meanwhile."""
    before = [one.id for one in shape.meanwhile.values() if one is not None]
    later = [step.id for step in shape.steps.values() if step is not None]
    for place, step in shape.steps.items():
        if step is None:
            continue
        later.remove(step.id)
        for number, rest in enumerate(step.rests_on or ()):
            if rest.step in before:
                continue
            if rest.step == step.id or rest.step in later:
                words = f"'{rest.step}' does not come before this step"
            else:
                words = f"there is no step '{rest.step}' before this one{did_you_mean(rest.step, before)}"
            document.report(("steps", place, "rests_on", number), words)
        before.append(step.id)


def unsaid(runbook: Runbook, find: Find) -> Iterator[tuple[Path, str]]:
    """The steps that have to say what they rest on and do not, each with its place.

    Whatever a run may pass over can be a guard: a step that is asked for, one that may fail, and one that fails and is
    then left out. Only a decision cannot be passed over. So the author says it for each dangerous step after any.
    """
    passable = bool(runbook.meanwhile)
    for number, step in enumerate(runbook.steps):
        if passable and step.rests_on is None and _dangerous(step, find, {runbook.id}):
            yield ("steps", number), UNSAID
        passable = passable or not isinstance(step, Ask)


def _dangerous(step: StepBase, find: Find, seen: set[str]) -> bool:
    if not isinstance(step, CallRunbook):
        return step.effect.level >= Effect.DISRUPTIVE.level
    if step.call in seen or (called := find(step.call)) is None:
        return False
    return any(_dangerous(one, find, seen | {step.call}) for one in called.steps)
