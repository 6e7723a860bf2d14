"""The generation identifiers of one side of a DRBD disk, as `drbdsetup get-gi` prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.look.output import ParseError

IDENTIFIER = r"[0-9A-Fa-f]{16}"
FORM = re.compile(rf"({IDENTIFIER}):({IDENTIFIER}):({IDENTIFIER}):({IDENTIFIER}):((?:[01]:){{5,7}}[01])", re.ASCII)
SOURCE = "drbdsetup get-gi"
PRIMARY_BIT = 1
JUST_CREATED = 4
"""What stands for the current generation of metadata that was just made (drbd.h, UUID_JUST_CREATED)."""
CRASHED = 6


@dataclass(frozen=True, slots=True)
class Generations:
    """Which states of the data a side has seen, the newest first.

    The lowest bit of an identifier only says whether the side was Primary; it is masked wherever two are compared.

    Attributes:
        current: of the data as it is now.
        bitmap: of the data the peer had when this side began to note what changes; 0 while it notes nothing.
        history: the two before.
        crashed: this side was Primary when it stopped without a word.
    """

    current: int
    bitmap: int
    history: tuple[int, int]
    crashed: bool = False

    def __str__(self) -> str:
        return ":".join(f"{one:016X}" for one in (self.current, self.bitmap, *self.history))

    @property
    def just_created(self) -> bool:
        """The metadata hold no data yet."""
        return masked(self.current) in {0, JUST_CREATED}


def masked(identifier: int) -> int:
    """An identifier without the bit that says whether the side was Primary."""
    return identifier & ~PRIMARY_BIT


def parse_generations(text: str) -> Generations:
    """Read the one line of `drbdsetup get-gi MINOR` (drbd-utils, dt_print_uuids).

    Raises:
        ParseError: it is something else.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    match = FORM.fullmatch(lines[0].strip()) if len(lines) == 1 else None
    if match is None:
        raise ParseError(SOURCE, "not one line of generation identifiers and flags", line=lines[0] if lines else "")
    current, bitmap, first, second = (int(one, 16) for one in match.groups()[:4])
    flags = match[5].split(":")
    return Generations(current, bitmap, (first, second), crashed=len(flags) > CRASHED and flags[CRASHED] == "1")
