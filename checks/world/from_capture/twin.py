"""The twin of a captured cluster: its nodes, files, processes, disks and jobs, in an embedded cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from checks.cluster.facts.present import current_config
from checks.look.commands import cat
from checks.paths import CONFIG_DATA
from checks.releases import IMITATED, OLDEST
from checks.site import discover
from checks.world import build
from checks.world import config as configuration
from checks.world import kernel as made_up
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.from_capture import disks, files, kernel, nodes, queue, volumes
from checks.world.from_capture.captured import CapturedAnswers
from checks.world.ganeti import host_keys, root_keys
from checks.world.links import WorldLinks
from checks.world.node import packages
from checks.world.node.machine import Machine
from checks.world.power import power_off, power_on
from checks.world.simclock import SimulatedClock
from engine.capture.model import Capture
from engine.capture.recording import ReplayClock, ReplayingReader
from engine.errors import FactError
from engine.hosts.host import Host
from engine.knowledge import Context
from engine.packs import World

PAST = 100_000.0
"""Seconds since which everything has been there that nobody knows the age of."""


def twin(capture: Capture) -> World:
    """An embedded cluster like the captured one; its description says what it could not take over.

    Raises:
        FactError, HostError: the capture holds no configuration that can be read.
    """
    cluster, entry, notes = rebuilt(capture)
    about = f"The twin of {capture.site} as it was at {capture.taken:%Y-%m-%d %H:%M:%S} UTC."
    described = "\n".join([about, "What is not as on the real cluster:", *(f"- {note}" for note in notes)])
    return World(
        links=WorldLinks(cluster),
        clock=cluster.clock,
        entry=entry,
        description=described,
        parameters={},
        record=lambda: tuple(cluster.record),
        on_manual=partial(_by_hand, cluster, frozenset(one.name for one in _out_of_reach(cluster))),
    )


def _out_of_reach(cluster: SimulatedCluster) -> list[Machine]:
    return [one for one in cluster.machines.values() if not (one.powered and one.on_our_net)]


def _by_hand(cluster: SimulatedCluster, silent: frozenset[str], step: str) -> None:
    """What somebody does at the power switch of the nodes that nobody reaches; all else has no effect."""
    with cluster.clock.lock:
        for machine in cluster.machines.values():
            if machine.name in silent and step.startswith(("fence", "power-off")):
                power_off(cluster, machine)
            elif machine.name in silent and step.startswith("power-on"):
                power_on(cluster, machine)


def rebuilt(capture: Capture) -> tuple[SimulatedCluster, Host, tuple[str, ...]]:
    """The cluster, where discovery starts in it, and what it could not take over."""
    reader = ReplayingReader(capture)
    found = discover(reader, capture.entries)
    told = CapturedAnswers(capture)
    where, _config = current_config(Context(reader, found, ReplayClock(capture.taken)))
    config = _read(told.text(where, cat(CONFIG_DATA)), where)
    version, notes = _version(config)
    machines = nodes.machines_of(config)
    cluster = SimulatedCluster(machines, version, SimulatedClock(capture.taken), config)
    _furnish(cluster, config)
    notes += nodes.reach(cluster, told)
    for machine in machines:
        if told.answers(machine.name):
            files.overlay(machine.files, told, machine.name)
            files.install(machine, told, cluster.now)
            nodes.populate(cluster, machine, told)
        kernel.boot(machine, told, capture.taken)
        notes += volumes.make(machine, told, config)
    notes += disks.make(cluster, config, told)
    notes += queue.resume(cluster)
    notes += _always(config)
    for machine in machines:
        if not machine.powered:
            machine.lose_power()
        made_up.refresh(machine, cluster.now)
    cluster.record.clear()
    return cluster, found.entry, tuple(dict.fromkeys(notes))


def _read(text: str | None, where: str) -> SimulatedConfig:
    try:
        data = json.loads(text or "")
        found = SimulatedConfig(data)
        if found.cluster and found.nodes and found.master and found.data["disks"] is not None:
            return found
    except (ValueError, LookupError, TypeError) as error:
        raise _no_configuration(where) from error
    raise _no_configuration(where)


def _no_configuration(where: str) -> FactError:
    return FactError(
        f"The capture holds no configuration of {where} that a cluster could be built from.",
        hint="Take a new capture while a master candidate answers.",
        code="twin-impossible",
    )


def _version(config: SimulatedConfig) -> tuple[str, list[str]]:
    """The release that the embedded cluster can imitate best."""
    number = int(config.data.get("version", 0))
    name = [OLDEST, *(name for name, release in IMITATED.items() if release.config <= number)][-1]
    real = f"{number // 1_000_000}.{number // 10_000 % 100}"
    return name, [] if real == name else [f"The cluster runs Ganeti {real}; here its commands are those of {name}."]


def _furnish(cluster: SimulatedCluster, config: SimulatedConfig) -> None:
    """What every node has, before what was read on it is put over it."""
    machines, made = list(cluster.machines.values()), cluster.now - PAST
    files = configuration.files(config, cluster.version)
    for machine in machines:
        name = config.cluster["cluster_name"]
        build.furnish(machine, machines, made, cluster=name, master_ip=cluster.master_ip)
        full = any(node["name"] == machine.name and node["master_candidate"] for node in config.nodes)
        configuration.install(machine, files, now=made, full=full)
        packages.furnish(machine, cluster.version, made)
        packages.furnish_site(machine, made)
    host_keys.furnish(machines, made, cluster=config.cluster["cluster_name"])
    uuids = [next(node["uuid"] for node in config.nodes if node["name"] == one.name) for one in machines]
    root_keys.furnish(machines, uuids, cluster.version, made)


def _always(config: SimulatedConfig) -> Iterator[str]:
    yield "Whether a daemon that runs also answers cannot be seen from outside: here it does."
    yield "The contents of disks are made up; only how much of them differs is as it was."
    yield "What you do by hand has no effect here, except to switch a node off or on that does not answer."
    others = sorted({one["hypervisor"] for one in config.instances} - {"fake"})
    if others:
        yield f"Instances of {', '.join(others)} are only names here: their processes neither start nor end."
