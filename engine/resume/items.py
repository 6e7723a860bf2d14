"""The items of a loop: written into the journal when it begins, so that whoever goes on with it takes the same ones.

A loop is about what was there when it began. Its own first item may well change that: once one copy of a file is moved
away, the condition for moving the others need not hold any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

from engine.knowledge import Knowledge
from engine.load.signatures import fact_type
from engine.model.runbook import Runbook
from engine.redaction.forms import MASK
from engine.template.check import type_of
from engine.template.types import MISSING, element


class Items:
    """How the items of one loop are written and read.

    Args:
        each: the expression that gives them.
        runbook: the runbook that it stands in.
        knowledge: knows the types of its facts.
        values: what else the expression can see.
    """

    def __init__(self, each: str, runbook: Runbook, knowledge: Knowledge, values: Mapping[str, Any]) -> None:
        types = {name: type(value) for name, value in values.items()}
        types |= {name: fact_type(call, knowledge) for name, call in runbook.facts.items()}
        self._adapter = _adapter(element(type_of(each, "expression", types)))

    def recorded(self, items: Sequence[Any]) -> list[Any] | None:
        """As the journal holds them; None where their type says too little to read them back."""
        if self._adapter is None:
            return list(items) if all(isinstance(one, str | int) for one in items) else None
        told: list[Any] = self._adapter.dump_python(tuple(items), mode="json")
        return told

    def remembered(self, told: Sequence[Any]) -> list[Any] | None:
        """As they were; None where they cannot be read, or hold a secret that was not recorded."""
        if MASK in json.dumps(told, ensure_ascii=False):
            return None
        if self._adapter is None:
            return list(told)
        try:
            return list(self._adapter.validate_python(told))
        except ValidationError:
            return None


def together(before: Sequence[Any], now: Sequence[Any]) -> list[Any]:
    """The items of a loop that is gone on with.

    Those that it began with, as they are now where they are still there, and what has come since, as by a power cut.
    """
    fresh = {str(one): one for one in now}
    return [fresh.pop(str(one), one) for one in before] + list(fresh.values())


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    """What reads and writes items of this type; None where it says too little."""
    if annotation is Any or annotation is MISSING:
        return None
    try:
        items: Any = tuple.__class_getitem__((annotation, ...))
        return TypeAdapter(items)
    except PydanticSchemaGenerationError:
        return None
