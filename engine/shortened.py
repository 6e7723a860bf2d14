"""Long lists as a person reads them: on a cluster of a hundred nodes nobody reads a hundred lines that say the same.

Only what is shown is made shorter. What is for machines, and what is recorded, has all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

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
