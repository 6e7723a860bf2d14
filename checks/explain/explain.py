"""The output of `gnt-instance info` in words, by the release of Ganeti that printed it."""

from __future__ import annotations

from collections.abc import Iterator

from checks.explain.instance_info import NotRead, ToldDisk, ToldInstance, ToldSide, parse_instance_info
from checks.explain.instance_words import meanings
from checks.version import Version
from engine.commands import to_type

SHOWN = 4
"""How many of the states that are printed in the same words are named."""
NOTHING = "nothing is told: its device is not active, its node is offline or did not answer, or -s was given."


def explain(text: str, release: str) -> tuple[str, ...]:
    """Line by line what each side of each mirrored disk can be in, by the words that were printed of it.

    Raises:
        FactError: it is no output of `gnt-instance info`; with the offending line.
    """
    version = Version(release)
    return tuple(line for one in parse_instance_info(text) for line in _instance(one, version))


def _instance(one: ToldInstance | NotRead, version: Version) -> Iterator[str]:
    if isinstance(one, NotRead):
        yield f"{one.name} was not understood: {one.error}"
        return
    actual = f", and is {one.actual}" if one.actual else ""
    yield f"{one.name} should be {one.configured}{actual}; primary node {one.primary}"
    mirrored = [disk for disk in one.disks if disk.first is not None]
    for disk in mirrored:
        yield from _disk(disk, version)
    if not mirrored:
        yield "  It has no mirrored disk."
    elif any(side is None or side.degraded for disk in mirrored for side in (disk.primary, disk.secondary)):
        yield f"  Which of these it is only /proc/drbd of both nodes tells: {to_type('diagnose')} looks at them."


def _disk(disk: ToldDisk, version: Version) -> Iterator[str]:
    for name, side, end in (("primary", disk.primary, disk.first), ("secondary", disk.secondary, disk.second)):
        where = f"  {disk.name} on {end[0] if end else 'its node'} ({name}):"
        if side is None:
            yield f"{where} {NOTHING}"
            continue
        yield where
        yield from (f"    {line}" for line in _side(side, version))


def _side(side: ToldSide, version: Version) -> Iterator[str]:
    for meaning in meanings(side, version):
        states = ", ".join(map(str, meaning.states[:SHOWN]))
        more = ", …" if len(meaning.states) > SHOWN else ""
        yield f"{meaning.text}" + (f" ({states}{more})" if states else "")
