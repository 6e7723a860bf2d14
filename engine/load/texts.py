"""All that Jinja2 will see of a part of a runbook, and all its calls of facts and checks."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from engine.load.document import Path, entries
from engine.model.parts import Call, Jinja, Part
from engine.template import Kind


@dataclass(frozen=True, slots=True)
class Text:
    """A template or an expression at its place; `plain` is a text that is shown as it is."""

    path: Path
    kind: Kind | Literal["plain"]
    source: str


def texts(part: Part, path: Path) -> Iterator[Text]:
    """Every text of a part and of the parts in it, in the order of the models' fields."""
    for value, inner, annotation in _fields(part, path):
        yield from _texts(value, inner, annotation)


def calls(part: Part, path: Path) -> Iterator[tuple[Path, Call]]:
    """Every call of a fact or a check."""
    if isinstance(part, Call):
        yield path, part
    for value, inner, _ in _fields(part, path):
        yield from _calls(value, inner)


def _fields(part: Part, path: Path) -> Iterator[tuple[Any, Path, Any]]:
    annotations = _annotations(type(part))
    for name, info in type(part).model_fields.items():
        yield getattr(part, name), (*path, info.alias or name), annotations[name]


@lru_cache(maxsize=64)
def _annotations(model: type[Part]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


def _texts(value: Any, path: Path, annotation: Any) -> Iterator[Text]:
    if isinstance(value, Part):
        yield from texts(value, path)
    elif value is None:
        return
    elif get_origin(annotation) in {Union, types.UnionType}:
        yield from _texts(value, path, next(one for one in get_args(annotation) if one is not types.NoneType))
    elif get_origin(annotation) is Annotated:
        mark = next((one for one in annotation.__metadata__ if isinstance(one, Jinja)), None)
        if mark is None:
            yield from _texts(value, path, get_args(annotation)[0])
        else:
            yield from _leaves(value, path, mark.kind)
    elif annotation is str:
        yield Text(path, "plain", value)
    else:
        # The last argument of dict[str, X]; the first of tuple[X, ...].
        inner = get_args(annotation)[1 if isinstance(value, Mapping) else 0] if get_args(annotation) else None
        for place, one in entries(value):
            yield from _texts(one, (*path, place), inner)


def _leaves(value: Any, path: Path, kind: Kind) -> Iterator[Text]:
    if isinstance(value, str):
        yield Text(path, kind, value)
    for place, one in entries(value):
        yield from _leaves(one, (*path, place), kind)


def _calls(value: Any, path: Path) -> Iterator[tuple[Path, Call]]:
    if isinstance(value, Part):
        yield from calls(value, path)
    for place, one in entries(value):
        yield from _calls(one, (*path, place))
