"""Since when a job has said nothing new. One that never said anything has been quiet since it began, not for ever."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.masters import master
from checks.jobs.facts import queue
from checks.jobs.parse.job import JobFile
from checks.look.commands import DATE
from checks.look.numbers import parse_seconds
from engine.knowledge import Context, remembered

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long a job has said nothing new; saying the same thing again is nothing new.

    Attributes:
        seconds: since its last new line, or since it began where it has said nothing; None where neither its file nor a
            process says when that was.
        said: its last line; empty if there is none.
        repeats: it has said the same thing several times.
    """

    seconds: float | None
    said: str
    repeats: bool


@remembered
def quiet(context: Context, job: int) -> Quiet:
    """How long a job has said nothing new.

    Raises:
        HostError, FactError: the master does not answer, or the job's file cannot be read.
    """
    where = master(context)
    filed = queue.file_on(context, where, job)
    now = context.remember(parse_seconds, context.reader.read(where, DATE).stdout, f"date +%s on {where}")
    entries = filed.log if filed is not None else ()
    if filed is None or not entries:
        return Quiet(_age(context, job, filed, now), "", repeats=False)
    begun = next((at for at in reversed(range(1, len(entries))) if entries[at - 1][1] != entries[at][1]), 0)
    return Quiet(max(0.0, now - entries[begun][0]), entries[-1][1], repeats=begun < len(entries) - 1)


def _age(context: Context, job: int, filed: JobFile | None, now: float) -> float | None:
    begun = (filed.start_timestamp or filed.received_timestamp) if filed is not None else None
    if begun is not None:
        return max(0.0, now - (begun[0] + begun[1] / MICROSECONDS))
    running = [one.process.seconds for one in queue.running(context) if one.process.job == job]
    return float(max(running)) if running else None
