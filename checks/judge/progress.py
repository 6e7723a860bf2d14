"""Checks of whether a job has to be ended at all: whether anything of it is left, and whether it still moves."""

from __future__ import annotations

from checks.facts import daemons, queue
from checks.facts.commands import DATE
from checks.facts.masters import master
from checks.judge.jobs import is_over
from checks.judge.known import unknown_if_unreadable, verdict
from checks.parse.numbers import parse_seconds
from checks.paths import JOB_FILE_PREFIX
from engine.knowledge import Context, Verdict
from engine.shortened import listed

MOVING = 60
"""Seconds: a job that said something new within this time may well be at work."""


@unknown_if_unreadable
def is_not_over(context: Context, *, job: int) -> Verdict:
    """Something of the job is left: it is unfinished in the queue, or has a process, holds locks, or has left traces.

    Traces are what ending it leaves behind when that is interrupted: its file on master candidates alone, or the
    master's daemons stopped.
    """
    over = is_over(context, job=job)
    if over.holds is None:
        return over
    traces = _traces(context, job) if over.holds else ()
    if traces:
        return Verdict(
            holds=True,
            summary=f"Job {job} is over, but not everything is as it should be: {'; '.join(traces)}.",
            evidence=over.evidence,
        )
    return verdict(
        holds=not over.holds,
        true=over.summary,
        false=f"{over.summary} The queue does not know it, or has it as finished.",
        evidence=over.evidence,
        hint="Look for the job that really hangs: gnt-job list --running. Nothing of this one holds anything up.",
    )


def _traces(context: Context, job: int) -> tuple[str, ...]:
    where = master(context).name
    filed = tuple(queue.copies(context, job))
    found = []
    if filed and where not in filed:
        found.append(f"its file is left on {listed(filed)}, not on the master")
    seen = daemons.on(context, node=where)
    if not (seen.luxid and seen.wconfd):
        found.append(f"the master's daemons do not run on {where}")
    return tuple(found)


@unknown_if_unreadable
def is_quiet(context: Context, *, job: int) -> Verdict:
    """The job has logged nothing new within the last minute; saying the same thing again is nothing new."""
    where = master(context)
    filed = queue.file_on(context, where, job)
    entries = filed.log if filed is not None else ()
    source = f"{where}: {JOB_FILE_PREFIX}{job}"
    if not entries:
        return Verdict(holds=True, summary=f"Job {job} has logged nothing.", evidence=(f"{source}: no log entry",))
    now = parse_seconds(context.reader.read(where, DATE).stdout, f"date +%s on {where}")
    when, said = entries[-1]
    repeats = len(entries) > 1 and entries[-2][1] == said
    return verdict(
        holds=repeats or now - when > MOVING,
        true=f"Job {job} only says the same thing again: {said}"
        if repeats
        else f"Job {job} has said nothing new for {int(now - when)} s; the last was: {said}",
        false=f"Job {job} logged something new {max(0, int(now - when))} s ago: {said}",
        evidence=(f"{source}: last log entry: {said}",),
        hint="Watch it for a while: gnt-job watch. If it does not get anywhere, force this by its code.",
    )
