"""What `gnt-cluster verify` finds, computed from the state. Words: lib/cmdlib/cluster/verify.py."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.releases import NODE_KEYS
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.ganeti import root_keys, verify_storage
from checks.world.ganeti.drbd_disk import NO_MODULE, disk_status, side_on
from checks.world.node.machine import Machine

ERROR = "ERROR"
WARNING = "WARNING"

EVERYWHERE = ("/var/lib/ganeti/hmac.key", "/var/lib/ganeti/cluster-domain-secret", "/var/lib/ganeti/rapi.pem")


@dataclass(frozen=True, slots=True)
class VerifyFinding:
    """One complaint: its weight, Ganeti's code, the kind and name of what it is about, and the words."""

    weight: str
    code: str
    kind: str
    name: str
    words: str

    def line(self, *, codes: bool) -> str:
        if codes:
            return f"  - {self.weight}:{self.code}:{self.kind}:{self.name}:{self.words}"
        name = f" {self.name}" if self.name != "None" else ""
        return f"  - {self.weight}: {self.kind}{name}: {self.words}"


def files(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    """Files that must be alike on all nodes, or on all candidates."""
    online = [
        node
        for node in config.nodes
        if not node["offline"] and cluster.answers(cluster.machines[node["name"]], asked_by=master)
    ]
    for node in config.nodes:
        machine = cluster.machines[node["name"]]
        if not node["offline"] and not cluster.answers(machine, asked_by=master):
            yield VerifyFinding(ERROR, "ENODEFILECHECK", "node", node["name"], "Node did not return file checksum data")
    shared = [f"/var/lib/ganeti/{name}" for name in master.files.names_in("/var/lib/ganeti")]
    paths = [*EVERYWHERE, "/var/lib/ganeti/config.data", *(path for path in shared if "/ssconf_" in path)]
    for path in sorted(paths):
        holders = [node for node in online if node["master_candidate"] or not path.endswith("/config.data")]
        yield from _compare(cluster, path, holders)


def _compare(cluster: SimulatedCluster, path: str, nodes: list[dict[str, Any]]) -> Iterator[VerifyFinding]:
    sums: dict[str, list[str]] = {}
    missing = []
    for node in nodes:
        text = cluster.machines[node["name"]].files.read(path)
        if text is None:
            missing.append(node["name"])
        else:
            sums.setdefault(hashlib.sha256(text.encode()).hexdigest(), []).append(node["name"])
    if missing:
        words = f"File {path} is missing from node(s) {', '.join(missing)}"
        yield VerifyFinding(ERROR, "ECLUSTERFILECHECK", "cluster", "None", words)
    if len(sums) > 1:
        variants = "; ".join(
            f"variant {index} on {', '.join(names)}" for index, (_, names) in enumerate(sorted(sums.items()), 1)
        )
        words = f"File {path} found with {len(sums)} different checksums ({variants})"
        yield VerifyFinding(ERROR, "ECLUSTERFILECHECK", "cluster", "None", words)


def nodes(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    """Nodes that do not answer, devices that should be there, instances that should not."""
    for node in config.nodes:
        machine = cluster.machines[node["name"]]
        if node["offline"]:
            continue
        if not cluster.answers(machine, asked_by=master):
            words = f"while contacting node: {cluster.rpc_error(machine)}"
            yield VerifyFinding(ERROR, "ENODERPC", "node", node["name"], words)
            continue
        for code, words in verify_storage.of_node(config, machine):
            yield VerifyFinding(ERROR, code, "node", node["name"], words)
        if machine.drbd_loaded:
            yield from _minors(config, node, machine)
        for name in sorted(machine.domains):
            known = config.instance(name)
            if known is None:
                words = f"node is running unknown instance {name}"
                yield VerifyFinding(ERROR, "ENODEORPHANINSTANCE", "node", node["name"], words)
            elif known["primary_node"] != node["uuid"]:
                words = f"instance should not run on node {node['name']}"
                yield VerifyFinding(ERROR, "EINSTANCEWRONGNODE", "instance", name, words)


def ssh(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    """Keys that are missing, wrong or not let in. Versions without the file say nothing of them."""
    if not NODE_KEYS.on(cluster.version) or not config.cluster["modify_ssh_setup"]:
        return
    for node in config.nodes:
        machine = cluster.machines[node["name"]]
        if node["offline"]:
            continue
        found = (
            root_keys.complaints(machine, config, cluster.version)
            if cluster.answers(machine, asked_by=master)
            else None
        )
        if found is None:
            words = "Could not verify the SSH setup of this node."
            yield VerifyFinding(ERROR, "ENODESSH", "node", node["name"], words)
            return
        if words := " ".join(found):
            yield VerifyFinding(ERROR, "ENODESSH", "node", "None", words)


def versions(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    """What differs between the nodes."""
    for uuid, (code, words) in verify_storage.versions(cluster, config, master):
        yield VerifyFinding(WARNING, code, "node", uuid, words)


def orphans(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    """Volumes that belong to nobody."""
    for machine, volume in verify_storage.orphans(cluster, config, master):
        yield VerifyFinding(ERROR, "ENODEORPHANLV", "node", machine.name, f"volume {volume} is unknown")


def _minors(config: SimulatedConfig, node: dict[str, Any], machine: Machine) -> Iterator[VerifyFinding]:
    """DRBD devices a node should have and has not, or has and should not."""
    wanted: set[int] = set()
    for instance in config.instances:
        for disk in config.disks(instance):
            if node["uuid"] not in disk["logical_id"][:2]:
                continue
            minor = config.minor(disk, node["uuid"])
            wanted.add(minor)
            if instance["disks_active"] and minor not in machine.drbd:
                words = (
                    f"drbd minor {minor} of disk {disk['uuid']} (attached in instance '{instance['name']}')"
                    " is not active"
                )
                yield VerifyFinding(ERROR, "ENODEDRBD", "node", node["name"], words)
    for minor in sorted(machine.drbd.keys() - wanted):
        yield VerifyFinding(ERROR, "ENODEDRBD", "node", node["name"], f"unallocated drbd minor {minor} is in use")


def instances(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    """Instances that are down, and disks that are not whole."""
    for instance in config.instances:
        name = instance["name"]
        primary = config.data["nodes"][instance["primary_node"]]
        machine = cluster.machines[primary["name"]]
        reached = cluster.answers(machine, asked_by=master)
        for holder, volume in verify_storage.missing(cluster, config, master, instance):
            words = f"volume {volume} missing on node {holder.name}"
            yield VerifyFinding(ERROR, "EINSTANCEMISSINGDISK", "instance", name, words)
        if instance["admin_state"] == "up":
            running = reached and name in machine.domains
            if not running and not primary["offline"]:
                words = f"instance not running on its primary node {primary['name']}"
                yield VerifyFinding(ERROR, "EINSTANCEDOWN", "instance", name, words)
            if primary["offline"]:
                words = f"instance is marked as running and lives on offline node {primary['name']}"
                yield VerifyFinding(ERROR, "EINSTANCEBADNODE", "instance", name, words)
        ends = [instance["primary_node"], *config.secondaries(instance)]
        for uuid in ends:
            yield from _disks(cluster, config, master, instance, config.data["nodes"][uuid])
        for uuid in ends:
            node = config.data["nodes"][uuid]
            if not node["offline"] and not cluster.answers(cluster.machines[node["name"]], asked_by=master):
                role = "primary" if uuid == instance["primary_node"] else "secondary"
                words = f"instance {name}, connection to {role} node failed"
                yield VerifyFinding(ERROR, "ENODERPC", "node", node["name"], words)
        gone = [config.name_of(uuid) for uuid in ends[1:] if config.data["nodes"][uuid]["offline"]]
        if gone:
            words = f"instance has offline secondary node(s) {', '.join(gone)}"
            yield VerifyFinding(ERROR, "EINSTANCEBADNODE", "instance", name, words)


def _disks(
    cluster: SimulatedCluster, config: SimulatedConfig, master: Machine, instance: dict[str, Any], node: dict[str, Any]
) -> Iterator[VerifyFinding]:
    if node["offline"] or not instance["disks_active"]:
        return
    machine = cluster.machines[node["name"]]
    for index, disk in enumerate(config.disks(instance)):
        what = f"couldn't retrieve status for disk/{index} on {node['name']}: "
        code, name = "EINSTANCEFAULTYDISK", instance["name"]
        if not cluster.answers(machine, asked_by=master):
            yield VerifyFinding(ERROR, code, "instance", name, what + cluster.rpc_error(machine))
            continue
        side = side_on(config, disk, machine)
        if not machine.drbd_loaded:
            yield VerifyFinding(ERROR, code, "instance", name, what + NO_MODULE)
        elif side is None:
            yield VerifyFinding(ERROR, code, "instance", name, what + f"Can't find device {_device(disk)}")
        elif side.degraded:
            local = disk_status(side, cluster)
            weight = WARNING if local in {"ok", "syncing"} else ERROR
            words = f"disk/{index} on {node['name']} is degraded; local disk state is '{local}'"
            yield VerifyFinding(weight, code, "instance", name, words)


def _device(disk: dict[str, Any]) -> str:
    """A disk as lib/objects.py writes it."""
    first, second, port, minor_a, minor_b, _ = disk["logical_id"]
    data, meta = (
        f"<LogicalVolume(/dev/{child['logical_id'][0]}/{child['logical_id'][1]}, visible as /dev/,"
        f" size={child['size']}m)>"
        for child in disk["children"]
    )
    return (
        f"<DRBD8(hosts={first}/{minor_a}-{second}/{minor_b}, port={port}, backend={data}, metadev={meta},"
        f" visible as /dev/{disk['iv_name']}, size={disk['size']}m)>"
    )


def notes(config: SimulatedConfig) -> list[str]:
    offline = sum(node["offline"] for node in config.nodes)
    drained = sum(node["drained"] and not node["offline"] for node in config.nodes)
    lines = [f"  - NOTICE: {offline} offline node(s) found."] if offline else []
    return lines + ([f"  - NOTICE: {drained} drained node(s) found."] if drained else [])


def hooks(cluster: SimulatedCluster, config: SimulatedConfig, master: Machine) -> Iterator[VerifyFinding]:
    for node in config.nodes:
        machine = cluster.machines[node["name"]]
        if not node["offline"] and not cluster.answers(machine, asked_by=master):
            words = f"Communication failure in hooks execution: {cluster.rpc_error(machine)}"
            yield VerifyFinding(ERROR, "ENODEHOOKS", "node", node["name"], words)
