"""What stands in each 4 KiB block of a volume, or of DRBD's bitmap of one, kept as stretches of equal blocks."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK = 4096
"""Bytes: DRBD notes changes in this grain (drbd_int.h, BM_BLOCK_SIZE)."""
KIB = BLOCK // 1024


class Blocks:
    """A value for every block of a volume of this many blocks: the number of the write that put it there."""

    def __init__(self, length: int, value: int = 0) -> None:
        self.length = length
        self._runs: list[tuple[int, int, int]] = [(0, length, value)] if length else []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blocks) and self._runs == other._runs

    __hash__ = None  # type: ignore[assignment]

    def copy(self) -> Blocks:
        new = Blocks(self.length)
        new._runs = list(self._runs)
        return new

    def at(self, block: int) -> int:
        return next(value for start, end, value in self._runs if start <= block < end)

    def set(self, start: int, end: int, value: int) -> None:
        """Give the blocks from `start` to before `end` a value; what lies behind the last block is left out."""
        start, end = max(0, start), min(end, self.length)
        if start < end:
            before = [(low, min(high, start), old) for low, high, old in self._runs if low < start]
            after = [(max(low, end), high, old) for low, high, old in self._runs if high > end]
            self._runs = _joined([*before, (start, end, value), *after])

    def take(self, other: Blocks, start: int, end: int) -> None:
        """Copy a stretch from another volume."""
        for low, high, value in other.runs(start, end):
            self.set(low, high, value)

    def runs(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
        """Stretches of one value within these bounds: first block, the one after the last, value."""
        stop = self.length if end is None else end
        for low, high, value in list(self._runs):
            if low < stop and high > start:
                yield max(low, start), min(high, stop), value

    def count(self) -> int:
        """How many blocks have a value other than 0."""
        return sum(high - low for low, high, value in self._runs if value)

    def highest(self) -> int:
        """The greatest value anywhere: of the data of a volume, the last write it has seen."""
        return max((value for _, _, value in self._runs), default=0)


def _joined(runs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    done: list[tuple[int, int, int]] = []
    for low, high, value in runs:
        if done and done[-1][1] == low and done[-1][2] == value:
            done[-1] = (done[-1][0], high, value)
        else:
            done.append((low, high, value))
    return done
