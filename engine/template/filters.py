"""Filters that write numbers and lists the way a person says them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sized
from typing import Any

from engine.shortened import shortened

_SPANS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def join_and(values: Iterable[object], conjunction: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; of many the first ones and how many others there are: see `shortened`."""
    words = shortened(values)
    if len(words) < 2:  # noqa: PLR2004 - one word needs no conjunction
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def duration(seconds: float) -> str:
    """Seconds as their two greatest units: `200` is `3 min 20 s`, `7320` is `2 h 2 min`."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if 0 < seconds < 1:
        return f"{seconds:.1f} s"
    rest = round(seconds)
    words = []
    for unit, length in _SPANS:
        count, rest = divmod(rest, length)
        words.append(f"{count} {unit}" if count else "")
    first = next((place for place, word in enumerate(words) if word), len(words) - 1)
    return " ".join(word for word in words[first : first + 2] if word) or "0 s"


def plural(count: int | Sized, singular: str, several: str = "") -> str:
    """`3 instances`, `1 instance`; also for the number of things in a list."""
    number = count if isinstance(count, int) else len(count)
    return f"{number} {singular if number == 1 else several or _several(singular)}"


def _several(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in {"a", "e", "i", "o", "u", ""}:
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"


def when(time: str) -> str:
    """A time as people read it, to the second."""
    return f"{time[:19].replace('T', ' ')} UTC" if time else ""


def clock(time: str) -> str:
    return time[11:19]


def pairs(data: Mapping[str, Any]) -> str:
    """Fields that have a value, in one line."""
    return ", ".join(
        f"{name} ({value_of(value)})" if isinstance(value, Mapping) else f"{name} {value_of(value)}"
        for name, value in data.items()
        if value not in ("", None, [], {})
    )


def value_of(value: object) -> str:
    """Any value of a journal, in one line."""
    if isinstance(value, Mapping):
        inner = {
            name: f"({value_of(one)})" if isinstance(one, Mapping) else value_of(one) for name, one in value.items()
        }
        return "; ".join(f"{name}: {one}" for name, one in inner.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
