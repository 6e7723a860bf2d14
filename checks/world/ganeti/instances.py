"""Starting and moving instances as Ganeti does it, with its words (lib/cmdlib/instance_migration.py)."""

from __future__ import annotations

from typing import Any

from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.ganeti import mirroring
from checks.world.ganeti.drbd_disk import side_on
from checks.world.ganeti.scheduler import JobFailedError
from checks.world.node.machine import Machine


def failover(cluster: SimulatedCluster, master: Machine, name: str) -> list[str]:
    """Move an instance to its second node by stopping it here and starting it there.

    Raises:
        JobFailedError: with what Ganeti says; the instance stays where it was.
    """
    config, instance = fresh(master, name)
    source_node = config.data["nodes"][instance["primary_node"]]
    target_uuid = config.secondaries(instance)[0]
    source, target = cluster.machines[source_node["name"]], cluster.by_uuid(config, target_uuid)
    if config.data["nodes"][target_uuid]["offline"]:
        raise JobFailedError(f"Can't use offline node: {target.name}", prereq="wrong_state")
    if not cluster.answers(target, asked_by=master):
        raise JobFailedError(
            f"Can't contact node {target.name}: {cluster.rpc_error(target)}", prereq="environment_error"
        )
    lines = [f"Failover instance {name}", "* checking disk consistency between source and target"]
    for index, disk in enumerate(config.disks(instance)):
        side = side_on(config, disk, target)
        if side is None or side.degraded:
            if not source_node["offline"]:
                raise JobFailedError(f"Disk {index} is degraded on target node, aborting failover")
            lines.append(f"Node {source.name} is offline, ignoring degraded disk {index} on target node {target.name}")
    lines.append("* shutting down instance on source node")
    if source_node["offline"] or not cluster.answers(source, asked_by=master):
        detail = "Node is marked offline" if source_node["offline"] else cluster.rpc_error(source)
        text = f"Could not shutdown instance {name} on node {source.name}"
        if not source_node["offline"]:
            raise JobFailedError(f"{text}: {detail}")
        lines.append(
            f" - WARNING: {text}, proceeding anyway; please make sure node {source.name} is down;"
            f" error details: {detail}"
        )
    else:
        source.domains.discard(name)
        mirroring.take_down(cluster, config, instance, source)
    lines.append("* deactivating the instance's disks on source node")
    instance["primary_node"] = target_uuid
    config.touch(cluster.now, instance)
    cluster.commit(master, config)
    lines.append(f"* activating the instance's disks on target node {target.name}")
    well, warnings = mirroring.assemble(cluster, config, instance, master=master, ignore_secondaries=True)
    lines += warnings
    if not well:
        raise JobFailedError("Can't activate the instance's disks")
    lines.append(f"* starting the instance on the target node {target.name}")
    target.domains.add(name)
    return lines


def activate_disks(cluster: SimulatedCluster, master: Machine, name: str) -> list[str]:
    """Bring the disks of an instance up on both nodes; returns the warnings.

    Raises:
        JobFailedError: an end did not come up; the configuration then says that the disks are not active, also where
            the instance runs.
    """
    config, instance = fresh(master, name)
    node = config.data["nodes"][instance["primary_node"]]
    if node["offline"]:
        raise JobFailedError(f"Can't use offline node: {node['name']}", prereq="wrong_state")
    well, lines = mirroring.assemble(cluster, config, instance, master=master)
    if instance["disks_active"] != well:
        instance["disks_active"] = well
        config.touch(cluster.now, instance)
        cluster.commit(master, config)
    if not well:
        raise JobFailedError("Cannot activate block devices", said=lines)
    return lines


def devices(config: SimulatedConfig, instance: dict[str, Any]) -> list[str]:
    """What activate-disks prints when it is done."""
    node = config.data["nodes"][instance["primary_node"]]
    return [
        f"{node['name']}:disk/{index}:/dev/drbd{config.minor(disk, node['uuid'])}"
        for index, disk in enumerate(config.disks(instance))
    ]


