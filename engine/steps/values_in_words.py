"""A value as a person reads it: its fields with their names, a line each. How it is built is nobody's business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel

from engine.redaction.forms import MASK, is_secret_name
from engine.redaction.redactor import REDACTOR

NOTHING = "none"
LONGEST_LINE = 80
"""Characters of simple items that stand in one line; longer ones have a line each."""


def in_words(name: str, value: object) -> str:
    """A fact under its name, in as many lines as it has fields; without secrets, which the name of a field may tell."""
    return "\n".join(_field(name, name, value))


def in_a_line(value: object) -> str:
    """A value that is only mentioned, such as an argument: by its own text, if it has one."""
    if isinstance(value, Mapping | Sequence | AbstractSet | BaseModel) or type(value).__str__ is object.__str__:
        return " ".join(" ".join(_lines(value)).split())
    return _simple(value)


def _field(label: str, name: str, value: object) -> Iterator[str]:
    lines = [MASK] if value and is_secret_name(name) else list(_lines(value))
    if len(lines) == 1 and not _has_fields(value):
        yield f"{label}: {lines[0]}"
    else:
        yield f"{label}:"
        yield from (f"  {line}" for line in lines)


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        # Its keys are names of something, not ours.
        for key, one in value.items():
            yield from _field(str(key), str(key), one)
        if not value:
            yield NOTHING
    elif _has_fields(value):
        for name in _names(value):
            yield from _field(name.replace("_", " "), name, getattr(value, name))
    elif isinstance(value, list | tuple | AbstractSet):
        yield from _items(sorted(value, key=str) if isinstance(value, AbstractSet) else value)
    else:
        yield from _simple(value).rstrip("\n").split("\n")


def _items(items: Sequence[Any]) -> Iterator[str]:
    each = [list(_lines(one)) for one in items]
    line = ", ".join(lines[0] for lines in each)
    if not any(map(_has_fields, items)) and len(line) <= LONGEST_LINE and all(len(lines) == 1 for lines in each):
        yield line or NOTHING
        return
    for lines in each:
        yield from (f"{'  ' if number else '- '}{one}" for number, one in enumerate(lines))


def _names(value: object) -> list[str]:
    if isinstance(value, BaseModel):
        return list(type(value).model_fields)
    if is_dataclass(value):
        return [one.name for one in fields(value)]
    return list(getattr(value, "_fields", ()))


def _has_fields(value: object) -> bool:
    return isinstance(value, Mapping) or (not isinstance(value, type) and bool(_names(value)))


def _simple(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Enum):
        return _simple(value.value)
    if isinstance(value, float):
        return f"{value:.10g}"
    return REDACTOR.text(str(value))
