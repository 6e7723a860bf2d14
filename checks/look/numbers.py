"""Numbers that nodes say: seconds since 1970, and amounts as people say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from checks.look.output import ParseError

KIB = 1024


UNITS = ("KiB", "MiB", "GiB", "TiB")


def in_words(kib: int) -> str:
    """An amount in KiB with the unit that suits it."""
    amount, unit = float(kib), 0
    while amount >= KIB and unit < len(UNITS) - 1:
        amount, unit = amount / KIB, unit + 1
    return f"{kib} KiB" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"


def parse_seconds(text: str, source: str) -> int:
    """A whole number of seconds since 1970 on a line of its own.

    Raises:
        ParseError: it is something else.
    """
    stripped = text.strip()
    if not re.fullmatch(r"[0-9]{1,12}", stripped, re.ASCII):
        raise ParseError(source, "not a number of seconds", line=stripped.split("\n")[0])
    return int(stripped)


def utc_text(seconds: float) -> str:
    """A moment in UTC to the second; the number itself if no calendar reaches that far."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s since 1970"