def start(cluster: SimulatedCluster, master: Machine, name: str, *, force: bool = False) -> list[str]:
    """Start an instance on its primary node; returns the warnings.

    Raises:
        JobFailedError: its node or its disks are not there.
    """
    config, instance = fresh(master, name)
    if config.data["nodes"][instance["primary_node"]]["offline"]:
        raise JobFailedError(
            f"Can't use offline node: {config.name_of(instance['primary_node'])}", prereq="wrong_state"
        )
    well, lines = mirroring.assemble(cluster, config, instance, master=master, ignore_secondaries=force)
    if not well:
        hint = (
            "      Hint: If the message above refers to a secondary node, you can retry the operation using '--force'"
        )
        raise JobFailedError("Disk consistency error", said=[*lines, *(() if force else (hint,))])
    cluster.by_uuid(config, instance["primary_node"]).domains.add(name)
    _mark(cluster, master, config, instance, state="up", active=True)
    return lines


def stop(cluster: SimulatedCluster, master: Machine, name: str) -> list[str]:
    """Stop an instance, and take its disks down on both nodes.

    Raises:
        JobFailedError: its primary node does not answer.
    """
    config, instance = fresh(master, name)
    primary = cluster.by_uuid(config, instance["primary_node"])
    if not cluster.answers(primary, asked_by=master):
        raise JobFailedError(f"Could not shutdown instance '{name}': {cluster.rpc_error(primary)}")
    primary.domains.discard(name)
    _take_down(cluster, master, config, instance)
    _mark(cluster, master, config, instance, state="down", active=False)
    return []


def deactivate_disks(cluster: SimulatedCluster, master: Machine, name: str, *, force: bool) -> list[str]:
    """Take the disks of an instance down on both nodes.

    Raises:
        JobFailedError: it is to run, and nobody insists.
    """
    config, instance = fresh(master, name)
    if instance["admin_state"] == "up" and not force:
        raise JobFailedError(f"Instance '{name}' is marked to be up, cannot shutdown disks", prereq="wrong_state")
    _take_down(cluster, master, config, instance)
    _mark(cluster, master, config, instance, state=instance["admin_state"], active=False)
    return []


def _take_down(cluster: SimulatedCluster, master: Machine, config: SimulatedConfig, instance: dict[str, Any]) -> None:
    for uuid in (instance["primary_node"], *config.secondaries(instance)):
        machine = cluster.by_uuid(config, uuid)
        if cluster.answers(machine, asked_by=master):
            mirroring.take_down(cluster, config, instance, machine)


def _mark(
    cluster: SimulatedCluster,
    master: Machine,
    config: SimulatedConfig,
    instance: dict[str, Any],
    *,
    state: str,
    active: bool,
) -> None:
    if (instance["admin_state"], instance["disks_active"]) != (state, active):
        instance.update(admin_state=state, disks_active=active)
        config.touch(cluster.now, instance)
        cluster.commit(master, config)


def fresh(master: Machine, name: str) -> tuple[SimulatedConfig, dict[str, Any]]:
    """The configuration as it is now, and the instance in it."""
    config = SimulatedConfig.read(master)
    instance = config.instance(name) if config is not None else None
    if config is None or instance is None:
        raise JobFailedError(f"Instance '{name}' not known", prereq="unknown_entity")
    return config, instance


def status(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine, instance: dict[str, Any]) -> str:
    """The word in the Status column of `gnt-instance list`."""
    node = config.data["nodes"][instance["primary_node"]]
    machine = cluster.machines[node["name"]]
    if node["offline"]:
        return "ERROR_nodeoffline"
    if not cluster.answers(machine, asked_by=master):
        return "ERROR_nodedown"
    up = instance["admin_state"] == "up"
    if instance["name"] in machine.domains:
        return "running" if up else "ERROR_up"
    others = (cluster.machines[other["name"]] for other in config.nodes if other is not node)
    if any(instance["name"] in other.domains for other in others if cluster.answers(other, asked_by=master)):
        return "ERROR_wrongnode"
    return "ERROR_down" if up else "ADMIN_down"
