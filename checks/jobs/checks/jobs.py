"""Checks of a job: its file, its process, its locks. Each alone has been seen to mislead."""

from __future__ import annotations

from checks.cluster.facts.masters import claims, master
from checks.jobs.facts import queue
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import content, host
from checks.paths import JOB_FILE_PREFIX, LOCKS_DATA
from checks.releases import JOB_KILL
from engine.knowledge import Context, Verdict, check


@check("jobs.is_over")
@unknown_if_unreadable
def is_over(context: Context, *, job: int) -> Verdict:
    """The job neither runs nor waits: by the queue, and because no process and no lock of it is left."""
    status, line = _filed(context, job)
    gone = process_is_gone(context, job=job)
    free = holds_no_lock(context, job=job)
    evidence = (line, *gone.evidence, *free.evidence)
    parts = (status != "unfinished", gone.holds, free.holds)
    holds = False if False in parts else None if None in parts else True
    left = [
        text
        for wrong, text in (
            (status == "unfinished", "the queue has it as unfinished"),
            (gone.holds is False, "its process is left"),
            (free.holds is False, "it holds locks"),
        )
        if wrong
    ]
    return verdict(
        holds=holds,
        true=f"Job {job} is over: no process and no lock of it is left.",
        false=f"Job {job} is not over: {', and '.join(left)}.",
        unknown=f"Whether job {job} is over is not known. {(free if free.holds is None else gone).summary}",
        evidence=evidence,
        hint="Locks are given back some seconds to a minute after the process has ended.",
    )


@check("jobs.process_is_gone")
@unknown_if_unreadable
def process_is_gone(context: Context, *, job: int) -> Verdict:
    """No process of the job is left on the master or on any other node that answers."""
    found = [one for one in queue.running(context) if one.process.job == job]
    silent = claims(context).silent
    where = master(context)
    evidence = tuple(
        f"{one.node}: process {one.process.pid}, state {one.process.state}: {one.process.command}" for one in found
    ) or tuple(
        f"{node}: does not answer, not looked at" if node in silent else f"{node}: no process …/jqueue/exec.py {job}"
        for node in context.site.hosts
    )
    # Jobs are processes of the master; a silent node matters only if it is the master.
    holds = False if found else None if where.name in silent else True
    return verdict(
        holds=holds,
        true=f"No process of job {job} is left on the nodes that answer.",
        false=f"Job {job} still has a process.",
        unknown=f"The master {where} does not answer: a process of job {job} may run there.",
        evidence=evidence,
        hint=f"Stopping Ganeti does not end it; `gnt-job cancel --kill --yes-do-it` does ({JOB_KILL.first} and later).",
    )


@check("jobs.holds_no_lock")
@unknown_if_unreadable
def holds_no_lock(context: Context, *, job: int) -> Verdict:
    """The job holds no lock, by the record that wconfd keeps on the master's disk."""
    where = master(context)
    locks = queue.locks(context)
    held, behind = locks.of_job(job), locks.waiting_behind(job)
    source = f"{where}: {LOCKS_DATA}"
    evidence = tuple(f"{source}: job {job} holds {lock.name} ({lock.mode})" for lock in held)
    evidence += tuple(f"{source}: job {other} waits behind job {job}" for other in behind)
    return verdict(
        holds=not held,
        true=f"Job {job} holds no lock.",
        false=f"Job {job} holds {len(held)} lock{'s' if len(held) != 1 else ''}.",
        evidence=evidence or (f"{source}: nothing of job {job}",),
        hint="A dead job's locks are freed within about a minute, by wconfd, which must run for that.",
    )


@check("jobs.file_is_back")
@check("jobs.file_is_back")
@unknown_if_unreadable
def file_is_back(context: Context, *, job: int, node: str) -> Verdict:
    """The queue on this node has a file of the job; the archive does not count."""
    where = host(context, node)
    path = f"{JOB_FILE_PREFIX}{job}"
    there = content(context, where, path) is not None
    return verdict(
        holds=there,
        true=f"{where} has the file of job {job}.",
        false=f"{where} has no file of job {job}.",
        evidence=(f"{where}: {path}: {'there' if there else 'no such file'}",),
    )


def _filed(context: Context, job: int) -> tuple[str, str]:
    """Whether the master's queue has the job as `unfinished`, `finished` or not at all; and the evidence."""
    where = master(context)
    source = f"{where}: {JOB_FILE_PREFIX}{job}"
    filed = queue.file_on(context, where, job)
    if filed is None:
        return "gone", f"{source}: no such file"
    word = "unfinished" if filed.unfinished else "finished"
    return word, f"{source}: status {filed.status}, {filed.summary}"
