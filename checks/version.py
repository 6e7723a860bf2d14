"""Versions of Ganeti that compare as versions do: 2.9 is older than 2.13."""

from __future__ import annotations

import re
from itertools import zip_longest

_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,9})*)(.*)", re.ASCII | re.DOTALL)


class Version(str):
    """A version such as 3.0.2, compared number by number, also with text: `cluster.version >= '2.13'`.

    2.13 and 2.13.0 are the same; 3.0.0~rc1 is older than 3.0.0. It is text, and is recorded as such.
    """

    __slots__ = ()

    def _compare(self, other: str) -> int:
        mine, theirs = _key(self), _key(other)
        for one, two in zip_longest(mine[0], theirs[0], fillvalue=0):
            if one != two:
                return 1 if one > two else -1
        return (mine[1:] > theirs[1:]) - (mine[1:] < theirs[1:])

    def __eq__(self, other: object) -> bool:
        return self._compare(other) == 0 if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return self._compare(other) != 0 if isinstance(other, str) else NotImplemented

    def __lt__(self, other: str) -> bool:
        return self._compare(other) < 0

    def __le__(self, other: str) -> bool:
        return self._compare(other) <= 0

    def __gt__(self, other: str) -> bool:
        return self._compare(other) > 0

    def __ge__(self, other: str) -> bool:
        return self._compare(other) >= 0

    def __hash__(self) -> int:
        numbers, final, suffix = _key(self)
        while numbers and numbers[-1] == 0:
            numbers = numbers[:-1]
        return hash((numbers, final, suffix))


def _key(text: str) -> tuple[tuple[int, ...], bool, str]:
    """Its numbers, whether it is final, and what stands behind the numbers."""
    match = _FORM.fullmatch(text)
    if match is None:
        # No version at all is older than every version.
        return ((), False, str.__str__(text))
    suffix = match[2].strip()
    return (tuple(int(part) for part in match[1].split(".")), not suffix, suffix)
