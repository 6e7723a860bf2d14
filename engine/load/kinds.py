"""The types of parameters: four of the engine's own, and those of the packs."""

from __future__ import annotations

import re
from typing import Any

from engine.knowledge import Knowledge
from engine.model.parts import Parameter

BUILTIN: dict[str, type] = {"str": str, "int": int, "bool": bool, "choice": str}
"""The engine's own types of parameters, and what a template sees of them."""

_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def type_names(knowledge: Knowledge) -> list[str]:
    """All types a parameter can have."""
    return [*BUILTIN, *sorted(knowledge.parameter_types)]


def python_type(parameter: Parameter, knowledge: Knowledge) -> Any:
    """What a template sees of a parameter; unknown for an unknown type."""
    if parameter.type in knowledge.parameter_types:
        return knowledge.parameter_types[parameter.type].python_type
    return BUILTIN.get(parameter.type, Any)


def parse_value(parameter: Parameter, text: str, knowledge: Knowledge) -> Any:
    """The value of a parameter.

    Raises:
        ValueError: the text is not accepted; the message says what is.
    """
    if "\0" in text:
        raise ValueError("a text without NUL characters")
    if parameter.type in knowledge.parameter_types:
        return knowledge.parameter_types[parameter.type].parse(text)
    if parameter.type == "choice" and text not in parameter.choices:
        raise ValueError(f"one of {', '.join(parameter.choices)}")
    if parameter.type == "int":
        # int() alone would also take underscores, spaces and other scripts' digits.
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise ValueError("a whole number")
        return int(text)
    if parameter.type == "bool":
        if text.lower() not in _YES_NO:
            raise ValueError("yes or no")
        return _YES_NO[text.lower()]
    return text
