"""Checks of the processes of a job and of the scripts that it has started."""

from __future__ import annotations

from checks.cluster.facts.masters import claims, master
from checks.cluster.parse.processes import parse_processes
from checks.jobs.facts import queue
from checks.look.commands import PROCESSES
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.knowledge import Context, Verdict, check


@check("jobs.process_goes_on")
@unknown_if_unreadable
def process_goes_on(context: Context, *, job: int) -> Verdict:
    """The process of the job is not stopped; one that has ended meanwhile is not stopped either."""
    found = [one for one in queue.running(context) if one.process.job == job]
    stopped = [one for one in found if one.process.stopped]
    where = master(context)
    unseen = not found and where.name in claims(context).silent
    return verdict(
        holds=False if stopped else None if unseen else True,
        true=f"The process of job {job} goes on." if found else f"The process of job {job} has ended.",
        false=f"The process of job {job} is still stopped.",
        unknown=f"The master {where} does not answer: a process of job {job} may be stopped there.",
        evidence=tuple(f"{one.node}: process {one.process.pid}, state {one.process.state}: {one.process.command}"
                       for one in stopped or found) or (f"ps: no process …/jqueue/exec.py {job}",),
        hint="A process that a debugger has stopped goes on when the debugger lets it.",
    )  # fmt: skip


@check("jobs.script_is_gone")
@unknown_if_unreadable
def script_is_gone(context: Context, *, node: str, pid: int, command: str) -> Verdict:
    """The node has no process of this number with this command line any more."""
    where = host(context, node)
    some = context.remember(parse_processes, context.reader.read(where, PROCESSES).stdout)
    left = [one for one in some if (one.pid, one.command) == (pid, command)]
    return verdict(
        holds=not left,
        true=f"Process {pid} on {where} has ended.",
        false=f"Process {pid} on {where} is still there, in state {left[0].state}." if left else "",
        evidence=tuple(f"{where}: process {one.pid}, state {one.state}: {one.command}" for one in left)
        or (f"{where}: ps: no process {pid} of that command",),
        hint="In state D it waits for a disk or a network file system, and ends as soon as that answers.",
    )
