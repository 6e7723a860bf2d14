"""How two sides of a disk stand to each other, by DRBD's own rules on their generation identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checks.drbd.parse.generations import Generations, masked

Relation = Literal["equal", "first newer", "second newer", "diverged", "unrelated", "unknown"]

SWAPPED: dict[Relation, Relation] = {"first newer": "second newer", "second newer": "first newer"}
NEW_BITMAP = 0x0001000000000000
"""What a side adds to an identifier when it begins a resync (drbd_int.h, UUID_NEW_BM_OFFSET)."""
DIVERGED, UNRELATED = 100, -1000


@dataclass(frozen=True, slots=True)
class Compared:
    """What a handshake of two sides would find.

    Attributes:
        full: the whole disk would be copied, not only what changed.
        rule: the number of DRBD's rule, as its own log names it.
    """

    relation: Relation
    full: bool = False
    rule: int = 0


UNKNOWN = Compared("unknown")


def compare(first: Generations, second: Generations, primary: tuple[bool, bool] = (False, False)) -> Compared:
    """The relation of two sides that are not connected (drbd_receiver.c, drbd_uuid_compare, of DRBD 8.4).

    Where both were Primary when they stopped without a word, DRBD lets chance decide; here that is unknown. `primary`
    says which of them are Primary now.
    """
    return (
        _just_created(first, second)
        or _same(first, second, primary)
        or _descends(first, second)
        or _apart(first, second)
    )


def of_verdict(value: int, rule: int) -> Compared:
    """The relation by a verdict in the kernel log, `self` being the first side."""
    if value == UNRELATED:
        return Compared("unrelated", rule=rule)
    if abs(value) == DIVERGED:
        return Compared("diverged", rule=rule)
    if value < UNRELATED:
        return UNKNOWN
    if value == 0:
        return Compared("equal", rule=rule)
    return Compared("first newer" if value > 0 else "second newer", full=abs(value) > 1, rule=rule)


def swapped(relation: Relation) -> Relation:
    """The same relation with the sides named the other way round."""
    return SWAPPED.get(relation, relation)


def _just_created(first: Generations, second: Generations) -> Compared | None:
    if first.just_created and second.just_created:
        return Compared("equal", rule=10)
    if first.just_created:
        return Compared("second newer", full=True, rule=20)
    return Compared("first newer", full=True, rule=30) if second.just_created else None


def _same(first: Generations, second: Generations, primary: tuple[bool, bool]) -> Compared | None:
    if masked(first.current) != masked(second.current):
        return None
    if bool(first.bitmap) != bool(second.bitmap):
        # A resync had ended on one side before the other one heard of it.
        return Compared("first newer" if first.bitmap else "second newer", rule=36 if first.bitmap else 37)
    crashed = (first.crashed, second.crashed)
    if not any(crashed):
        return Compared("equal", rule=40)
    if any(primary):
        return Compared("diverged", rule=41) if all(primary) else _newer(primary, 41)
    return Compared("unknown", rule=40) if all(crashed) else _newer(crashed, 40)


def _newer(which: tuple[bool, bool], rule: int) -> Compared:
    return Compared("first newer" if which[0] else "second newer", rule=rule)


def _descends(first: Generations, second: Generations) -> Compared | None:
    """One side's data are what the other one's were before."""
    if _based_on(second, first):
        return Compared("second newer", rule=50)
    if _past(second, first):
        return Compared("second newer", full=True, rule=60)
    if _based_on(first, second):
        return Compared("first newer", rule=70)
    return Compared("first newer", full=True, rule=80) if _past(first, second) else None


def _based_on(newer: Generations, older: Generations) -> bool:
    """The newer side has noted all that changed since the older side's data."""
    current = masked(older.current)
    lost_packet = masked(newer.history[0]) == current and current + NEW_BITMAP == masked(newer.bitmap)
    return masked(newer.bitmap) == current or lost_packet


def _past(newer: Generations, older: Generations) -> bool:
    return masked(older.current) in {masked(one) for one in newer.history}


def _apart(first: Generations, second: Generations) -> Compared:
    if masked(first.bitmap) == masked(second.bitmap) != 0:
        return Compared("diverged", rule=90)
    if {masked(one) for one in first.history} & {masked(one) for one in second.history}:
        return Compared("diverged", rule=100)
    return Compared("unrelated", rule=100)
