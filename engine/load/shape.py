"""From plain values to models, part by part: a broken part does not hide what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from engine.effects import Effect
from engine.load.document import Path, YamlDocument, entries
from engine.load.messages import explain, keys_of
from engine.model.hold import Hold
from engine.model.parts import CheckCall, FactCall, Neutral, Parameter, Part, Precondition
from engine.model.runbook import Runbook
from engine.model.step import Manual, StepBase
from engine.nearest import did_you_mean

PartT = TypeVar("PartT", bound=Part)
Parts = dict[str | int, PartT | None]
"""The parts of one section by key or place; None where nothing of a part can be understood."""

_STAND_INS: dict[str, Part] = {
    "parameters": Parameter(type="str", help=""),
    "facts": FactCall(read=""),
    "preconditions": Precondition(code="x", check=""),
    "meanwhile": Hold(id="x", title="", hold=("x",), release=("x",), on="'x'"),
    "steps": Manual(id="x", title="", manual="", effect=Effect.SAFE, undo="none"),
    "postconditions": CheckCall(check=""),
}
"""The sections of a runbook, each with what stands in for a broken part while the whole is judged."""

_TOGETHER = ""
"""In place of a key: each key is right, but they do not go together."""

_COST = frozenset({"effect", "undo", "confirm"})
"""The keys of a step that have to go together."""

_PYTHON_NAMES = {"with_": "with", "else_": "else"}


@dataclass(slots=True)
class Shape:
    """A runbook as far as it could be understood.

    Attributes:
        runbook: None when anything at all has the wrong shape.
        rest: the other keys, as they stand in the file.
        steps, facts, …: a part with wrong keys is there without them, so that the rest of it can be judged.
    """

    runbook: Runbook | None = None
    id: str | None = None
    parameters: Parts[Parameter] = field(default_factory=dict)
    facts: Parts[FactCall] = field(default_factory=dict)
    preconditions: Parts[Precondition] = field(default_factory=dict)
    meanwhile: Parts[Hold] = field(default_factory=dict)
    steps: Parts[StepBase] = field(default_factory=dict)
    postconditions: Parts[CheckCall] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)


def read_shape(document: YamlDocument, kinds: Mapping[str, type[StepBase]]) -> Shape:
    """Make models of a document; what does not fit is added to the document's problems.

    Args:
        document: what was read.
        kinds: the model of each kind of step by its key.
    """
    shape = Shape()
    data = document.data
    if not isinstance(data, dict):
        document.report((), "a runbook is a mapping that begins with 'format: 1'")
        return shape
    whole = dict(data)
    for name, stand_in in _STAND_INS.items():
        parts = {key: _part(document, (name, key), value, name, kinds) for key, value in entries(data.get(name))}
        getattr(shape, name).update(parts)
        # The parts have been judged; in the whole they only have to be there.
        filled = {key: part or stand_in for key, part in parts.items()}
        if isinstance(data.get(name), dict):
            whole[name] = filled
        elif isinstance(data.get(name), list):
            whole[name] = list(filled.values())
    runbook = _validate(document, (), whole, Runbook)
    shape.runbook = None if document.problems else runbook
    shape.id = data["id"] if isinstance(data.get("id"), str) else None
    shape.rest = {key: one for key, one in data.items() if key not in _STAND_INS}
    return shape


def _part(
    document: YamlDocument, path: Path, value: object, section: str, kinds: Mapping[str, type[StepBase]]
) -> Part | None:
    model = _kind(document, path, value, kinds) if section == "steps" else type(_STAND_INS[section])
    return None if model is None else _validate(document, path, value, model)


def _kind(
    document: YamlDocument, path: Path, value: object, kinds: Mapping[str, type[StepBase]]
) -> type[StepBase] | None:
    """The model of the kind of step whose key a mapping has."""
    if not isinstance(value, dict):
        if path not in document.refused:
            document.report(path, "a step must be a mapping of keys to values")
        return None
    found = [key for key in value if key in kinds]
    if len(found) == 1:
        return kinds[found[0]]
    if found:
        document.report((*path, found[1]), f"a step is of one kind, this has {' and '.join(found)}", key=True)
        return None
    common = {key for model in kinds.values() for key in keys_of(model)} - kinds.keys()
    near = next((near for key in value if key not in common and (near := did_you_mean(key, kinds))), "")
    document.report(
        path,
        f"a step needs one of the keys {', '.join(kinds)}" + (near if "did you mean" in near else ""),
    )
    return None


def _validate(document: YamlDocument, path: Path, value: object, model: type[PartT]) -> PartT | None:
    if path in document.refused:
        return None
    _python_names(document, path, value)
    try:
        part = model.model_validate(value)
    except ValidationError as error:
        wrong = [details["loc"] for details in error.errors(include_url=False)]
        for details in error.errors(include_url=False):
            inner, message, key = explain(details, model)
            if message and (*path, *inner) not in document.refused:
                document.report((*path, *inner), message, key=key)
        return _without(document, path, value, {inner[0] if inner else _TOGETHER for inner in wrong}, model)
    return part


def _without(
    document: YamlDocument, path: Path, value: object, wrong: set[str | int], model: type[PartT]
) -> PartT | None:
    """A part without the keys that are wrong, and with others in place of those that are needed."""
    if not path or not isinstance(value, dict):
        return None
    neutral = _neutral(model)
    kept = {key: one for key, one in value.items() if key not in wrong | _COST}
    if _TOGETHER not in wrong and not wrong & _COST:
        cost = {key: one for key, one in value.items() if key in _COST}
        try:
            return model.model_validate(neutral | kept | cost)
        except ValidationError as error:
            # Only now that each key is right can pydantic say that they do not go together.
            for details in error.errors(include_url=False):
                if not details["loc"]:
                    document.report(path, explain(details, model)[1])
    try:
        return model.model_validate(neutral | kept)
    except ValidationError:
        return None


@lru_cache(maxsize=64)
def _neutral(model: type[Part]) -> dict[str, Any]:
    """What may stand in for the keys that a part needs."""
    annotations = get_type_hints(model, include_extras=True)
    needed = {info.alias or name: annotations[name] for name, info in model.model_fields.items() if info.is_required()}
    return {key: one[0] for key, annotation in needed.items() if (one := _stand_in(annotation))}


def _stand_in(annotation: Any) -> list[Any]:
    """A value about which nothing can be wrong; none where the type says of none."""
    marks = getattr(annotation, "__metadata__", ())
    if found := [one.value for one in marks if isinstance(one, Neutral)]:
        return found
    if get_origin(annotation) is tuple:
        return [inner] if (inner := _stand_in(get_args(annotation)[0])) else []
    return [next(iter(annotation))] if isinstance(annotation, type) and issubclass(annotation, Enum) else []


def _python_names(document: YamlDocument, path: Path, value: object) -> None:
    """Names that the models have in Python only."""
    if isinstance(value, Part):
        return
    for key, inner in entries(value):
        if key in _PYTHON_NAMES or (key == "kind" and len(path) == 2 and path[0] == "steps"):  # noqa: PLR2004
            right = _PYTHON_NAMES.get(str(key))
            message = f"unknown key '{key}'" + (f", did you mean '{right}'?" if right else "")
            document.report((*path, key), message, key=True)
        _python_names(document, (*path, key), inner)
