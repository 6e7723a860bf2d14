"""The nearest right name, for whoever mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

ALIKE = 0.6
"""How much of two names has to be the same for one to be meant by the other."""

MOST_LISTED = 12
"""A longer list of names helps nobody; then only the nearest one is told."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, or None when none looks like it."""
    likeness, best = max(((_likeness(name.lower(), one.lower()), one) for one in sorted(known)), default=(0.0, ""))
    return best if likeness >= ALIKE else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest right one, or all there are."""
    names = sorted(set(known))
    if (best := nearest(name, names)) is not None:
        return f", did you mean '{best}'?"
    if names and len(names) <= MOST_LISTED:
        return f"; known: {', '.join(names)}"
    return ""


def _likeness(one: str, other: str) -> float:
    # Letters that changed places are the commonest slip, and the one that difflib thinks least of.
    return 0.95 if one != other and sorted(one) == sorted(other) else SequenceMatcher(None, one, other).ratio()
