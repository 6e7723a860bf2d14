"""What the kernel log has to say about two sides that do not connect any more."""

from __future__ import annotations

import re

from checks.diagnosis.pairs import Pair
from checks.facts.disks import DiskState
from checks.facts.kernel import events
from checks.paths import KERNEL_LOG
from engine.diagnosis import Unknown
from engine.knowledge import Context

LINES = 3
ABOUT = re.compile(r"Split-Brain|uuid_compare|Unrelated data")


def word_of_the_kernel(context: Context, one: Pair) -> tuple[tuple[str, ...], Unknown | None]:
    """The last lines about this disk as evidence, and what is left open.

    The lines carry their own time: they may be about an earlier disconnection.
    """
    evidence: list[str] = []
    said = False
    for side in one.sides:
        if not side.seen:
            continue
        lines, why = _lines(context, side)
        said = said or bool(lines)
        evidence += [f"{side.node}: {text}" for text in lines[-LINES:] or [why]]
    question = f"whether the two sides of {one.name} have diverged (split brain)"
    why = "/proc/drbd alone does not tell, and the kernel log has no word of it"
    return tuple(evidence), None if said else Unknown(question, why)


def _lines(context: Context, side: DiskState) -> tuple[list[str], str]:
    found = events(context, side.node, side.minor)
    if found is None:
        return [], f"{KERNEL_LOG}: cannot be read, nor the journal"
    source, some = found
    return [f"{source}: {event.line}" for event in some if ABOUT.search(event.text)], (
        f"{source}: no word of a split brain of this disk"
    )
