"""A step that takes a change of an earlier run back. It is made of a journal; no runbook can have one."""

from __future__ import annotations

from typing import Literal

from engine.model.parts import CheckCall, Template
from engine.model.step import StepBase
from engine.undo.recorded import UndoByCommand, UndoOfEdit


class UndoStep(StepBase):
    """One change, taken back.

    Attributes:
        name: of the change, as `RUN:KEY`.
        by: how.
        needs: what has to hold just before.
    """

    kind: Literal["undo"] = "undo"
    id: str
    name: str
    by: UndoByCommand | UndoOfEdit
    needs: CheckCall | None = None
    confirm: str = ""
    undo: Template = "nothing to undo; run the runbook again"
