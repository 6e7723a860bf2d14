"""Times and counts, and how they are taken so that two programs can be compared: by turns, since the load of a machine
changes while it is measured."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PATIENCE = 300.0
"""Seconds after which a program that is measured counts as one that hangs."""


class NotMeasuredError(Exception):
    """Something that should be measured cannot be, and why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen of one thing, time after time: `s`, `MB`, or a bare number."""

    samples: tuple[float, ...]
    unit: str = "s"

    @classmethod
    def of(cls, samples: Sequence[float], unit: str = "s") -> Self:
        return cls(tuple(samples), unit)

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def __str__(self) -> str:
        least, most = min(self.samples), max(self.samples)
        unit = f" {self.unit}" if self.unit else ""
        span = f" ({_number(least)} to {_number(most)})" if len(self.samples) > 1 else ""
        return f"{_number(self.median)}{unit}{span}"


def _number(value: float) -> str:
    """Two or three figures that mean something."""
    if value == round(value) or value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.095 else f"{value:.3f}"


Contender = Callable[[], float]
"""Does its work once and says what it cost."""


def by_turns(contenders: Mapping[str, Contender], times: int, unit: str = "s") -> dict[str, Measured]:
    """Measure each so many times, one after the other and again from the first; before that each once, uncounted.

    The first time, files are read from the disk and compiled, and connections are opened.
    """
    for one in contenders.values():
        one()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(times):
        for name, one in contenders.items():
            taken[name].append(one())
    return {name: Measured.of(samples, unit) for name, samples in taken.items()}


def clocked(work: Callable[[], object]) -> float:
    """Seconds by the clock that it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def process(argv: Sequence[str | Path], env: Mapping[str, str], folder: Path) -> Contender:
    """A program from its start to its end, as a contender.

    Raises (when it is called):
        NotMeasuredError: it did not do its work.
    """
    return lambda: clocked(lambda: output(argv, env, folder))


def output(argv: Sequence[str | Path], env: Mapping[str, str], folder: Path) -> str:
    """What a program prints.

    Raises:
        NotMeasuredError: it is not there, failed, or hangs.
    """
    words = list(map(str, argv))
    try:
        done = subprocess.run(
            words,
            env=dict(env),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasuredError(f"{Path(words[0]).name}: {error}") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip()[-500:]
        raise NotMeasuredError(f"{' '.join(words[:3])} ended with exit code {done.returncode}: {last}")
    return done.stdout
