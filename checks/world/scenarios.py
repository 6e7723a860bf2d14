"""The start states of rehearsals: one YAML file each, named after the runbook it is for."""

from __future__ import annotations

import math
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from checks.world import build, hypervisor, instances, jobs, kernel, layout, scheduler
from checks.world.happenings import happen
from checks.world.links import WorldLinks
from checks.world.locks import Owner
from checks.world.scenario_model import Scenario, StuckJob
from engine.errors import UsageError
from engine.packs import World
from engine.transport.interface import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.resources.abc import Traversable

    from checks.world.cluster import Cluster
    from checks.world.machine import Machine

FOLDER = files("checks.world").joinpath("scenarios")


def load(file: Traversable) -> Scenario:
    """Read one scenario.

    Raises:
        UsageError: it is no YAML, or says something a scenario cannot say; every mistake is named.
    """
    try:
        data = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        return Scenario.model_validate(data)
    except YAMLError as error:
        why = str(error)
    except ValidationError as error:
        why = "\n".join(f"{'.'.join(map(str, found['loc'])) or 'the file'}: {found['msg']}" for found in error.errors())
    raise UsageError(
        f"The scenario {file.name} cannot be used.",
        why=why,
        changed="Nothing was rehearsed.",
        hint="Compare it with the scenarios that come with gnt-runbook.",
        code="scenario-invalid",
    )


def cluster_of(scenario: Scenario) -> Cluster:
    """The simulated cluster in this start state."""
    cluster = build.healthy(scenario.nodes, scenario.version, scenario.past_jobs)
    master = cluster.machines[layout.node_name(1)]
    for action in scenario.earlier:
        happen(cluster, action)
    for job in scenario.jobs:
        _place_job(cluster, master, job)
    cluster.poison = set(scenario.luxid_hangs_on)
    luxid = master.daemon("luxid")
    if luxid is not None and any(number in cluster.poison for number in jobs.numbers(master)):
        luxid.hung = True
    for action in scenario.before:
        happen(cluster, action)
    for machine in cluster.machines.values():
        kernel.refresh(machine, cluster.now)
        hypervisor.refresh(machine, cluster.now)
    cluster.record.clear()
    return cluster


def _place_job(cluster: Cluster, master: Machine, job: StuckJob) -> None:
    def named(locks: Mapping[str, str]) -> dict[str, str]:
        numbers = {f"hwhost-{number}": uuid for number, uuid in enumerate(layout.NODE_UUIDS, 1)}
        named = {}
        for name, mode in locks.items():
            level, _, what = name.partition("/")
            named[f"{level}/{numbers.get(what, what)}"] = mode
        return named

    received = cluster.now - job.age
    data = jobs.new(job.id, job.op, received)
    jobs.set_status(data, "waiting", received + 0.5)
    if job.holds and not job.waits_for:
        jobs.set_status(data, "running", received + 1.0)
    data["ops"][0]["log"] = [
        [number, jobs.stamp(received + 1.0 + number), "message", line] for number, line in enumerate(job.log, 1)
    ]
    if job.then == "activate-disks":
        name = str(job.op["instance_name"])
        cluster.turns[job.id] = partial(instances.activate_disks, cluster, master, name)
    owner = Owner(job.id, "", 0, held=named(job.holds), pending=named(job.waits_for))
    ends = bool(job.waits_for)
    scheduler.attach(cluster, master, data, owner, seconds=5.0 if ends else math.inf)
    pid = scheduler.process_of(master, job.id)
    if pid is not None:
        master.processes[pid].started = cluster.clock.monotonic() - job.age
    for machine in cluster.copies(master):
        build.write_serial(machine, job.id, cluster.now)


def world_of(scenario: Scenario) -> World:
    """The world a rehearsal runs in."""
    cluster = cluster_of(scenario)
    entry = cluster.machines[f"{scenario.entry}.lab.example"]

    def on_manual(step: str) -> None:
        with cluster.clock.lock:
            for action in scenario.manual.get(step, ()):
                happen(cluster, action)

    return World(
        links=WorldLinks(cluster),
        clock=cluster.clock,
        entry=Host(entry.name, (entry.primary_ip,), 2222),
        description=scenario.description.strip(),
        parameters=dict(scenario.parameters),
        record=lambda: tuple(cluster.record),
        on_manual=on_manual,
    )


def _world_from(file: Traversable) -> World:
    return world_of(load(file))


def _found() -> Mapping[str, Callable[[], World]]:
    here = sorted((file for file in FOLDER.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): partial(_world_from, file) for file in here}


SCENARIOS: Mapping[str, Callable[[], World]] = _found()
"""Names of start states, each with a function that builds its world afresh."""
