"""What a declared type says about attributes and items, as far as that is known without running anything.

Types are annotations, as `typing.get_type_hints` gives them. `Any` stands for whatever is not known; it is
never judged.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Any, Final, Literal, NewType, Union, get_args, get_origin

from pydantic import BaseModel


class _Missing:
    """The type of `MISSING`."""


MISSING: Final = _Missing()
"""Not there: no such attribute, no items."""


def members(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of a type: those of a union, else itself; `None` is `NoneType`."""
    origin = get_origin(annotation)
    if origin in {typing.Annotated, typing.ClassVar, typing.Final, typing.Required, typing.NotRequired}:
        return members(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return tuple(dict.fromkeys(one for part in get_args(annotation) for one in members(part)))
    if origin is Literal:
        return tuple(dict.fromkeys(type(value) for value in get_args(annotation)))
    if isinstance(annotation, NewType):
        return members(annotation.__supertype__)
    if annotation is None:
        return (types.NoneType,)
    return (annotation,)


def origin(member: Any) -> type:
    """The class of an alternative that is known."""
    base = get_origin(member) or member
    return base if isinstance(base, type) else object


def known(member: Any) -> bool:
    """Whether anything can be said about this alternative."""
    base = get_origin(member) or member
    return isinstance(base, type) and base not in {object, typing.Any}


def join(annotations: Iterable[Any]) -> Any:
    """The union of types; unknown as soon as one of them is."""
    parts = tuple(dict.fromkeys(one for annotation in annotations for one in members(annotation)))
    if not parts or not all(known(part) for part in parts):
        return Any
    return reduce(or_, parts)


def list_of(annotation: Any) -> Any:
    """The type of a list of such items."""
    return list[annotation]


def describe(annotation: Any) -> str:
    """A type in words: `Job`, `list of Node`."""
    parts = [part for part in members(annotation) if part is not types.NoneType]
    return " or ".join(getattr(get_origin(part) or part, "__name__", str(part)) for part in parts)


def attribute(annotation: Any, name: str) -> Any:
    """The type of `value.name`, `MISSING` when no alternative of the type has it."""
    found = []
    for member in members(annotation):
        if not known(member):
            return Any
        if (one := _attribute_of(member, name)) is not MISSING:
            found.append(one)
    return join(found) if found else MISSING


def attribute_names(annotation: Any) -> frozenset[str]:
    """All attributes a template may name."""
    names: set[str] = set()
    for member in members(annotation):
        base = get_origin(member) or member
        if isinstance(base, type) and base is not types.NoneType:
            own = set(hints(base)) | set(dir(base))
            names |= own - set(dir(BaseModel)) if issubclass(base, BaseModel) else own
    return frozenset(name for name in names if not name.startswith("_"))


def element(annotation: Any) -> Any:
    """The type of the items of something that can be looped over, `MISSING` when no alternative can."""
    found: list[Any] = []
    for member in members(annotation):
        if not known(member):
            return Any
        base, arguments = get_origin(member) or member, get_args(member) or _of_base(member)
        if base is str:
            found.append(str)
        elif base is tuple and arguments:
            found.extend(one for one in arguments if one is not Ellipsis)
        elif hasattr(base, "__iter__") or hasattr(base, "__getitem__"):
            found.append(arguments[0] if arguments else Any)
    return join(found) if found else MISSING


def _of_base(member: Any) -> tuple[Any, ...]:
    """What a class says its items are, by the list or tuple that it is: `class Nodes(Several[Node])`."""
    bases = getattr(member, "__orig_bases__", ())
    return next((get_args(one) for one in bases if issubclass(get_origin(one) or object, (list, tuple))), ())


def item(annotation: Any, key: object) -> Any:
    """The type of `value[key]`; `key` is MISSING when it is computed. Unknown when in doubt."""
    found = []
    for member in members(annotation):
        base, arguments = get_origin(member) or member, get_args(member)
        if not known(member):
            return Any
        if base is types.NoneType:
            continue
        if issubclass(base, Mapping):
            found.append(arguments[1] if len(arguments) > 1 else Any)
        elif base is tuple and isinstance(key, int) and Ellipsis not in arguments and arguments:
            found.append(arguments[key] if -len(arguments) <= key < len(arguments) else Any)
        elif isinstance(key, str) and base is not str:
            # Jinja2 falls back to the attribute of this name.
            found.append(one if (one := _attribute_of(member, key)) is not MISSING else Any)
        else:
            items = element(member)
            found.append(Any if items is MISSING else items)
    return join(found)


def result(annotation: Any) -> Any:
    """The type of what a call of this gives."""
    found = []
    for member in members(annotation):
        arguments = get_args(member)
        found.append(arguments[1] if get_origin(member) is _CALLABLE_ORIGIN and len(arguments) > 1 else Any)
    return join(found)


_CALLABLE_ORIGIN = get_origin(Callable[..., Any])


@lru_cache(maxsize=256)
def hints(cls: type) -> Mapping[str, Any]:
    """The annotations of a class; where they cannot be resolved, the names with unknown types."""
    try:
        return typing.get_type_hints(cls)
    except Exception:  # noqa: BLE001 - annotations of other people's classes may raise anything
        return {name: Any for base in cls.__mro__ for name in inspect.get_annotations(base)}


def returns(function: Any) -> Any:
    """The annotation of what a function returns, unknown when there is none or it cannot be resolved."""
    try:
        return typing.get_type_hints(function).get("return", Any)
    except Exception:  # noqa: BLE001 - annotations of other people's functions may raise anything
        return Any


def _attribute_of(member: Any, name: str) -> Any:  # noqa: PLR0911 - a line for each place it may be
    if member is types.NoneType:
        return MISSING
    base, arguments = get_origin(member) or member, get_args(member)
    if name in (own := hints(base)):
        return own[name]
    static = inspect.getattr_static(base, name, MISSING)
    if static is MISSING:
        if issubclass(base, Mapping):
            return arguments[1] if len(arguments) > 1 else Any
        open_ = hasattr(base, "__getattr__")
        if issubclass(base, BaseModel):
            open_ = base.model_config.get("extra") == "allow"
        return Any if open_ else MISSING
    if issubclass(base, Mapping) and len(arguments) > 1 and name in {"keys", "values", "items"}:
        key, value = arguments[:2]
        given = {"keys": list[key], "values": list[value], "items": list[tuple[key, value]]}  # type: ignore[valid-type]
        return Callable[..., given[name]]
    if isinstance(static, property):
        return returns(static.fget)
    if isinstance(static, cached_property):
        return returns(static.func)
    if isinstance(static, types.FunctionType):
        return Callable[..., returns(static)]
    return Any
