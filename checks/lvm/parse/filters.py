"""The patterns of LVM's device filters: the first one that matches a path decides (lvm.conf(5), devices/filter)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from checks.look.output import ParseError
from engine.patterns import problem

LONGEST_PATH = 255
_PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: `a|^/dev/sd|` accepts, `r|.*|` rejects."""

    accepts: bool
    expression: re.Pattern[str]


def parse_pattern(text: str) -> Pattern:
    """Read one pattern: a letter, a delimiter, a regular expression, the delimiter again.

    Raises:
        ParseError: it is none, so that LVM itself would refuse it (lib/filters/filter-regex.c).
    """
    if len(text) < 3 or text[0] not in "ar":  # noqa: PLR2004 - the letter and two delimiters
        raise ParseError("a filter of LVM", "not a pattern such as r|^/dev/drbd|", line=text)
    end = _PAIRS.get(text[1], text[1])
    closing = text.find(end, 2)
    if closing < 0:
        raise ParseError("a filter of LVM", f"{end} is missing at its end", line=text)
    if why := problem(text[2:closing]):
        raise ParseError("a filter of LVM", why, line=text)
    try:
        with warnings.catch_warnings():
            # Of sets in sets, which `[[` may mean to Python some day; to LVM [ is a character (libdm/regex/parse_rx.c).
            warnings.simplefilter("ignore", FutureWarning)
            return Pattern(text[0] == "a", re.compile(text[2:closing]))
    except re.error as error:
        raise ParseError("a filter of LVM", f"its expression cannot be read ({error})", line=text) from error


def accepted(patterns: Sequence[str], path: str) -> bool:
    """Whether a filter lets LVM look at this device; one that no pattern matches is let through.

    Raises:
        ParseError: a pattern before the one that decides cannot be read.
    """
    if len(path) > LONGEST_PATH:
        raise ParseError("a filter of LVM", "a path of a device that is too long to be compared", line=path)
    for text in patterns:
        pattern = parse_pattern(text)
        if pattern.expression.search(path):
            return pattern.accepts
    return True
