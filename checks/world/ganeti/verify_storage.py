"""What `gnt-cluster verify` and `verify-disks` find about volumes, volume groups and DRBD's module.

Words: lib/cmdlib/cluster/verify.py, and what a real cluster said of a node that was installed anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.world import kernel
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.ganeti.drbd_disk import NO_MODULE
from checks.world.node.machine import Machine

Complaint = tuple[str, str]
"""Ganeti's code, and the words."""
NO_FILE = "cannot be opened, check if the module is loaded ([Errno 2] No such file or directory: '{path}')"


def of_node(config: SimulatedConfig, machine: Machine) -> Iterator[Complaint]:
    """Volume groups, and the module of DRBD with its helper."""
    group = str(config.cluster["volume_group_name"])
    if not machine.storage.groups:
        yield "ENODELVM", "unable to check volume groups"
    if not machine.drbd_loaded:
        missing = f"The file {kernel.HELPER} {NO_FILE.format(path=kernel.HELPER)}"
        yield "ENODEDRBDHELPER", f"drbd usermode helper check unsuccessful: {missing}"
        yield "ENODEDRBD", f"cannot parse drbd status file: {NO_MODULE}"
    else:
        helper = (machine.files.read(kernel.HELPER) or "").strip()
        if helper != config.cluster["drbd_usermode_helper"]:
            yield "ENODEDRBDHELPER", f"wrong drbd usermode helper: {helper}"
    if group not in machine.storage.groups:
        yield "ENODELVM", f"node didn't return data for the volume group '{group}' - it is either missing or broken"


def versions(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[tuple[str, Complaint]]:
    """Nodes do not have the same DRBD; each is named, by its uuid as the real one does it."""
    found = {}
    for node in sorted(config.nodes, key=lambda node: str(node["uuid"])):
        machine = cluster.machines[node["name"]]
        if not node["offline"] and cluster.answers(machine, asked_by=master):
            found[node["uuid"]] = "8.4.11 (api:1/proto:86-101)" if machine.drbd_loaded else NO_MODULE
    if len(set(found.values())) > 1:
        for uuid, version in found.items():
            yield uuid, ("ENODEDRBDHELPER", f"DRBD version mismatch: {version}")


def volumes_of(config: SimulatedConfig, instance: dict[str, Any]) -> list[str]:
    """The volumes that an instance has on each of its nodes, as `group/name`."""
    return ["/".join(child["logical_id"]) for disk in config.disks(instance) for child in disk["children"]]


def missing(
    cluster: SimulatedCluster, config: SimulatedConfig, master: Machine, instance: dict[str, Any]
) -> Iterator[tuple[Machine, str]]:
    """Volumes of an instance that are not on a node where they should be; of nodes that answer."""
    for uuid in (instance["primary_node"], *config.secondaries(instance)):
        machine = cluster.by_uuid(config, uuid)
        if config.data["nodes"][uuid]["offline"] or not cluster.answers(machine, asked_by=master):
            continue
        for volume in volumes_of(config, instance):
            if machine.storage.find(volume) is None:
                yield machine, volume


def orphans(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[tuple[Machine, str]]:
    """Volumes in Ganeti's volume group that belong to no instance with a disk there."""
    group = config.cluster["volume_group_name"]
    for node in config.nodes:
        machine = cluster.machines[node["name"]]
        if node["offline"] or not cluster.answers(machine, asked_by=master):
            continue
        known = {
            volume
            for instance in config.instances
            if node["uuid"] in (instance["primary_node"], *config.secondaries(instance))
            for volume in volumes_of(config, instance)
        }
        for volume in machine.storage.all():
            name = f"{volume.group}/{volume.name}"
            if volume.group == group and name not in known:
                yield machine, name
