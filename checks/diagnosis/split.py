"""What the kernel log has to say about two sides that do not connect any more."""

from __future__ import annotations

import re

from checks.diagnosis.pairs import Pair
from checks.facts.commands import SPLIT_BRAINS
from checks.facts.disks import DiskState
from checks.facts.look import answer, host
from checks.paths import KERNEL_LOG
from engine.diagnosis import Unknown
from engine.knowledge import Context

LINES = 3
NO_LINE = 1


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
        evidence += [f"{side.node}: {KERNEL_LOG}: {text}" for text in lines[-LINES:] or [why]]
    question = f"whether the two sides of {one.name} have diverged (split brain)"
    why = "/proc/drbd alone does not tell, and the kernel log has no word of it"
    return tuple(evidence), None if said else Unknown(question, why)


def _lines(context: Context, side: DiskState) -> tuple[list[str], str]:
    result = answer(context, host(context, side.node), SPLIT_BRAINS)
    if result is None or result.exit_code > NO_LINE:
        return [], "cannot be read; the journal may have it: journalctl -k"
    device = re.compile(rf"\bdrbd{side.minor}\b")
    return [text for text in result.lines if device.search(text)], "no word of a split brain of this disk"
