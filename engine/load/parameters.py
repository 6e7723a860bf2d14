"""The parameters of a runbook: their types, and what the operator says on the command line, made into values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import NOTHING_CHANGED, UsageError
from engine.knowledge import Knowledge
from engine.model.parts import Parameter
from engine.model.runbook import Runbook
from engine.nearest import did_you_mean
from engine.redaction.redactor import REDACTOR
from engine.template import names_in, render

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


def split_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` of the command line; a value may hold further equals signs, and may be empty.

    Raises:
        UsageError: a word is no such pair, or a name is given twice.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(
                f"'{pair}' is no parameter.",
                why="a parameter is given as NAME=VALUE",
                changed=NOTHING_CHANGED,
                hint="Put the whole word in quotes if the value has spaces in it.",
                code="parameter-pair",
            )
        if name in given:
            raise UsageError(
                f"The parameter '{name}' is given twice.",
                why="each of them has one value; it is not told here, since it may be a secret",
                changed=NOTHING_CHANGED,
                code="parameter-pair",
            )
        given[name] = value
    return given


def parse_parameters(
    runbook: Runbook, given: Mapping[str, str], knowledge: Knowledge
) -> tuple[dict[str, Any], list[str]]:
    """The values of parameters by name, and the names of those that are missing, in the runbook's order.

    A default is rendered with the parameters that stand before it; while one of these is missing, so is it.

    Raises:
        UsageError: a name is unknown, or a value is refused by its type.
        TemplateError: a default cannot be rendered.
    """
    for name in given:
        if name not in runbook.parameters:
            near = did_you_mean(name, runbook.parameters) or "; it has none."
            raise UsageError(
                f"The runbook {runbook.id} has no parameter '{name}'{near}",
                changed=NOTHING_CHANGED,
                hint=f"`gnt-runbook show {runbook.id}` tells its parameters.",
                code="parameter-unknown",
            )
    values: dict[str, Any] = {}
    missing: list[str] = []
    for name, parameter in runbook.parameters.items():
        text = given.get(name)
        if text is None:
            text = _default(parameter, values)
        if text is not None and parameter.secret:
            # Before anything can fail with its value in the message.
            REDACTOR.learn(text)
        if text is None:
            missing.append(name)
        else:
            values[name] = _value(name, parameter, text, knowledge)
    return values, missing


def _default(parameter: Parameter, values: Mapping[str, Any]) -> str | None:
    if parameter.default is None or not names_in(parameter.default) <= values.keys():
        return None
    return render(parameter.default, values)


def _value(name: str, parameter: Parameter, text: str, knowledge: Knowledge) -> Any:
    try:
        return parse_value(parameter, text, knowledge)
    except ValueError as error:
        raise UsageError(
            f"The parameter '{name}' cannot be '{text}'.",
            why=f"accepted is: {error}",
            changed=NOTHING_CHANGED,
            hint=f"{name} is: {parameter.help}",
            code="parameter-invalid",
        ) from error
