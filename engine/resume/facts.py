"""Facts that are read once: written into the journal, and read back as the values they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

from engine.knowledge import FactFunction
from engine.redaction.forms import MASK
from engine.template.types import returns


def recorded(kept: Mapping[str, Any], functions: Mapping[str, FactFunction]) -> dict[str, Any]:
    """The facts as JSON can hold them; without those that cannot be read back.

    Args:
        kept: the facts, by name.
        functions: what each of them was read by.
    """
    told: dict[str, Any] = {}
    for name, value in kept.items():
        adapter = _adapter(functions[name])
        if adapter is not None:
            told[name] = adapter.dump_python(value, mode="json")
    return told


def remembered(told: Mapping[str, Any], functions: Mapping[str, FactFunction]) -> dict[str, Any]:
    """The facts as they were; without those that have to be read anew, since they held a secret or cannot be read."""
    kept: dict[str, Any] = {}
    for name, value in told.items():
        adapter = _adapter(functions[name]) if name in functions else None
        if adapter is None or MASK in json.dumps(value, ensure_ascii=False):
            continue
        try:
            kept[name] = adapter.validate_python(value)
        except ValidationError:
            continue
    return kept


@cache
def _adapter(function: FactFunction) -> TypeAdapter[Any] | None:
    """What reads and writes the facts of a function; None where its type says too little."""
    annotation = returns(function)
    if annotation is Any:
        return None
    try:
        return TypeAdapter(annotation)
    except PydanticSchemaGenerationError:
        return None
