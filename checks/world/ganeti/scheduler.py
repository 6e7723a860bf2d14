"""How jobs come to their turn, wait for locks, end and die.

Death of a job's process is noticed as by src/Ganeti/JQScheduler.hs (checkForDeath) and
src/Ganeti/WConfd/DeathDetection.hs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from checks.releases import PYTHON_3
from checks.world import jobs
from checks.world.cluster import SimulatedCluster
from checks.world.ganeti.locks import LockOwner, LockTable, Wanted
from checks.world.node.machine import Machine

DEATH_NOTICED_SECONDS = 20.0
"""Until the locks of a killed process are freed and its job is marked; up to a minute and more was seen."""
KILL_NOTICED_SECONDS = 2.0
"""The same when luxid sent the signal itself."""
SERVING = "/ganeti-noded"
"""In the command line of the child of a node daemon that waits for a script."""
STOPPED_SECONDS = 1.0
"""Until it is looked again whether a process that was stopped goes on."""


class JobFailedError(Exception):
    """A job that ends in error; `said` is what its log holds."""

    def __init__(self, text: str, *, prereq: str = "", said: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.said = list(said)
        self.text = text
        self.prereq = prereq


def luxid_works(machine: Machine) -> bool:
    process = machine.daemon("luxid")
    return process is not None and not process.hung


def executor(cluster: SimulatedCluster, job: int) -> str:
    """The command line of a job's own process (lib/jqueue/exec.py)."""
    python = "/usr/bin/python3" if PYTHON_3.on(cluster.version) else "/usr/bin/python"
    return f"{python} /usr/share/ganeti/{cluster.version}/ganeti/jqueue/exec.py {job}"


def process_of(machine: Machine, job: int) -> int | None:
    """The process id of a job that still runs here."""
    for process in machine.processes.values():
        if process.args.endswith(f"/jqueue/exec.py {job}"):
            return process.pid
    return None


def replicate(cluster: SimulatedCluster, master: Machine, data: dict[str, Any]) -> None:
    for machine in cluster.copies(master):
        jobs.store(machine, data, cluster.now)


def begin(
    cluster: SimulatedCluster,
    master: Machine,
    op: dict[str, Any],
    wanted: Wanted,
    *,
    seconds: float = 3.0,
    action: jobs.Turn | None = None,
) -> int:
    """Submit a job: its file, its process, its wish for locks. Returns its number."""
    number = jobs.next_number(master, cluster.now)
    data = jobs.new(number, op, cluster.now)
    if action is not None:
        cluster.turns[number] = action
    attach(cluster, master, data, LockOwner(number, "", 0, pending=dict(wanted)), seconds=seconds)
    return number


def attach(
    cluster: SimulatedCluster, master: Machine, data: dict[str, Any], owner: LockOwner, *, seconds: float = 3.0
) -> None:
    """Give a job a process and its place among the locks."""
    number = data["id"]
    luxid = master.daemon("luxid")
    process = master.spawn(
        executor(cluster, number),
        user="gnt-masterd",
        ppid=luxid.pid if luxid is not None else 1,
        at=cluster.clock.monotonic(),
    )
    owner.pid = process.pid
    owner.livelock = f"/var/run/ganeti/livelocks/job_{number:06d}_{int(cluster.now)}"
    master.files.write(owner.livelock, "", owner="gnt-masterd", group="gnt-luxid", mode=0o600, mtime=cluster.now)
    data["livelock"] = owner.livelock
    data["process_id"] = process.pid
    if jobs.status(data) == "queued":
        jobs.set_status(data, "waiting", cluster.now)
    replicate(cluster, master, data)
    table = LockTable.read(master)
    table.owners.append(owner)
    table.save(master, cluster.now)
    cluster.durations[number] = seconds
    settle(cluster, master)


def settle(cluster: SimulatedCluster, master: Machine) -> None:
    """Hand out the locks that are free, and let the jobs that got them run."""
    if master.daemon("wconfd") is None:
        return
    table = LockTable.read(master)
    granted = table.settle()
    table.save(master, cluster.now)
    for owner in granted:
        _run(cluster, master, owner.job)


def _run(cluster: SimulatedCluster, master: Machine, job: int) -> None:
    data = jobs.load(master, job)
    if data is not None:
        jobs.set_status(data, "running", cluster.now)
        replicate(cluster, master, data)
    pid = process_of(master, job)
    seconds = cluster.durations.get(job, 3.0)
    if math.isfinite(seconds):
        cluster.clock.after(seconds, lambda: _end(cluster, master, job, pid))


def _end(cluster: SimulatedCluster, master: Machine, job: int, pid: int | None) -> None:
    if pid is None or pid not in master.processes:
        return
    if master.processes[pid].stopped:
        cluster.clock.after(STOPPED_SECONDS, lambda: _end(cluster, master, job, pid))
        return
    try:
        course = iter(cluster.turns.pop(job, list)())
    except JobFailedError as error:
        _note(cluster, master, job, error.said)
        _finish(cluster, master, job, pid, error)
        return
    advance(cluster, master, job, pid, course)


