"""Checks of whether a job has to be ended at all: whether anything of it is left, and whether it still moves."""

from __future__ import annotations

from checks.cluster.facts import daemons
from checks.cluster.facts.masters import master
from checks.jobs.checks.jobs import is_over
from checks.jobs.facts import queue
from checks.jobs.facts.quiet import quiet
from checks.jobs.facts.scripts import scripts
from checks.look.known import unknown_if_unreadable, verdict
from checks.paths import JOB_FILE_PREFIX
from engine.english import duration, listed
from engine.knowledge import Context, Verdict, check

MOVING = 60
"""Seconds: a job that said something new within this time may well be at work."""
YOUNG = 30
"""Seconds: so may one that has begun within this time and has said nothing yet."""


@check("jobs.is_not_over")
@unknown_if_unreadable
def is_not_over(context: Context, *, job: int) -> Verdict:
    """Something of the job is left: it is unfinished in the queue, or has a process, holds locks, or has left traces.

    Traces are what ending it leaves behind when that is interrupted: its file on master candidates alone, a script that
    it had started, or the master's daemons stopped.
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
    if left := scripts(context, job=job):
        found.append(f"it has left {left[0].told}")
    seen = daemons.on(context, node=where)
    if not (seen.luxid and seen.wconfd):
        found.append(f"the master's daemons do not run on {where}")
    return tuple(found)


@check("jobs.is_quiet")
@unknown_if_unreadable
def is_quiet(context: Context, *, job: int) -> Verdict:
    """The job has logged nothing new within the last minute; saying the same thing again is nothing new.

    One that has logged nothing yet counts from when it began, which has to be half a minute ago. It holds of one of
    which nobody knows when that was: it has neither a process nor a file with a time, so nothing of it is at work.
    """
    where, found = master(context), quiet(context, job)
    stopped = [f"{one.node}: process {one.process.pid}, state {one.process.state}: stopped"
               for one in queue.running(context) if one.process.job == job and one.process.stopped]  # fmt: skip
    source = f"{where}: {JOB_FILE_PREFIX}{job}"
    if found.seconds is None:
        return Verdict(
            holds=True,
            summary=f"Nothing of job {job} is at work: it has no process, and no file says when it began.",
            evidence=(f"{source}: no log entry and no time",),
        )
    since = duration(found.seconds)
    return verdict(
        holds=found.seconds > (MOVING if found.said else YOUNG),
        true=_quiet_for(job, found.said, since, repeats=found.repeats),
        false=f"Job {job} logged something new {since} ago: {found.said}"
        if found.said
        else f"Job {job} began {since} ago and has logged nothing yet: it may well be at work.",
        evidence=(f"{source}: last log entry: {found.said or 'none'}", *stopped),
        hint="Watch it for a while: gnt-job watch. If it does not get anywhere, force this by its code.",
    )


def _quiet_for(job: int, said: str, since: str, *, repeats: bool) -> str:
    if not said:
        return f"Job {job} has logged nothing since it began, {since} ago."
    if repeats:
        return f"Job {job} has said only the same thing again for {since}: {said}"
    return f"Job {job} has said nothing new for {since}; the last was: {said}"
