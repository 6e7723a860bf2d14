"""YAML 1.2 read by LibYAML: nodes with their places, and the values that plain words stand for.

PyYAML brings LibYAML's scanner, which is many times faster than one in Python, but its words are those of YAML 1.1,
where `no` is a boolean and 1:30 a number. Those of 1.2 are here: true and false, whole numbers, fractions, null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import yaml
from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["MappingNode", "MarkedYAMLError", "Node", "ScalarNode", "SequenceNode", "YAMLError"]

TAG = "tag:yaml.org,2002:"
DEEPEST = 30
"""How deep values may be nested."""
_DEEPEST = 200
"""How deep nodes may be: whoever makes values of them says where it is too deep for them."""

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""In C, or in Python where PyYAML was built without it."""

_REFUSED = re.compile("[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in YAML 1.2, and what 1.1 takes for the end of a line, which LibYAML would count as one."""

_DIGITS = "[0-9][0-9_]*"
_PLAIN: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (f"{TAG}{kind}", re.compile(pattern))
    for kind, pattern in (
        ("null", "~|null|Null|NULL|"),
        ("bool", "true|True|TRUE|false|False|FALSE"),
        ("merge", "<<"),
        ("value", "="),
        ("float", rf"[-+]?{_DIGITS}(\.[0-9_]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)"),
        ("float", r"[-+]?\.[0-9_]+([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
        ("int", "[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?0o?[0-7_]+|[-+][0-9_]+|[0-9][0-9_]*"),
    )
)
"""What the words of plain scalars are, the first that fits; all else is text."""


class CharacterError(YAMLError):
    """A character that may not stand in YAML; `position` counts the characters before it."""

    def __init__(self, character: str, position: int) -> None:
        super().__init__(f"the character U+{ord(character):04X} is not allowed")
        self.position = position


class TooDeepError(YAMLError):
    """Values are nested more deeply than anybody would write them."""


def compose(text: str, *, aliases: bool = True) -> Node | None:
    """The one document of a text as a tree of nodes; None where there is nothing in it.

    Args:
        text: what is in the file.
        aliases: whether there may be any. A node that aliases stand for is the same object at each place.

    Raises:
        MarkedYAMLError: it is no YAML, or more than one document.
        CharacterError, TooDeepError: see there.
    """
    if (bad := _REFUSED.search(text)) is not None:
        raise CharacterError(bad[0], bad.start())
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER), aliases=aliases).document()
    except MarkedYAMLError:
        # The scanner in Python says what it found instead, and is the same on every machine.
        return _Composer(yaml.parse(text, Loader=yaml.BaseLoader), aliases=aliases).document()


class _Composer:
    """Makes nodes of events. PyYAML's own refuses an anchor that is set twice, and knows no bounds."""

    def __init__(self, events: Iterator[Event], *, aliases: bool) -> None:
        self._events = events
        self._aliases = aliases
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        next(self._events)  # the beginning of the stream
        if isinstance(next(self._events), StreamEndEvent):
            return None
        root = self._node(next(self._events), 1)
        next(self._events)  # the end of the document
        if not isinstance(after := next(self._events), StreamEndEvent):
            where, again = root.start_mark, _marks(after)[0]
            raise MarkedYAMLError(
                "expected a single document in the stream", where, "but found another document", again
            )
        return root

    def _node(self, event: Event, depth: int) -> Node:
        if depth > _DEEPEST:
            raise TooDeepError("it is nested too deeply")
        if isinstance(event, AliasEvent):
            return self._alias(event)
        made: Node
        begin, end = _marks(event)
        if isinstance(event, ScalarEvent):
            made = ScalarNode(_scalar_tag(event), event.value, begin, end, style=event.style)
            self._anchor(event, made)
        elif isinstance(event, SequenceStartEvent):
            made = SequenceNode(_tag(event, "seq"), [], begin, end, event.flow_style)
            self._anchor(event, made)
            while not isinstance(inner := next(self._events), SequenceEndEvent):
                made.value.append(self._node(inner, depth + 1))
        elif isinstance(event, MappingStartEvent):
            made = MappingNode(_tag(event, "map"), [], begin, end, event.flow_style)
            self._anchor(event, made)
            while not isinstance(inner := next(self._events), MappingEndEvent):
                key = self._node(inner, depth + 1)
                made.value.append((key, self._node(next(self._events), depth + 1)))
        else:
            raise AssertionError(event)  # noqa: TRY004 - no parser gives any other here
        return made

    def _anchor(self, event: NodeEvent, made: Node) -> None:
        # Before what is in it: it may be a part of itself, which whoever makes values of it has to find out.
        if event.anchor is not None:
            self._anchors[event.anchor] = made

    def _alias(self, event: AliasEvent) -> Node:
        where, _end = _marks(event)
        if not self._aliases:
            raise MarkedYAMLError(None, None, "It has an alias (*): write out what it stands for.", where)
        if event.anchor not in self._anchors:
            raise MarkedYAMLError(None, None, f"found undefined alias '{event.anchor}'", where)
        return self._anchors[event.anchor]


