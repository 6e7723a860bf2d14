"""What pydantic found, in the words of somebody who writes a runbook."""

from __future__ import annotations

import re
import types
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from engine.load.document import Path
from engine.model.compensation import MAPPING, TEXT
from engine.nearest import did_you_mean

_NAMES = {
    "-": "a name has lower-case letters and digits, with single dashes between them: 'stop-daemons'",
    "_": "a name has lower-case letters, digits and underscores: 'old_master'",
}
_WORDS = {
    "list_type": "this must be a list",
    "tuple_type": "this must be a list",
    "dict_type": "this must be a mapping of keys to values",
    "model_type": "this must be a mapping of keys to values",
    "model_attributes_type": "this must be a mapping of keys to values",
    "bool_type": "this must be true or false",
    "bool_parsing": "this must be true or false",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "float_type": "this must be a time: seconds as a number, or a text such as 90s, 5m, 2h",
    "float_parsing": "this must be a time: seconds as a number, or a text such as 90s, 5m, 2h",
    "greater_than": "this must be greater than {gt}",
    "less_than_equal": "this must be at most {le}",
}


def explain(error: ErrorDetails, model: type[BaseModel]) -> tuple[Path, str, bool]:  # noqa: PLR0911 - a line each
    """Where an error is, relative to the model's mapping; what is wrong; whether its key is what is wrong.

    No message for what only follows from another error.
    """
    path: Path = tuple(one for one in error["loc"] if one not in {TEXT, MAPPING})
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if path[-1:] == ("[key]",):
        return path[:-1], f"'{path[-2]}': {_pattern(context)}", True
    if kind == "missing":
        return path[:-1], f"the key '{path[-1]}' is missing", False
    if kind == "extra_forbidden":
        owner = model_at(model, path[:-1])
        keys = keys_of(owner) if owner else []
        return path, f"unknown key '{path[-1]}'{did_you_mean(str(path[-1]), keys)}", True
    if kind == "string_type":
        return path, _text_needed(given), False
    if kind in {"enum", "literal_error"}:
        allowed = re.findall(r"'([^']*)'|(\d+)", str(context.get("expected", "")))
        return path, _not_one_of(given, [word or number for word, number in allowed]), False
    if kind == "string_pattern_mismatch":
        return path, f"'{given}': {_pattern(context)}", False
    if kind == "too_short":
        if isinstance(given, list | dict) and len(given) >= context.get("min_length", 0):
            return path, "", False  # entries are there, each with a problem of its own
        count = context.get("min_length")
        return path, f"this needs at least {count} {'entry' if count == 1 else 'entries'}", False
    if kind == "value_error":
        return path, str(context.get("error", error["msg"])), False
    return path, _WORDS.get(kind, error["msg"]).format(**context), False


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a mapping of this model may have, as they are written in YAML."""
    return [info.alias or name for name, info in model.model_fields.items() if name != "kind"]


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model of the mapping at this path inside a model."""
    annotation: Any = model
    for part in path:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            hints = get_type_hints(annotation)
            names = {info.alias or name: name for name, info in annotation.model_fields.items()}
            if part not in names:
                return None
            annotation = hints[names[str(part)]]
        else:
            annotation = get_args(annotation)[1 if isinstance(part, str) else 0] if get_args(annotation) else None
        if get_origin(annotation) in {Union, types.UnionType}:
            others = [one for one in get_args(annotation) if one is not types.NoneType]
            # Of text or a mapping: whoever asks what is in it means the mapping.
            annotation = next(
                (one for one in others if isinstance(one, type) and issubclass(one, BaseModel)), others[0]
            )
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _text_needed(given: object) -> str:
    if isinstance(given, dict | list):
        return "this must be text"
    if given is None:
        return "this must be text, and is empty"
    shown = str(given).lower() if isinstance(given, bool) else str(given)
    return f"this must be text: put it in quotes, '{shown}'"


def _not_one_of(given: object, allowed: list[str]) -> str:
    if len(allowed) == 1:
        return f"this must be {allowed[0]}"
    near = did_you_mean(str(given), allowed)
    return f"'{given}' is not one of {', '.join(allowed)}" + (near if "did you mean" in near else "")


def _pattern(context: dict[str, Any]) -> str:
    return _NAMES["-" if "-" in str(context.get("pattern", "")).replace("a-z", "").replace("0-9", "") else "_"]
