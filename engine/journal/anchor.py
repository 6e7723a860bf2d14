"""Anchors: the hash of a journal's last line, kept where whoever can write the journal cannot write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from engine.journal.line import Tip

TAG = "gnt-runbook"
"""What anchors are called in a syslog."""

LONGEST = 4096
"""Bytes of a line of a syslog; a longer one is none of ours."""

# The tag has to stand where a syslog puts it: behind a date and a host, none of which ends with a colon. A program that
# logs what strangers send it cannot be made to write an anchor.
_ANCHOR = re.compile(
    rb"(?:(?:\S+(?<!:)[ \t]+){0,7}gnt-runbook(?:\[[0-9]{1,10}\])?:[ \t]+)?"
    rb"run=([0-9A-Za-z._-]{1,200}) line=([1-9][0-9]{0,11}) tip=([0-9a-f]{64})\s*"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Somebody's word that a line of a run's journal has this hash.

    Attributes:
        source: where it was found: a file and its line.
    """

    run: str
    tip: Tip
    source: str = ""

    @property
    def text(self) -> str:
        """As it is sent to a syslog."""
        return f"run={self.run} line={self.tip.line} tip={self.tip.hash}"


def command(anchor: Anchor) -> tuple[str, ...]:
    """The command that leaves it in the syslog of a host."""
    return ("logger", "-t", TAG, "-p", "auth.notice", "--", anchor.text)


def read_anchors(stream: BinaryIO, name: str) -> Iterator[Anchor]:
    """The anchors among the lines of a syslog; whatever else is in it is passed over.

    Raises:
        OSError: it cannot be read.
    """
    number, inside = 0, False
    while line := stream.readline(LONGEST):
        begins, inside = not inside, not line.endswith(b"\n")
        number += begins
        # A part of a longer line is no line, however it looks.
        found = _ANCHOR.fullmatch(line) if begins and (not inside or len(line) < LONGEST) else None
        if found is not None:
            run, at, tip = (one.decode("ascii") for one in found.groups())
            yield Anchor(run, Tip(int(at), tip), f"{name}, line {number}")
