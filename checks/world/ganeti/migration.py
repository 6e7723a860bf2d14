"""Migrating an instance, and cleaning up after a migration that failed (lib/cmdlib/instance_migration.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from checks.releases import CLEANUP_ADOPTS, DISKS_ARE_CLOSED
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.drbd import operations
from checks.world.ganeti import waiting
from checks.world.ganeti.drbd_disk import net_of, side_on
from checks.world.ganeti.instances import fresh
from checks.world.ganeti.scheduler import JobFailedError
from checks.world.node.machine import Machine, Net, SimulatedSide

WAITING = "* wait until resync is done"
TWICE = (
    "Instance seems to be running on two nodes, or the hypervisor is confused; you will have to ensure manually that"
    " it runs only on one and restart this operation"
)
NOWHERE = (
    "Instance does not seem to be running at all; in this case it's safer to repair by running 'gnt-instance stop' to"
    " ensure disk shutdown, and then restarting it"
)


def cleanup(cluster: SimulatedCluster, master: Machine, name: str) -> Iterator[str | float]:
    """Find out where the instance runs, and connect its disks anew.

    Raises:
        JobFailedError: it runs nowhere or twice, or the disks do not connect.
    """
    config, instance = fresh(master, name)
    source, target = _ends(cluster, config, instance)
    yield " - INFO: Not checking memory on the secondary node as instance will not be started"
    yield f"Migrating instance {name}"
    yield "* checking where the instance actually runs (if this hangs, the hypervisor might be in a bad state)"
    yield 0.5
    for node in config.nodes:
        machine = cluster.machines[node["name"]]
        if not node["offline"] and not cluster.answers(machine, asked_by=master):
            raise JobFailedError(f"Can't contact node {machine.name}: {cluster.rpc_error(machine)}")
    running = [machine for machine in (source, target) if name in machine.domains]
    if CLEANUP_ADOPTS.on(cluster.version) and running:
        yield f"* instance running on: {','.join(machine.name for machine in running)}"
    if len(running) > 1:
        raise JobFailedError(TWICE)
    if not running:
        raise JobFailedError(NOWHERE)
    if running[0] is target:
        yield f"* instance running on secondary node ({target.name}), updating config"
        instance["primary_node"] = config.secondaries(instance)[0]
        config.touch(cluster.now, instance)
        cluster.commit(master, config)
        source, target = target, source
    else:
        yield f"* instance confirmed to be running on its primary node ({source.name})"
    closing = (
        "closing instance disks on node {}"
        if DISKS_ARE_CLOSED.on(cluster.version)
        else "switching node {} to secondary mode"
    )
    yield f"* {closing.format(target.name)}"
    sides = _sides(config, instance, [source, target])
    for side, _net in sides:
        if side.machine is target:
            operations.demote(cluster, side)
    yield 1.0
    yield WAITING
    yield from _connect_anew(cluster, sides)


def go_on(cluster: SimulatedCluster, master: Machine, name: str) -> Iterator[str | float]:
    """A clean-up that waits for the end of a resync, from there on.

    Raises:
        JobFailedError: a disk is not there, or they do not connect.
    """
    config, instance = fresh(master, name)
    yield from _connect_anew(cluster, _sides(config, instance, list(_ends(cluster, config, instance))))


def _connect_anew(cluster: SimulatedCluster, sides: list[tuple[SimulatedSide, Net]]) -> Iterator[str | float]:
    with suppress(JobFailedError):
        # A device that stands alone cannot be in sync yet.
        yield from waiting.until_synced(cluster, [side for side, _net in sides])
    yield from _reconnect(cluster, sides)
    yield "* wait until resync is done"
    yield from waiting.until_synced(cluster, [side for side, _net in sides])
    yield "* done"


def _reconnect(
    cluster: SimulatedCluster, sides: list[tuple[SimulatedSide, Net]], mode: str = "single"
) -> Iterator[str | float]:
    yield "* changing into standalone mode"
    yield from waiting.disconnected(cluster, [side for side, _net in sides])
    yield 1.0
    yield f"* changing disks into {mode}-master mode"
    yield from waiting.reconnected(cluster, sides)
    yield 1.0


def _ends(cluster: SimulatedCluster, config: SimulatedConfig, instance: dict[str, Any]) -> tuple[Machine, Machine]:
    secondaries = config.secondaries(instance)
    if not secondaries:
        raise JobFailedError("No secondary node but using drbd disk template")
    return cluster.by_uuid(config, instance["primary_node"]), cluster.by_uuid(config, secondaries[0])


def _sides(
    config: SimulatedConfig, instance: dict[str, Any], machines: list[Machine]
) -> list[tuple[SimulatedSide, Net]]:
    """The ends of all its disks, those of the first machine first.

    Raises:
        JobFailedError: one is not there.
    """
    found = []
    for machine in machines:
        for index, disk in enumerate(config.disks(instance)):
            side = side_on(config, disk, machine)
            if side is None:
                raise JobFailedError(
                    f"Cannot change disk to secondary on node {machine.name}: Can't find device disk/{index}"
                )
            found.append((side, net_of(config, disk, machine)))
    return found


def migrate(cluster: SimulatedCluster, master: Machine, name: str) -> Iterator[str | float]:
    """Move a running instance to its second node.

    Raises:
        JobFailedError: it does not run, the other node cannot take it, or its disks are not in sync there.
    """
    config, instance = fresh(master, name)
    source, target = _ends(cluster, config, instance)
    node = config.node(target.name)
    if node is not None and node["offline"]:
        raise JobFailedError(f"Can't use offline node: {target.name}", prereq="wrong_state")
    if not cluster.answers(target, asked_by=master):
        raise JobFailedError(
            f"Can't contact node {target.name}: {cluster.rpc_error(target)}", prereq="environment_error"
        )
    if name not in source.domains:
        raise JobFailedError(
            f"Can't migrate, please use failover: Instance {name} is not running", prereq="wrong_state"
        )
    yield f"Migrating instance {name}"
    yield "* checking disk consistency between source and target"
    for index, disk in enumerate(config.disks(instance)):
        side = side_on(config, disk, target)
        if side is None or side.degraded:
            raise JobFailedError(
                f"Disk {index} is degraded or not fully synchronized on target node, aborting migration"
            )
    sides = _sides(config, instance, [source, target])
    yield from _reconnect(cluster, sides, "dual")
    yield "* wait until resync is done"
    yield from waiting.until_synced(cluster, [side for side, _net in sides])
    yield f"* preparing {target.name} to accept the instance"
    yield f"* migrating instance to {target.name}"
    yield 3.0
    source.domains.discard(name)
    target.domains.add(name)
    config, instance = fresh(master, name)
    instance["primary_node"] = config.secondaries(instance)[0]
    config.touch(cluster.now, instance)
    cluster.commit(master, config)
    for side, _net in sides:
        if side.machine is source:
            operations.demote(cluster, side)
    for side, _net in sides:
        if side.machine is target:
            operations.promote(cluster, side)
    yield f"* closing instance disks on node {source.name}"
    yield from _reconnect(cluster, sides)
    yield "* wait until resync is done"
    yield from waiting.until_synced(cluster, [side for side, _net in sides])
    yield "* done"
