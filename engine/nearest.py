"""The nearest right name, for whoever mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 12
"""A longer list of names helps nobody; then only the nearest one is told."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, or None when none looks like it."""
    folded = {one.lower(): one for one in sorted(known, reverse=True)}
    matches = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest right one, or all there are."""
    names = sorted(set(known))
    if (best := nearest(name, names)) is not None:
        return f", did you mean '{best}'?"
    if names and len(names) <= MOST_LISTED:
        return f"; known: {', '.join(names)}"
    return ""
