"""Which kind does which step."""

from __future__ import annotations

from typing import Any

from engine.model.step import Ask, Edit, Manual, Run, StepBase, Wait
from engine.steps.ask import AskKind
from engine.steps.edit import EditKind
from engine.steps.interface import StepKind
from engine.steps.manual import ManualKind
from engine.steps.run import RunKind
from engine.steps.wait import WaitKind

_KINDS: dict[type[StepBase], StepKind[Any]] = {
    Run: RunKind(),
    Edit: EditKind(),
    Wait: WaitKind(),
    Manual: ManualKind(),
    Ask: AskKind(),
}


def kind_of(step: StepBase) -> StepKind[Any]:
    """The kind that plans and performs this step."""
    return _KINDS[type(step)]
