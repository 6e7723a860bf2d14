"""The queue of the twin: jobs as their files have them, with the processes and locks that were there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from checks.world import build, jobs
from checks.world.cluster import SimulatedCluster
from checks.world.ganeti import instances, migration, scheduler
from checks.world.ganeti.locks import LockTable
from checks.world.node.machine import Machine

TURNS: dict[str, Callable[[SimulatedCluster, Machine, str], list[str]]] = {
    "OP_INSTANCE_ACTIVATE_DISKS": instances.activate_disks,
    "OP_INSTANCE_FAILOVER": instances.failover,
    "OP_INSTANCE_STARTUP": instances.start,
}
"""What a job that waits does once it has its locks."""
SECONDS = 5.0
TEXT = 3
"""Where the text is in a line of a job's log."""


def resume(cluster: SimulatedCluster) -> Iterator[str]:
    """Let the jobs that are not over be what they were; yields what is not known of them."""
    for machine in cluster.machines.values():
        numbers = jobs.numbers(machine)
        if numbers:
            build.write_serial(machine, numbers[-1], cluster.now)
        for number in numbers:
            data = jobs.load(machine, number)
            if data is None or jobs.status(data) in jobs.FINAL or data.get("process_id") not in machine.processes:
                continue
            if scheduler.process_of(machine, number) is None:
                continue
            livelock = data.get("livelock")
            if isinstance(livelock, str):
                machine.files.write(livelock, "", owner="gnt-masterd", group="gnt-luxid", mode=0o600, mtime=cluster.now)
            yield from _go_on(cluster, machine, number, data)


def _go_on(cluster: SimulatedCluster, machine: Machine, number: int, data: dict[str, Any]) -> Iterator[str]:
    op = data["ops"][0]["input"]
    name, instance = str(op.get("OP_ID")), op.get("instance_name")
    if jobs.status(data) == "waiting" and not _holds(machine, number):
        cluster.durations[number] = SECONDS
        if name in TURNS and isinstance(instance, str):
            cluster.turns[number] = partial(TURNS[name], cluster, machine, instance)
        return
    log = [str(line[3]) for line in data["ops"][0].get("log") or () if len(line) > TEXT]
    if op.get("cleanup") is True and isinstance(instance, str) and waits_for_resync(log):
        pid = int(data["process_id"])
        course = migration.go_on(cluster, machine, instance)
        cluster.clock.after(SECONDS, lambda: scheduler.advance(cluster, machine, number, pid, course))
        yield f"Job {number} ({jobs.summary(data)}) waits for the end of a resync here as there, and then goes on."
        return
    cluster.durations[number] = math.inf
    yield f"Job {number} ({jobs.summary(data)}) goes on for ever here: nobody can know when the real one would end."


def waits_for_resync(log: list[str]) -> bool:
    """Whether the last that a clean-up has said is that it waits for a resync for the first time."""
    said = [line for line in log if not line.startswith("   - progress: ")]
    return bool(said) and said[-1] == migration.WAITING and said.count(migration.WAITING) == 1


def _holds(machine: Machine, number: int) -> bool:
    return any(owner.job == number and owner.held for owner in LockTable.read(machine).owners)
