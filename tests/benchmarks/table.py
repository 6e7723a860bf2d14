"""The table: what was measured, beside what, and whether that is as good as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.benchmarks.measuring import Measured

TIMES = "\N{MULTIPLICATION SIGN}"
COLUMNS = ("What", "gnt-runbook", "Beside", "Ratio", "Goal", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """How much it may be at most: itself, or as a multiple of what it is measured beside."""

    most: float
    of: Literal["value", "ratio"] = "ratio"
    unit: str = ""

    def __str__(self) -> str:
        return f"≤{self.most:g}{TIMES}" if self.of == "ratio" else f"≤{self.most:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        beside: what it is compared with, by its name.
        missing: why there is no figure; empty if there is one.
        failed: it should have been measured, and could not be.
    """

    what: str
    ours: Measured | None = None
    beside: tuple[str, Measured] | None = None
    goal: Goal | None = None
    missing: str = ""
    failed: bool = False

    @property
    def ratio(self) -> float | None:
        """Of the medians."""
        if self.ours is None or self.beside is None or not self.beside[1].median:
            return None
        return self.ours.median / self.beside[1].median

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none, or no figure."""
        if self.goal is None or self.ours is None:
            return None
        figure = self.ratio if self.goal.of == "ratio" else self.ours.median
        return None if figure is None else figure <= self.goal.most

    @property
    def cells(self) -> tuple[str, ...]:
        """As they stand in the table."""
        other, ratio = self.beside, self.ratio
        return (
            self.what,
            str(self.ours) if self.ours is not None else "not measured" if self.failed else "not measured here",
            f"{other[0]}: {other[1]}" if other is not None else "",
            f"{ratio:.2f}{TIMES}" if ratio is not None else "",
            str(self.goal or ""),
            {True: "reached", False: "missed", None: ""}[self.reached],
        )


def lines(rows: Sequence[Row]) -> Iterable[str]:
    """The table in Markdown, its columns below each other for whoever reads it on a screen; then what is missing."""
    cells = [COLUMNS, *(row.cells for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(COLUMNS))]
    head, *body = (_line(row, widths) for row in cells)
    yield from (head, _line(["-" * width for width in widths], widths), *body)
    missing = [row for row in rows if row.missing]
    if missing:
        yield ""
        yield from (f"- {row.what}: {row.missing}" for row in missing)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)) + " |"
