"""Amounts in KiB, as people say them."""

from __future__ import annotations

KIB = 1024


UNITS = ("KiB", "MiB", "GiB", "TiB")


def in_words(kib: int) -> str:
    """An amount in KiB with the unit that suits it."""
    amount, unit = float(kib), 0
    while amount >= KIB and unit < len(UNITS) - 1:
        amount, unit = amount / KIB, unit + 1
    return f"{kib} KiB" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"
