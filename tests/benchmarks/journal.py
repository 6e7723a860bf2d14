"""How fast a journal is verified.

The journal is like that of a run: intents, their outcomes with some output, and what lies between. The figure is that
of `audit verify` without the start of Python; the file has just been written and is read from the page cache.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from engine.journal.anchor import Anchor
from engine.journal.events import Answered, Checked, Event, Intent, Outcome, RunEnded, RunStarted, StepEnded
from engine.journal.line import FIRST, Tip, digest, encode
from engine.journal.verify import verify
from tests.benchmarks.measuring import Measured
from tests.benchmarks.table import Row

RUN = "20260101-000000-benchmark-0000"
HOST = "node1.example.org"
EVENTS = 100_000
BETWEEN: tuple[Event, ...] = (
    Answered("kill", "Kill the job: this interrupts something.", "go", "yes", "0" * 64),
    Intent("kill#1", "kill", HOST, "disruptive", {"argv": ["gnt-job", "cancel", "--kill", "41"]}, "0" * 64),
    Outcome("kill#1", "done", 0, 1.234567, "SIGKILL send to the process\n" * 4),
    Checked("kill", True, "Job 41 is over", (f"{HOST}: no process of it", f"{HOST}: no lock of it")),  # noqa: FBT003
    StepEnded("kill", "done", "Job 41 is over"),
)


def write(path: Path, events: int) -> Tip:
    """Write a journal of so many lines; its tip."""
    previous, time_of_line = FIRST, "2026-01-01T00:00:00.000+00:00"
    first = RunStarted(RUN, "benchmark", "0" * 64, "0", "real", "cluster", {}, {"account": "root"})
    last = RunEnded(0, "done", f"{events} lines were written")
    with path.open("wb") as file:
        for number, event in enumerate((first, *islice(cycle(BETWEEN), max(events - 2, 0)), last), start=1):
            line = encode(number, time_of_line, previous, event)
            previous = digest(line)
            file.write(line + b"\n")
    return Tip(number, previous)


def verifying(folder: Path, times: int, events: int = EVENTS) -> Iterator[Row]:
    """Processor time of one core."""
    path = folder / f"{RUN}.jsonl"
    tip = write(path, events)
    seconds = []
    for _ in range(times):
        begun = time.process_time()
        found = verify(path, [Anchor(RUN, tip, "benchmark")])
        seconds.append(time.process_time() - begun)
        if (found.state, found.lines) != ("intact", events):
            raise AssertionError(found.words)
    yield Row(f"`audit verify` of a journal of {events:,} lines: processor time", Measured.of(seconds))
