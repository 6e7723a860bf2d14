"""Bringing the disks of an instance up and down on both its nodes, as Ganeti's master does it.

lib/cmdlib/instance_storage.py, AssembleInstanceDisks and ShutdownInstanceDisks.
"""

from __future__ import annotations

from typing import Any

from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.ganeti import drbd_disk
from checks.world.node.machine import Machine


def ends_of(cluster: SimulatedCluster, config: SimulatedConfig, disk: dict[str, Any], first: Machine) -> list[Machine]:
    """The nodes of a disk, this one first."""
    ends = [cluster.by_uuid(config, uuid) for uuid in disk["logical_id"][:2]]
    return sorted(ends, key=lambda machine: machine is not first)


def assemble(
    cluster: SimulatedCluster,
    config: SimulatedConfig,
    instance: dict[str, Any],
    *,
    master: Machine,
    ignore_secondaries: bool = False,
) -> tuple[bool, list[str]]:
    """Bring all disks up: first every end as if it were the second one, then the first one as Primary.

    Returns whether all is well, and the warnings.
    """
    primary = cluster.by_uuid(config, instance["primary_node"])
    well = True
    lines: list[str] = []
    passes = ((1, False), (2, True))
    for number, as_primary in passes:
        for index, disk in enumerate(config.disks(instance)):
            for machine in ends_of(cluster, config, disk, primary):
                if as_primary and machine is not primary:
                    continue
                error = _assemble_one(cluster, config, disk, machine, master, as_primary=as_primary)
                if not error:
                    continue
                text = f"(is_primary={as_primary}, pass={number}): {error}"
                lines.append(f" - WARNING: Could not prepare block device disk/{index} on node {machine.name} {text}")
                offline = config.data["nodes"][config.uuid_of(machine.name)]["offline"] and machine is not primary
                if not offline and (as_primary or not ignore_secondaries):
                    well = False
    return well, lines


def _assemble_one(
    cluster: SimulatedCluster,
    config: SimulatedConfig,
    disk: dict[str, Any],
    machine: Machine,
    master: Machine,
    *,
    as_primary: bool,
) -> str:
    if config.data["nodes"][config.uuid_of(machine.name)]["offline"]:
        return "Node is marked offline"
    if not cluster.answers(machine, asked_by=master):
        return cluster.rpc_error(machine)
    try:
        drbd_disk.assemble(cluster, config, disk, machine, as_primary=as_primary)
    except drbd_disk.BlockDeviceError as error:
        return f"Error while assembling disk: {error}"
    return ""


def take_down(cluster: SimulatedCluster, config: SimulatedConfig, instance: dict[str, Any], machine: Machine) -> None:
    """Take the disks of an instance down on one node."""
    for disk in config.disks(instance):
        drbd_disk.shutdown(cluster, config, disk, machine)
