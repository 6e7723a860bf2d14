"""How long a regular expression may look for its match, as far as its form tells.

Python's `re` tries one way after another. Where a text can be read in two ways within a repetition, each round doubles
the ways (`(a+)+b`); where two repetitions stand beside each other and could share a character, there are as many ways
as the square of the characters (`.*x.*y`). Both are seen in the expression itself: after each character there should be
one way to go on (Brüggemann-Klein and Wood, One-Unambiguous Regular Languages, 1998).
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

_parser: Any = importlib.import_module("re._parser")

LONGEST: Final = 1000
"""Characters of an expression that somebody else wrote."""
MOST_SHARED: Final = 2
"""How many repetitions of such a one may share their characters with what follows them."""
MOST_CHOICES: Final = 10
"""After how many of its characters there may be two ways to go on: each doubles the ways."""
FEW: Final = 10
"""Rounds up to which a repetition is no long one: it is looked at as if each round were written out."""
MOST_PLACES: Final = 3000
"""Characters of an expression that is written out like that."""
_BEYOND: Final = ("\u0661", "\u2003", "\u4e00", "\u2026")
"""For all characters beyond Latin-1: a digit, a space, a letter, none of these."""
_ALPHABET: Final = (*map(chr, range(256)), *_BEYOND)

_Places = frozenset[int]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is in the way of finding a match soon.

    Attributes:
        doubling: a repetition can read the same text in two ways.
        shared: how many long repetitions can give up characters to what follows them.
        endless: how many of these have no bound.
        leading: it begins with a repetition that has no bound and that something has to follow: a search tries that
            from every character.
        choices: after how many of its characters, besides these, there are two ways to go on for one text.
        refers: it refers to what it has found before, so that nothing can be said.
    """

    doubling: bool
    shared: int
    endless: int
    leading: bool
    choices: int
    refers: bool


def problem(pattern: str) -> str:  # noqa: PLR0911 - a line a reason
    """Why an expression of somebody else is not looked for; empty where it is.

    It is looked for in short lines only, so that a few repetitions may share their characters.
    """
    if len(pattern) > LONGEST:
        return f"the expression is longer than {LONGEST} characters"
    try:
        with warnings.catch_warnings():
            # Of sets in sets, which `[[` may mean some day; today it is a character.
            warnings.simplefilter("ignore", FutureWarning)
            found = analysed(pattern)
            re.compile(pattern)
    except re.error as error:
        return f"this is no regular expression: {error}"
    except (RecursionError, OverflowError):
        return "the expression is nested too deeply, or repeats too often"
    if found.refers:
        return "the expression refers to what it has found before: that can take for ever"
    if found.doubling:
        return "a repetition in the expression can read the same text in two ways: that can take for ever"
    if found.shared > MOST_SHARED:
        return f"more than {MOST_SHARED} repetitions of the expression share characters with what follows them"
    if found.choices > MOST_CHOICES:
        return f"more than {MOST_CHOICES} parts of the expression can be read in two ways: that can take for ever"
    return ""


def analysed(pattern: str, flags: int = 0) -> Analysis:
    """What the form of an expression tells.

    Raises:
        re.error: it is none.
    """
    tree = _parser.parse(pattern, flags)
    walk = _Walk(tree.state.flags)
    return walk.judged(walk.sequence(tree))


@dataclass(frozen=True, slots=True)
class _Form:
    """By which places a part begins and ends; and whether it may be empty."""

    first: _Places = frozenset()
    last: _Places = frozenset()
    empty: bool = True


@dataclass(slots=True)
class _Loop:
    """A long repetition, and what it holds."""

    form: _Form
    inside: range
    endless: bool


