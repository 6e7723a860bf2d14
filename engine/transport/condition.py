"""What a host says of its own condition: the time, how its file systems are mounted, and how much room there is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.transport.reads import Read, read
from engine.transport.supervisor import STATE

LIMIT = 10.0
"""Seconds after which a program that answers at once on a host that is well counts as one that hangs."""

VARIABLE = "/var"
WRITTEN = ("/", STATE)
"""Paths that have to take something."""

CLOCK = read("date", "+%s", timeout=LIMIT)
MOUNTS = read("cat", "/proc/mounts", timeout=LIMIT)
ROOM = read("stat", "-f", "-c", "%a %S %c %d", VARIABLE, timeout=LIMIT)
"""Free blocks and their size in bytes, inodes and free inodes; where they have no number, 0 of 0."""
READS: tuple[Read, ...] = (CLOCK, MOUNTS, ROOM)

_UNWRITABLE = frozenset({"ro", "emergency_ro", "shutdown"})
"""Options of a file system that takes nothing: mounted so, or put so by the kernel after an error."""
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system where it is mounted; `options` as the kernel tells them."""

    device: str
    point: str
    options: str

    @property
    def unwritable(self) -> bool:
        return not _UNWRITABLE.isdisjoint(self.options.split(","))


@dataclass(frozen=True, slots=True)
class Room:
    """What is free: bytes, and inodes; None where the file system has no number of them."""

    size: int
    inodes: int | None


def clock(text: str) -> datetime | None:
    """The time a host says it is; None where it says something else."""
    try:
        return datetime.fromtimestamp(int(text.strip()), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def room_in(text: str) -> Room | None:
    """What is free, as ROOM tells it; None where it tells something else."""
    words = text.split()
    if len(words) != 4 or not all(word.isascii() and word.isdecimal() for word in words):  # noqa: PLR2004 - see ROOM
        return None
    blocks, size, inodes, free = map(int, words)
    return Room(blocks * size, free if inodes else None)


def mount_of(path: str, text: str) -> Mount | None:
    """The file system a path is on, by /proc/mounts; of several at one place the last one counts. None if not told."""
    best: Mount | None = None
    for line in text.splitlines():
        words = [_ESCAPED.sub(lambda match: chr(int(match[1], 8)), word) for word in line.split()]
        if len(words) < 4 or not _holds(words[1], path):  # noqa: PLR2004 - device, place, type, options (fstab(5))
            continue
        if best is None or len(words[1]) >= len(best.point):
            best = Mount(words[0], words[1], words[3])
    return best


def _holds(point: str, path: str) -> bool:
    return path == point or path.startswith(f"{point.rstrip('/')}/")
