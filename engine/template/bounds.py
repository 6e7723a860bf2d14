"""What a template may cost: rounds of its loops and filters, characters of its texts, digits of its numbers.

A template is part of a runbook, which may be anybody's, and is evaluated before a person has said yes to anything. So
all that could grow is counted where it grows: loops and `~` by a change of the syntax tree, filters by a function
around each of them, operators and methods by the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from itertools import islice
from typing import Any, cast

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.visitor import NodeTransformer

ROUNDS = 100_000
"""Rounds of all loops, items of all lists."""
LONGEST = 1_000_000
"""Characters of one text, and of all that is written."""
LARGEST = 1_000
"""A number by which something is repeated, filled up or counted."""
MOST_IN_RANGE = 10_000
MOST_BITS = 1024
"""Of a product."""


@dataclass(slots=True)
class _Left:
    rounds: int = ROUNDS
    characters: int = LONGEST


_LEFT: ContextVar[_Left | None] = ContextVar("left", default=None)


class TooMuchError(SecurityError):
    """A template that would take too long, or make something too large."""


@contextmanager
def bounded() -> Iterator[None]:
    """One evaluation of a template: all that is counted within begins anew."""
    before = _LEFT.set(_Left())
    try:
        yield
    finally:
        _LEFT.reset(before)


def spend(rounds: int = 0, characters: int = 0) -> None:
    """Count.

    Raises:
        TooMuchError: that was more than there is.
    """
    if (left := _LEFT.get()) is None:
        return
    left.rounds -= rounds
    left.characters -= characters
    if left.rounds < 0:
        raise TooMuchError(f"its loops and lists have more than {ROUNDS} rounds in all")
    if left.characters < 0:
        raise TooMuchError(f"it writes more than {LONGEST} characters")


def counted(items: Iterable[Any], characters: int = 0) -> Iterator[Any]:
    """The items, each a round in which so many characters are written."""
    for one in items:
        spend(1, characters)
        yield one


def refuse_long(size: int) -> None:
    """Refuse to make a text or a list of this size.

    Raises:
        TooMuchError: it is too large.
    """
    if size > LONGEST:
        raise TooMuchError(f"a text or a list would be longer than {LONGEST}")


def measured(value: Any) -> Any:
    """A value that was made: not too long, and its items are counted."""
    if isinstance(value, str):
        refuse_long(len(value))
    elif isinstance(value, Iterator):
        return counted(value)
    elif isinstance(value, (list, tuple)):
        spend(len(value))
    return value


def bounded_range(*numbers: int) -> range:
    """`range`, not too long.

    Raises:
        OverflowError: it is.
    """
    found = range(*numbers)
    if len(found) > MOST_IN_RANGE:
        raise OverflowError(f"Range too big: more than {MOST_IN_RANGE} numbers.")
    return found


def concatenated(parts: Iterable[Any]) -> str:
    """What `~` makes."""
    return joined(parts, "")


def joined(parts: Iterable[Any], between: Any) -> str:
    """What `join` makes."""
    texts = [str(one) for one in counted(parts)]
    refuse_long(sum(map(len, texts)) + len(texts) * len(str(between)))
    return str(between).join(texts)


def refuse_replacing(text: Any, old: Any, new: Any) -> None:
    """Refuse to replace something by what is so much longer.

    Raises:
        TooMuchError: the text would become too long.
    """
    text, old, new = str(text), str(old), str(new)
    refuse_long(len(text) + (text.count(old) if old else len(text) + 1) * len(new))


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that counts what it is given and what it makes."""
    own = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def filtered(*arguments: Any, **named: Any) -> Any:
        more = [*arguments[own + 1 :], *named.values()]
        if any(isinstance(one, int) and abs(one) > LARGEST for one in more):
            raise TooMuchError(f"the filter {name} takes no number larger than {LARGEST}")
        given = list(arguments)
        value = given[own]
        if isinstance(value, Iterator):
            value = given[own] = counted(value)
        elif isinstance(value, Collection) and not isinstance(value, (str, Undefined)):
            spend(len(value))
        if name == "join" and not isinstance(value, Undefined):
            value = given[own] = list(islice(value, ROUNDS + 1)) if not isinstance(value, str) else value
            between = named.get("d", arguments[own + 1] if len(arguments) > own + 1 else "")
            refuse_long(sum(len(one) for one in value if isinstance(one, str)) + len(value) * len(str(between)))
        if name == "replace":
            refuse_replacing(value, *[*more, "", ""][:2])
        return measured(function(*given, **named))

    return filtered


_WITHOUT_BOUND = frozenset({
    "center", "expandtabs", "format", "format_map", "ljust", "rjust", "to_bytes", "translate", "zfill",
})  # fmt: skip
"""Methods of texts and numbers that make as much as they are told."""


def refuse_call(function: Any, arguments: tuple[Any, ...]) -> None:
    """Refuse to call a method of a text or a number by which something large could be made.

    Raises:
        TooMuchError: it could.
    """
    # The sandbox of Jinja2 puts a function of its own around `format`.
    function = getattr(function, "__wrapped__", function)
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(owner, (str, bytes, int)):
        return
    if name in _WITHOUT_BOUND:
        raise TooMuchError(f"{name}() is not available in a template")
    if name == "replace":
        refuse_replacing(owner, *[*arguments, "", ""][:2])
    if name == "join" and isinstance(owner, str) and arguments and isinstance(arguments[0], (list, tuple)):
        refuse_long(sum(len(one) for one in arguments[0] if isinstance(one, str)) + len(arguments[0]) * len(owner))


class Counting(NodeTransformer):
    """A syntax tree in which loops and `~` are counted."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - as the visitor calls it
        self.generic_visit(node)
        written = sum(len(one.data) for one in node.find_all(nodes.TemplateData))
        size = nodes.Const(written, lineno=node.lineno, environment=node.environment)
        node.iter = self._filter(node, node.iter, COUNTED, [size])
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:  # noqa: N802 - as the visitor calls it
        """One can call itself; lint refuses it as well.

        Raises:
            TooMuchError: always.
        """
        del node
        raise TooMuchError("macros are not available in a runbook")

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - as the visitor calls it
        self.generic_visit(node)
        return self._filter(
            node, nodes.List(node.nodes, lineno=node.lineno, environment=node.environment), CONCATENATED
        )

    def _filter(self, at: nodes.Node, of: nodes.Node, name: str, more: list[nodes.Expr] | None = None) -> nodes.Filter:
        return nodes.Filter(
            cast("nodes.Expr", of), name, more or [], [], None, None, lineno=at.lineno, environment=at.environment
        )


COUNTED, CONCATENATED = "counted by the sandbox", "concatenated by the sandbox"
"""Names of filters that nobody can write."""
