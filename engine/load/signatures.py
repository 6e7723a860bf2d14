"""Calls of facts and checks against the functions they name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from engine.knowledge import Knowledge
from engine.load.document import Path, YamlDocument
from engine.model.parts import Call, CheckCall, FactCall
from engine.nearest import did_you_mean
from engine.template import type_of
from engine.template.types import describe, known, members, returns

_PLAIN = frozenset({str, int, float, bool, NoneType})


def arguments(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The keyword-only parameters of a fact or a check; their annotations are `Any` where there are none."""
    try:
        annotations = get_type_hints(function)
    except Exception:  # noqa: BLE001 - annotations of a pack's functions may raise anything
        annotations = {}
    return {
        name: one.replace(annotation=annotations.get(name, Any))
        for name, one in inspect.signature(function).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    }


def fact_type(call: FactCall | None, knowledge: Knowledge) -> Any:
    """The type of what a fact gives."""
    function = knowledge.facts.get(call.read) if call else None
    return Any if function is None else returns(function)


def check_call(document: YamlDocument, path: Path, call: Call, knowledge: Knowledge, types: Mapping[str, Any]) -> None:
    """Report an unknown fact or check, and arguments it does not have, needs, or cannot take."""
    if isinstance(call, FactCall):
        key, name, functions = "read", call.read, knowledge.facts
    elif isinstance(call, CheckCall) and call.check is not None:
        key, name, functions = "check", call.check, knowledge.checks
    else:
        return
    if name not in functions:
        what = "fact" if key == "read" else "check"
        document.report((*path, key), f"unknown {what} '{name}'{did_you_mean(name, functions)}")
        return
    wanted = arguments(functions[name])
    for given, value in call.with_.items():
        place = (*path, "with", given)
        if given not in wanted:
            document.report(place, f"'{name}' has no argument '{given}'{did_you_mean(given, wanted)}", key=True)
        elif problem := _refused(value, wanted[given].annotation, types):
            document.report(place, f"'{given}' of '{name}' {problem}")
    for missing, parameter in wanted.items():
        if parameter.default is parameter.empty and missing not in call.with_:
            place = (*path, "with") if call.with_ else path
            document.report(place, f"'{name}' needs the argument '{missing}'")


def _refused(value: Any, annotation: Any, types: Mapping[str, Any]) -> str | None:
    """Why an argument cannot take a value, as far as it is known before a run."""
    parts = members(annotation)
    if not all(known(part) for part in parts):
        return None
    if _is_template(value):
        return _refused_type(type_of(value, "value", types), annotation) if isinstance(value, str) else None
    try:
        adapter = TypeAdapter[Any](annotation)
    except Exception:  # noqa: BLE001 - not every class can be judged; that is no problem of the runbook
        return None
    try:
        # A text of digits is not made a number at run time, so it must not pass for one here.
        adapter.validate_python(value, strict=_PLAIN.issuperset(parts) or None)
    except ValidationError:
        return f"must be {_kind(annotation)}, not {value!r}"
    return None


def _refused_type(given: Any, annotation: Any) -> str | None:
    """Only plain classes on both sides are judged, and only when no value could fit."""
    wanted, offered = members(annotation), members(given)
    if not _PLAIN.issuperset(wanted) or not all(isinstance(one, type) and known(one) for one in offered):
        return None
    fits = tuple(wanted) + ((int,) if float in wanted else ())
    if any(issubclass(one, fits) for one in offered):
        return None
    return f"must be {_kind(annotation)}, not {describe(given) or 'None'}"


def _kind(annotation: Any) -> str:
    return describe(annotation) or "None"


def _is_template(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value or "{%" in value or "{#" in value
    if isinstance(value, Mapping):
        return any(_is_template(one) for one in value.values())
    return isinstance(value, list) and any(_is_template(one) for one in value)
