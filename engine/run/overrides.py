"""What the operator overrides: preconditions, and what a host is not fit for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the operator overrides, and why.

    Attributes:
        codes: codes of preconditions, and of `OF_HOSTS`.
        reason: recorded with each of them.
    """

    codes: frozenset[str] = frozenset()
    reason: str = ""