class _Walk:
    """Each character that an expression reads is a place; which place can follow which is all that matters."""

    def __init__(self, flags: int) -> None:
        self._flags = flags
        self._sets: list[frozenset[str]] = []
        self._follow: list[set[int]] = []
        self._loops: list[_Loop] = []
        self._twice = self._choices = 0
        self._doubling = self._refers = False

    def sequence(self, items: Iterable[tuple[Any, Any]]) -> _Form:
        form = _Form()
        for op, value in items:
            form = self._then(form, self._one(str(op), value))
        return form

    def judged(self, whole: _Form) -> Analysis:
        """The same of all that was walked over, which is this."""
        shared = []
        for loop in self._loops:
            inside = set(loop.inside)
            self._doubling |= any(self._clash(self._follow[place] & inside) for place in inside)
            beyond = {one for place in loop.form.last for one in self._follow[place]} - inside
            if any(self._sets[one] & self._sets[other] for one in loop.form.first for other in beyond):
                shared.append(loop)
        choices = self._choices + self._clash(whole.first)
        for place, following in enumerate(self._follow):
            looped = {one for loop in self._loops if place in loop.inside for one in loop.inside}
            choices += self._clash(following - looped)
        leading = any(
            # One that may end anywhere finds something from wherever it is tried.
            loop.endless and loop.form.first & whole.first and not loop.form.last <= whole.last
            for loop in self._loops
        )
        return Analysis(
            self._doubling, len(shared), sum(loop.endless for loop in shared), leading, choices, self._refers
        )

    def _clash(self, places: Iterable[int]) -> bool:
        seen: frozenset[str] = frozenset()
        for place in places:
            if seen & self._sets[place]:
                return True
            seen |= self._sets[place]
        return False

    def _then(self, left: _Form, right: _Form) -> _Form:
        for place in left.last:
            self._follow[place] |= right.first
        return _Form(
            left.first | right.first if left.empty else left.first,
            left.last | right.last if right.empty else right.last,
            left.empty and right.empty,
        )

    def _one(self, op: str, value: Any) -> _Form:  # noqa: PLR0911 - a line a kind
        match op:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                place = len(self._sets)
                if place >= MOST_PLACES:
                    raise OverflowError
                self._sets.append(_characters([(op, value)] if op != "IN" else value, self._flags))
                self._follow.append(set())
                return _Form(frozenset({place}), frozenset({place}), empty=False)
            case "AT":
                return _Form()
            case "SUBPATTERN":
                return self.sequence(value[3])
            case "ATOMIC_GROUP":
                return self.sequence(value)
            case "BRANCH":
                return self._branches([self.sequence(branch) for branch in value[1]])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeat(*value)
            case "ASSERT" | "ASSERT_NOT":
                # It is tried anew wherever it stands, and gives nothing up to what follows it.
                inner = _Walk(self._flags)
                found = inner.judged(inner.sequence(value[1]))
                self._doubling |= found.doubling or found.shared > 0
                self._choices += found.choices
                self._refers |= found.refers
                return _Form()
            case _:
                self._refers = True
                return _Form()

    def _branches(self, forms: Sequence[_Form]) -> _Form:
        self._twice += sum(one.empty for one in forms) > 1
        return _Form(
            frozenset[int]().union(*(one.first for one in forms)),
            frozenset[int]().union(*(one.last for one in forms)),
            any(one.empty for one in forms),
        )

    def _repeat(self, least: int, most: int, items: Any) -> _Form:
        if most <= FEW:
            whole = _Form()
            for number in reversed(range(int(most))):
                whole = self._then(self.sequence(items), whole)
                if number >= least:
                    self._twice += whole.empty
                    whole = replace(whole, empty=True)
            return whole
        begin, twice = len(self._sets), self._twice
        form = self.sequence(items)
        for place in form.last:
            # Round after round of this, or of something in it: two ways for one text.
            self._doubling |= bool(self._follow[place] & form.first)
            self._follow[place] |= form.first
        if most > least:
            self._doubling |= form.empty or self._twice > twice
            self._loops.append(_Loop(form, range(begin, len(self._sets)), str(most) == "MAXREPEAT"))
        return _Form(form.first, form.last, form.empty or least == 0)


def _characters(items: Iterable[tuple[Any, Any]], flags: int) -> frozenset[str]:
    """What one place reads."""
    found: set[str] = set()
    negated = False
    for op, value in items:
        match str(op):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found |= _alike(chr(value), flags) if value < 256 else set(_BEYOND)  # noqa: PLR2004 - Latin-1
            case "NOT_LITERAL":
                found |= set(_ALPHABET) - _alike(chr(value), flags)
            case "RANGE":
                low, high = value
                found |= {one for at in range(low, min(high, 255) + 1) for one in _alike(chr(at), flags)}
                found |= set(_BEYOND) if high > 255 else set()  # noqa: PLR2004 - Latin-1
            case "CATEGORY":
                word = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[str(value).rpartition("_")[2]]
                word = word.upper() if "_NOT_" in str(value) else word
                found |= set(re.findall(rf"\{word}", "".join(_ALPHABET), flags & re.ASCII))
            case _:  # ANY
                found |= set(_ALPHABET) - (set() if flags & re.DOTALL else {"\n"})
    return frozenset(set(_ALPHABET) - found if negated else found)


def _alike(character: str, flags: int) -> set[str]:
    return {character.lower(), character.upper()} if flags & re.IGNORECASE else {character}
