"""How much a step can cost, from nothing to data."""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """The effect of a step decides how it is asked for."""

    SAFE = "safe"
    """Changes nothing that anyone would miss: runs without asking."""
    REVERSIBLE = "reversible"
    """Interrupts nothing and destroys nothing; how it is taken back its undo says: y or N."""
    DISRUPTIVE = "disruptive"
    """Something that runs now will be interrupted: the whole word yes."""
    DESTRUCTIVE = "destructive"
    """Something cannot be had back if this was wrong: its name has to be typed."""

    @property
    def level(self) -> int:
        return list(Effect).index(self)
