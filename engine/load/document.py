"""YAML to plain values, with the position of each key and value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.load.problems import InvalidRunbookError, Problem
from engine.load.source import LARGEST, Source
from engine.plain_yaml import (
    DEEPEST,
    TAG,
    CharacterError,
    MappingNode,
    MarkedYAMLError,
    Node,
    ScalarNode,
    SequenceNode,
    TooDeepError,
    boolean,
    compose,
    number,
)

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings, places in lists: `("steps", 0, "title")`."""

MOST_VALUES = 20_000
"""How many values a runbook may hold once every alias is written out; more is an expansion bomb."""
MOST_CHARACTERS = 4 * LARGEST
"""How much text it may hold then."""

_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that would end an argument, or speak to the terminal rather than to the person."""
_TEMPLATE_KEY = "a key must be plain text; a value that begins with '{{' has to be put in quotes"


def entries(value: object) -> Iterator[tuple[str | int, Any]]:
    """What is in a mapping by its key, in a list or tuple by its place; nothing for everything else."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in the file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A YAML file that could be read.

    Attributes:
        origin: what its problems are shown with.
        data: dicts with text keys, lists, texts, numbers, booleans, None.
        problems: what was found wrong while reading; grows while the document is checked.
        refused: values that could not be read; they are None in `data`, and nothing more is said of them.
    """

    origin: str
    data: Any
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: set[Path] = field(default_factory=set)

    def report(self, path: Path, message: str, *, key: bool = False) -> None:
        """Add a problem at a value, or at its key; where there is none, at what should hold it."""
        mark = self.keys.get(path) if key else None
        while mark is None:
            mark = self.values.get(path, None if path else Mark(1, 1))
            path = path[:-1]
        self.problems.append(Problem(self.origin, mark.line, mark.column, message))


def read_document(source: Source) -> YamlDocument:
    """Read the YAML of a runbook.

    Raises:
        InvalidRunbookError: too large, no UTF-8, no YAML. What is wrong with the values of good YAML is told
            in the document's `problems`.
    """
    text = decode(source)
    try:
        root = compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = ": ".join(word for word in (error.context, error.problem) if word)
        raise _invalid(source, f"this is no YAML: {words}", line, column) from error
    except CharacterError as error:
        raise _invalid(source, str(error), *_place(text, error.position)) from error
    except TooDeepError as error:
        raise _invalid(source, "this is nested too deeply") from error
    except Exception as error:  # a scanner may trip over malformed escapes and directives
        raise _invalid(source, f"this is no YAML: {error}") from error
    document = YamlDocument(source.origin, None)
    if root is None:
        raise _invalid(source, "the file is empty")
    try:
        return replace(document, data=_Builder(document).build(root, ()))
    except _TooMuchError as error:
        raise _invalid(source, str(error), error.mark.line, error.mark.column) from error


def decode(source: Source) -> str:
    """The text of a source.

    Raises:
        InvalidRunbookError: too large, or no UTF-8.
    """
    if len(source.content) > LARGEST:
        raise _invalid(source, f"the file is larger than {LARGEST // 1024} KiB")
    try:
        return source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source.content[: error.start].decode("utf-8-sig", "replace")
        message = f"the file is not UTF-8: byte 0x{source.content[error.start]:02x}"
        raise _invalid(source, message, *_place(before, len(before))) from error


class _TooMuchError(Exception):
    def __init__(self, message: str, mark: Mark) -> None:
        super().__init__(message)
        self.mark = mark


class _Builder:
    """Makes values of nodes; a node that is used by several aliases is made anew for each."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._values = 0
        self._characters = 0

    def build(self, node: Node, path: Path) -> Any:
        mark = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
        if node.value == "" and not getattr(node, "style", None):
            # Nothing stands there; the parser places nothing on the line below.
            mark = self._document.keys.get(path, mark)
        self._document.values[path] = mark
        self._values += 1
        if self._values > MOST_VALUES or self._characters > MOST_CHARACTERS:
            raise _TooMuchError("this has too many values once its aliases are written out", mark)
        if len(path) > DEEPEST:
            raise _TooMuchError("this is nested too deeply, or an alias is part of itself", mark)
        if isinstance(node, MappingNode) and node.tag == f"{TAG}map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag == f"{TAG}seq":
            return [self.build(one, (*path, place)) for place, one in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        return self._refuse(path, _tag_refused(node))

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            mark = Mark(key.start_mark.line + 1, key.start_mark.column + 1)
            if not isinstance(key, ScalarNode):
                self._problem(mark, _TEMPLATE_KEY)
                self._document.refused.add(path)
            elif key.tag == f"{TAG}merge":
                self._problem(mark, "merge keys (<<) are not supported; write the keys out")
            elif key.value in values:
                self._problem(mark, f"the key '{key.value}' is there twice")
            elif self._text(key.value, mark) is not None:
                inner = (*path, key.value)
                self._document.keys[inner] = mark
                values[key.value] = self.build(value, inner)
        return values

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        kind = (node.tag or "").removeprefix(TAG)
        text = self._text(node.value, self._document.values[path])
        if text is None:
            self._document.refused.add(path)
        if text is None or kind in {"str", "timestamp"}:
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return boolean(text)
        if kind in {"int", "float"}:
            return self._number(kind, text, path)
        return self._refuse(path, _tag_refused(node))

    def _number(self, kind: str, text: str, path: Path) -> Any:
        try:
            return number(kind, text)
        except ValueError:
            return self._refuse(path, f"{text[:40]} is not a number that can be used here; put text in quotes")

    def _text(self, text: str, mark: Mark) -> str | None:
        self._characters += len(text)
        if (bad := _BAD.search(text)) is None:
            return text
        self._problem(mark, _not_allowed(bad[0]))
        return None

    def _refuse(self, path: Path, message: str) -> None:
        self._document.report(path, message)
        self._document.refused.add(path)

    def _problem(self, mark: Mark, message: str) -> None:
        self._document.problems.append(Problem(self._document.origin, mark.line, mark.column, message))


def _tag_refused(node: Node) -> str:
    return f"the YAML tag {(node.tag or '').replace(TAG, '!!')} is not allowed"


def _not_allowed(character: str) -> str:
    return f"the character U+{ord(character):04X} is not allowed"


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _invalid(source: Source, message: str, line: int = 1, column: int = 1) -> InvalidRunbookError:
    return InvalidRunbookError(source.origin, [Problem(source.origin, line, column, message)])
