"""Names written where a thing is: a decorator that gives a function its name, and finds all that have one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from inspect import isfunction
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Generic, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Marked = TypeVar("Marked", bound=Callable[..., Any])


class Marker(Generic[Function]):
    """A decorator that only notes on a function what it is known by; nothing else comes to know of it.

    What is known follows from where one looks, and not from what happens to have been imported.

    Args:
        what: what such a function is, in one word, such as "fact".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._attribute = f"__{what}__"

    def __call__(self, *names: str) -> Callable[[Marked], Marked]:
        """Give a function this name, or each of these; other decorators belong below."""

        def mark(function: Marked) -> Marked:
            setattr(function, self._attribute, names)
            return function

        return mark

    def gathered(self, *packages: str) -> Mapping[str, Function]:
        """All that are marked in these packages and below, by their names and in the order of them.

        Args:
            packages: full names of packages or of modules, also in an archive; all that is below is imported.

        Raises:
            ValueError: two functions have the same name.
        """
        found: dict[str, Any] = {}
        for module in _modules(packages):
            for one in vars(module).values():
                # What is only imported there belongs to another module.
                if not isfunction(one) or one.__module__ != module.__name__:
                    continue
                for name in vars(one).get(self._attribute, ()):
                    if (first := found.setdefault(name, one)) is not one:
                        places = f"in {_place(first)} and {_place(one)}"
                        raise ValueError(f"The {self._what} {name!r} is there twice: {places}.")
        return dict(sorted(found.items()))


def _modules(packages: tuple[str, ...]) -> Iterator[ModuleType]:
    for package in packages:
        module = import_module(package)
        yield module
        if hasattr(module, "__path__"):
            yield from _modules(tuple(f"{package}.{one.name}" for one in iter_modules(module.__path__)))


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
