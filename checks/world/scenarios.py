"""The start states of rehearsals: one YAML file each, named after the runbook it is for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from checks.world import build, jobs, kernel
from checks.world.cluster import SimulatedCluster
from checks.world.events import happen
from checks.world.ganeti import instances, scheduler
from checks.world.ganeti.locks import LockOwner
from checks.world.layout import Layout
from checks.world.links import WorldLinks
from checks.world.node.machine import Machine
from checks.world.scenario_model import JobScript, Scenario, StuckJob
from checks.world.site_model import ScenarioPart, ScenarioSite, renamed
from engine.english import join_and
from engine.errors import NOTHING_CHANGED, UsageError
from engine.hosts.host import Host
from engine.packs import World
from engine.plain_yaml import YAMLError, load_yaml

Described = TypeVar("Described", bound=ScenarioPart)

LARGEST = 1 << 20
"""Bytes of a file that are read."""
ENDS_SECONDS = 5.0
"""How long a job that was stopped still takes."""
FOLDER = files("checks.world").joinpath("scenarios")


def load(file: Traversable, site: ScenarioSite | None = None) -> Scenario:
    """Read one scenario.

    Args:
        file: a YAML file.
        site: whose names the cluster has, instead of those that the scenario tells of.

    Raises:
        UsageError: it is no YAML, or says something a scenario cannot say; every mistake is named.
    """
    hint = "Compare it with the scenarios that come with gnt-runbook."
    data = _read(file, f"The scenario {file.name}", hint, aliases=True)
    if site is not None:
        nodes = data.get("nodes", 2)
        data = {**renamed(data, site.layout(nodes)), "site": site, "nodes": max(nodes, len(site.nodes))}
    return _valid(Scenario, data, f"The scenario {file.name}", "Compare it with those that come with gnt-runbook.")


def load_site(path: Path) -> ScenarioSite:
    """Read the names of a cluster of one's own.

    Raises:
        UsageError: it cannot be read, is no YAML, or says something else; every mistake is named.
    """
    hint = f"It may name {join_and(ScenarioSite.model_fields)}, and nothing else."
    return _valid(ScenarioSite, _read(path, f"The site file {path}", hint), f"The site file {path}", hint)


def _read(file: Traversable, what: str, hint: str, *, aliases: bool = False) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            data = load_yaml(stream.read(LARGEST).decode("utf-8"), aliases=aliases)
    except (OSError, ValueError, YAMLError, RecursionError) as error:
        raise _unusable(what, str(error), hint) from error
    if not isinstance(data, dict):
        raise _unusable(what, "It is no mapping of names to values.", hint)
    return data


def _valid(model: type[Described], data: dict[str, Any], what: str, hint: str) -> Described:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = (f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors())
        raise _unusable(what, "\n".join(found), hint) from error


def _unusable(what: str, why: str, hint: str) -> UsageError:
    return UsageError(f"{what} cannot be used.", why=why, changed=NOTHING_CHANGED, hint=hint, code="scenario-invalid")


def cluster_of(scenario: Scenario) -> SimulatedCluster:
    """The simulated cluster in this start state."""
    cluster = build.healthy(scenario.layout, scenario.version, scenario.past_jobs)
    master = cluster.machines[scenario.layout.node_names[0]]
    for action in scenario.earlier:
        happen(cluster, action)
    for job in scenario.jobs:
        _place_job(cluster, scenario.layout, master, job)
    cluster.poison = set(scenario.luxid_hangs_on)
    luxid = master.daemon("luxid")
    if luxid is not None and any(number in cluster.poison for number in jobs.numbers(master)):
        luxid.hung = True
    for action in scenario.before:
        happen(cluster, action)
    for machine in cluster.machines.values():
        kernel.refresh(machine, cluster.now)
    cluster.record.clear()
    return cluster


def _place_job(cluster: SimulatedCluster, layout: Layout, master: Machine, job: StuckJob) -> None:
    def named(locks: Mapping[str, str]) -> dict[str, str]:
        numbers = {
            name.partition(".")[0]: uuid for name, uuid in zip(layout.node_names, layout.node_uuids, strict=True)
        }
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
    owner = LockOwner(job.id, "", 0, held=named(job.holds), pending=named(job.waits_for))
    ends = bool(job.waits_for)
    scheduler.attach(cluster, master, data, owner, seconds=ENDS_SECONDS if ends else math.inf)
    pid = scheduler.process_of(master, job.id)
    if pid is not None:
        master.processes[pid].started = cluster.clock.monotonic() - job.age
        if job.stopped:
            master.processes[pid].stat = "T"
            scheduler.go_on(cluster, master, job.id, ENDS_SECONDS)
    if job.script is not None:
        _run_script(cluster, job, job.script)
    for machine in cluster.copies(master):
        build.write_serial(machine, job.id, cluster.now)


def _run_script(cluster: SimulatedCluster, job: StuckJob, script: JobScript) -> None:
    """As the node daemon runs one: a copy of itself waits for it (lib/http/server.py, a child for each request)."""
    machine = cluster.machine(script.node)
    noded = machine.daemon("noded") if machine is not None else None
    if machine is None or noded is None:
        raise ValueError(f"no node daemon runs on {script.node}")
    since = cluster.clock.monotonic() - job.age + 1
    serving = machine.spawn(noded.args, ppid=noded.pid, at=since)
    serving.awaited_by, parent = job.id, serving.pid
    for command in (script.command, script.child):
        if command:
            one = machine.spawn(command, ppid=parent, at=since)
            one.awaited_by, parent = job.id, one.pid


def world_of(scenario: Scenario) -> World:
    """The world a rehearsal runs in."""
    cluster = cluster_of(scenario)
    entry = cluster.machines[scenario.first_asked]

    def on_manual(step: str) -> None:
        with cluster.clock.lock:
            for action in scenario.manual.get(step, ()):
                happen(cluster, action)

    return World(
        links=WorldLinks(cluster),
        clock=cluster.clock,
        entry=Host(entry.name, (entry.primary_ip,), entry.ssh_port),
        description=scenario.description.strip(),
        parameters=dict(scenario.parameters),
        record=lambda: tuple(cluster.record),
        on_manual=on_manual,
    )


def _world_from(file: Traversable, site: ScenarioSite | None = None) -> World:
    return world_of(load(file, site))


def _found(site: ScenarioSite | None = None) -> Mapping[str, Callable[[], World]]:
    here = sorted((file for file in FOLDER.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): partial(_world_from, file, site) for file in here}


def scenarios_on(path: Path) -> Mapping[str, Callable[[], World]]:
    """The same start states on a cluster that has the names in this file.

    Raises:
        UsageError: the file cannot be used.
    """
    return _found(load_site(path))


SCENARIOS: Mapping[str, Callable[[], World]] = _found()
"""Names of start states, each with a function that builds its world afresh."""
