"""How numbers, times and lists are said to a person; of long lists nobody reads all.

Only what is shown is made shorter. What is for machines, and what is recorded, has all of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

FEW = 12
"""So many are named each."""
FIRST = 8
"""Of more than these, so many are."""
ALIKE = 3
"""So many lines that say the same are one."""
WIDEST = 400
"""Characters of a line of evidence."""


def shortened(values: Iterable[object]) -> list[str]:
    """The words, or the first of them and how many others there are."""
    words = [str(value) for value in values]
    if len(words) <= FEW:
        return words
    return [*words[:FIRST], f"{len(words) - FIRST} others"]


def listed(values: Iterable[object]) -> str:
    """`a, b, c`; of many `a, b, … and 92 others`."""
    words = shortened(values)
    if len(words) > FIRST and words[-1].endswith(" others"):
        return f"{', '.join(words[:-1])} and {words[-1]}"
    return ", ".join(words)


def evidence(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines of evidence, each `where: what`; of many, those that say the same of many places are one.

    `node7: no sign of a master`, 98 times, is `98 others: no sign of a master`, or `all 98: …` where there is nothing
    else. Those that say something of their own come first.
    """
    if len(lines) <= FEW:
        return tuple(map(_narrow, lines))
    said = Counter(what for _where, what in map(_apart, lines))
    own = [line for line in lines if said[_apart(line)[1]] < ALIKE]
    alike = [what for what, count in said.items() if count >= ALIKE]
    kept = own if len(own) <= FEW else own[:FIRST]
    found = [_narrow(line) for line in kept]
    if len(own) > len(kept):
        found.append(f"… and {len(own) - len(kept)} lines like these")
    for what in alike if len(alike) <= FEW else alike[:FIRST]:
        who = "all" if len(alike) == 1 and not own else ""
        found.append(_narrow(f"{who} {said[what]}: {what}".lstrip() if who else f"{said[what]} others: {what}"))
    if len(alike) > FEW:
        rest = alike[FIRST:]
        found.append(f"… and {sum(said[what] for what in rest)} that say {len(rest)} other things")
    return tuple(found)


def _apart(line: str) -> tuple[str, str]:
    where, _, what = line.partition(": ")
    return (where, what) if what else ("", where)


def _narrow(line: str) -> str:
    return line if len(line) <= WIDEST else f"{line[:WIDEST]} … ({len(line) - WIDEST} characters more)"


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
