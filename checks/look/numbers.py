"""Seconds since 1970, in files and from `date +%s`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from checks.look.errors import ParseError


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
