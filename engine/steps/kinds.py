"""Which kind does which step: the engine's own kinds, and those of the packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.model.step import StepBase
from engine.steps.ask import AskKind
from engine.steps.call import CallKind
from engine.steps.edit import EditKind
from engine.steps.interface import StepKind
from engine.steps.manual import ManualKind
from engine.steps.run import RunKind
from engine.steps.undo import UndoKind
from engine.steps.wait import WaitKind

BUILTIN: tuple[StepKind[Any], ...] = (RunKind(), EditKind(), WaitKind(), ManualKind(), AskKind(), CallKind())

_OURS: tuple[StepKind[Any], ...] = (*BUILTIN, UndoKind())
"""With the one that no runbook can name: it is made of a journal."""

_BY_MODEL: dict[type[StepBase], StepKind[Any]] = {kind.model: kind for kind in _OURS}


def models_with(own: Iterable[StepKind[Any]]) -> Mapping[str, type[StepBase]]:
    """The model of each kind of step by its key; from then on steps of a pack's own kinds can be taken as well."""
    kinds = (*BUILTIN, *own)
    _BY_MODEL.update({kind.model: kind for kind in kinds})
    return {kind.key: kind.model for kind in kinds}


def kind_of(step: StepBase) -> StepKind[Any]:
    """The kind that plans and performs this step."""
    return _BY_MODEL[type(step)]