def advance(cluster: SimulatedCluster, master: Machine, job: int, pid: int, course: Iterator[str | float]) -> None:
    """Let a job go on: what it says is logged; a number is how many seconds it takes until it goes on."""
    if pid not in master.processes:
        return
    if master.processes[pid].stopped:
        cluster.clock.after(STOPPED_SECONDS, lambda: advance(cluster, master, job, pid, course))
        return
    lines: list[str] = []
    failure: JobFailedError | None = None
    pause: float | None = None
    try:
        for step in course:
            if not isinstance(step, str):
                pause = step
                break
            lines.append(step)
    except JobFailedError as error:
        failure = error
        lines += error.said
    _note(cluster, master, job, lines)
    if pause is None:
        _finish(cluster, master, job, pid, failure)
    else:
        cluster.clock.after(pause, lambda: advance(cluster, master, job, pid, course))


def go_on(cluster: SimulatedCluster, master: Machine, job: int, seconds: float) -> None:
    """Let a job that has its locks come to its end after so many seconds."""
    pid = process_of(master, job)
    cluster.clock.after(seconds, lambda: _end(cluster, master, job, pid))


def script_ended(cluster: SimulatedCluster, job: int) -> None:
    """A process of a script that a job waits for is gone: with the last of them the node daemon answers the job."""
    left = [(machine, one) for machine in cluster.machines.values() for one in machine.processes.values()
            if one.awaited_by == job]  # fmt: skip
    if any(SERVING not in one.args for _machine, one in left):
        return
    for machine, one in left:
        del machine.processes[one.pid]
    for machine in cluster.machines.values():
        if process_of(machine, job) is not None:
            go_on(cluster, machine, job, KILL_NOTICED_SECONDS)


def _note(cluster: SimulatedCluster, master: Machine, job: int, lines: list[str]) -> None:
    data = jobs.load(master, job)
    if data is None or not lines:
        return
    log = data["ops"][0]["log"]
    log += [[index, jobs.stamp(cluster.now), "message", line] for index, line in enumerate(lines, len(log) + 1)]
    replicate(cluster, master, data)


def _finish(cluster: SimulatedCluster, master: Machine, job: int, pid: int, failure: JobFailedError | None) -> None:
    data = jobs.load(master, job)
    if data is not None:
        if failure is None:
            jobs.set_status(data, "success", cluster.now)
        else:
            kind = "OpPrereqError" if failure.prereq else "OpExecError"
            words = [failure.text, failure.prereq] if failure.prereq else [failure.text]
            jobs.set_status(data, "error", cluster.now, [kind, words])
        replicate(cluster, master, data)
    del master.processes[pid]
    release(cluster, master, job)


def release(cluster: SimulatedCluster, master: Machine, job: int) -> None:
    table = LockTable.read(master)
    for owner in table.owners:
        if owner.job == job:
            master.files.remove(owner.livelock)
    table.drop(job)
    table.save(master, cluster.now)
    settle(cluster, master)


def clean_locks(cluster: SimulatedCluster, master: Machine) -> None:
    """Free the locks whose owner is dead; only wconfd can."""
    if master.daemon("wconfd") is None:
        return
    for owner in LockTable.read(master).owners:
        if owner.pid not in master.processes:
            release(cluster, master, owner.job)


def mark_dead(cluster: SimulatedCluster, master: Machine) -> None:
    """Set jobs in error whose process is gone; only luxid can, and only while the job has a file."""
    if not luxid_works(master):
        return
    for number in jobs.numbers(master):
        data = jobs.load(master, number)
        if data is None or jobs.status(data) in jobs.FINAL or data.get("process_id") in master.processes:
            continue
        text = f"Job process died: detected death of job {number}"
        jobs.set_status(data, "error", cluster.now, ["OpExecError", [text]])
        replicate(cluster, master, data)


def process_died(cluster: SimulatedCluster, master: Machine, seconds: float = DEATH_NOTICED_SECONDS) -> None:
    """Some process ended by force: what that frees is noticed a while later."""

    def notice() -> None:
        mark_dead(cluster, master)
        clean_locks(cluster, master)

    cluster.clock.after(seconds, notice)


def luxid_started(cluster: SimulatedCluster, master: Machine) -> None:
    """Loading the queue, luxid marks what died while it was away."""
    mark_dead(cluster, master)


def wconfd_started(cluster: SimulatedCluster, master: Machine) -> None:
    """Saved locks are taken over as they are; owners that are dead lose theirs at the next check."""
    if master.files.read("/var/lib/ganeti/locks.data") is None:
        LockTable().save(master, cluster.now)
    cluster.clock.after(DEATH_NOTICED_SECONDS, lambda: clean_locks(cluster, master))
    settle(cluster, master)
