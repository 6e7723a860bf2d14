"""Which kind does which step: the engine's own kinds, and those of the packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.step import StepBase
from engine.steps.ask import AskKind
from engine.steps.call import CallKind
from engine.steps.edit import EditKind
from engine.steps.kind import StepKind
from engine.steps.manual import ManualKind
from engine.steps.run import RunKind
from engine.steps.wait import WaitKind


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of step that a runbook can have."""

    each: tuple[StepKind[Any], ...]

    def also(self, *own: StepKind[Any]) -> Kinds:
        """These and others: a pack's own."""
        return Kinds((*self.each, *own))

    @property
    def models(self) -> Mapping[str, type[StepBase]]:
        """What is said of a step of each kind, by the key that makes it one."""
        return {kind.key: kind.model for kind in self.each}

    def of(self, step: StepBase) -> StepKind[Any]:
        """The kind that plans and performs this step."""
        return next(kind for kind in self.each if kind.model is type(step))


BUILTIN = Kinds((RunKind(), EditKind(), WaitKind(), ManualKind(), AskKind(), CallKind()))
