"""What is wrong with a runbook, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import NOTHING_CHANGED, RunbookError
from engine.exits import Exit


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class InvalidRunbookError(RunbookError):
    """A runbook has problems; all that can be found at once are told at once.

    Attributes:
        origin: which runbook, as problems name it.
        problems: in the order they stand in the file; never empty.
    """

    code = "runbook-invalid"
    exit = Exit.USAGE

    def __init__(self, origin: str, problems: Iterable[Problem]) -> None:
        self.origin = origin
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        super().__init__(
            f"{origin} is not a valid runbook: {count} {'problem' if count == 1 else 'problems'}.",
            why="\n".join(str(problem) for problem in self.problems),
            changed=NOTHING_CHANGED,
            hint="Correct the file; `gnt-runbook lint` checks it without running anything.",
        )