def _marks(event: Event) -> tuple[Any, Any]:
    # Those of LibYAML are a class of their own.
    return event.start_mark, event.end_mark


def _tag(event: Any, usual: str) -> str:
    return f"{TAG}{usual}" if event.tag in {None, "!"} else str(event.tag)


def _scalar_tag(event: ScalarEvent) -> str:
    if event.tag not in {None, "!"}:
        return str(event.tag)
    return tag_of(event.value) if event.implicit[0] else f"{TAG}str"


def tag_of(word: str) -> str:
    """The tag of a plain scalar."""
    return next((tag for tag, pattern in _PLAIN if pattern.fullmatch(word)), f"{TAG}str")


def boolean(word: str) -> bool:
    """The value of a `bool`; only a tag makes one of the words of YAML 1.1."""
    return word.lower() in {"true", "yes", "on", "y"}


def number(kind: str, word: str) -> int | float:
    """The value of an `int` or a `float`.

    Raises:
        ValueError: it is none after all, or has too many digits.
    """
    digits = word.replace("_", "")
    if kind == "int":
        return int(digits, 0 if re.match("[-+]?0[box]", word) else 10)
    return float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))


_VALUES: Mapping[str, Callable[[str], Any]] = {
    f"{TAG}null": lambda _word: None,
    f"{TAG}bool": boolean,
    f"{TAG}int": lambda word: number("int", word),
    f"{TAG}float": lambda word: number("float", word),
    f"{TAG}str": str,
}


def load_yaml(text: str, *, aliases: bool = False) -> Any:
    """The values of a small file of settings.

    Args:
        text: what is in it.
        aliases: whether it is ours, and may have aliases, by which a few lines can stand for millions.

    Raises:
        YAMLError: it is no YAML, has an alias, a tag or a key twice, or is nested too deeply.
        ValueError: a value in it cannot be read.
    """
    node = compose(text, aliases=aliases)
    return None if node is None else _value(node, 0)


def _value(node: Node, depth: int) -> Any:
    if depth > DEEPEST:
        raise TooDeepError("it is nested too deeply")
    if isinstance(node, ScalarNode) and node.tag in _VALUES:
        return _VALUES[node.tag](node.value)
    if isinstance(node, SequenceNode) and node.tag == f"{TAG}seq":
        return [_value(one, depth + 1) for one in node.value]
    if isinstance(node, MappingNode) and node.tag == f"{TAG}map":
        found: dict[Any, Any] = {}
        for key, value in node.value:
            name = _value(key, depth + 1) if isinstance(key, ScalarNode) else _refuse(key, "a key must be plain text")
            if name in found:
                _refuse(key, f'found duplicate key "{name}"')
            found[name] = _value(value, depth + 1)
        return found
    return _refuse(node, f"could not determine a constructor for the tag '{node.tag}'")


def _refuse(node: Node, problem: str) -> NoReturn:
    mark: Mark = node.start_mark
    raise MarkedYAMLError(None, None, problem, mark)
