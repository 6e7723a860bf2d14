"""What Python calls its objects, found where a person reads: there it has no business."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_OBJECT = re.compile(
    r"""
    \b[A-Z]\w*\(\w+=                                                # Lamp(on=…
    | \b(?:frozenset|set|dict|tuple|list|mappingproxy|timedelta|(?:Posix)?Path|Decimal|IPv[46]\w+|OrderedDict)\(
    | \bdatetime\.\w+\(
    | <[\w.]+\ object\ at | <[A-Z]\w*\.\w+:\                        # <Word.YES: 'yes'>
    | (?<!\w)[\[({](?:'[^']*'|"[^"]*")(?:,\ |:\ |[\])}])                   # ['a', …  {'a': …  ('a', …
    | \[[A-Z]\w*\( | (?<!\w)\(\)(?!\w) | \{\} | \[\]
    | (?:[=:(\[,>]\ ?|'\ )(?:None|True|False)\b
    """,
    re.VERBOSE,
)


def python_in(text: str) -> list[str]:
    """Each piece of it, with what is around it."""
    return [text[max(match.start() - 60, 0) : match.end() + 40] for match in _OBJECT.finditer(text)]


def words_in(data: Any) -> Iterator[str]:
    """All texts in data as JSON has it."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from words_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from words_in(value)
