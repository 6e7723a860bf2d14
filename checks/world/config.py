"""The cluster's configuration as Ganeti keeps it: config.data, and the ssconf files made from it.

Shapes: src/Ganeti/Objects.hs and src/Ganeti/WConfd/Ssconf.hs at v3.0.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from checks.releases import IMITATED, KEY_TYPES, SSH_PORTS_FILE
from checks.world import layout
from checks.world.layout import Layout
from checks.world.node.machine import Machine

PATH = "/var/lib/ganeti/config.data"
FIRST_PORT = 11000
"""Of DRBD's connections (lib/constants.py, FIRST_DRBD_PORT)."""


class SimulatedConfig:
    """One copy of config.data, with the questions the programs ask of it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @classmethod
    def read(cls, machine: Machine) -> SimulatedConfig | None:
        """The copy on this node; None if there is none or it is broken."""
        text = machine.files.read(PATH)
        return None if text is None else cls._of(text)

    @classmethod
    def seen(cls, machine: Machine) -> SimulatedConfig | None:
        """The same to look at only: all who look at the same text share it."""
        text = machine.files.read(PATH)
        return None if text is None else _shared(text)

    @classmethod
    def _of(cls, text: str) -> SimulatedConfig | None:
        try:
            data = json.loads(text)
        except ValueError:
            return None
        return cls(data) if isinstance(data, dict) and {"cluster", "nodes", "instances"} <= data.keys() else None

    def text(self) -> str:
        return json.dumps(self.data, separators=(",", ":"))

    @property
    def cluster(self) -> dict[str, Any]:
        cluster: dict[str, Any] = self.data["cluster"]
        return cluster

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """All nodes in the order of their names."""
        return sorted(self.data["nodes"].values(), key=lambda node: node["name"])

    @property
    def instances(self) -> list[dict[str, Any]]:
        return sorted(self.data["instances"].values(), key=lambda instance: instance["name"])

    @property
    def master(self) -> str:
        return self.name_of(self.cluster["master_node"])

    def node(self, name: str) -> dict[str, Any] | None:
        """A node by its full name, or by a short one as Ganeti accepts it."""
        for node in self.nodes:
            if name in (node["name"], node["name"].split(".", 1)[0], node["uuid"]):
                return node
        return None

    def instance(self, name: str) -> dict[str, Any] | None:
        for instance in self.instances:
            if name in (instance["name"], instance["name"].split(".", 1)[0]):
                return instance
        return None

    def name_of(self, uuid: str) -> str:
        return str(self.data["nodes"][uuid]["name"])

    def uuid_of(self, name: str) -> str:
        return next(str(uuid) for uuid, node in self.data["nodes"].items() if node["name"] == name)

    def disks(self, instance: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.data["disks"][uuid] for uuid in instance["disks"]]

    def secondaries(self, instance: dict[str, Any]) -> list[str]:
        """UUIDs of the nodes that hold the second copy."""
        ends: list[str] = self.disks(instance)[0]["logical_id"][:2] if instance["disks"] else []
        return [uuid for uuid in ends if uuid != instance["primary_node"]]

    def minor(self, disk: dict[str, Any], node_uuid: str) -> int:
        first, _, _, minor_a, minor_b, _ = disk["logical_id"]
        return int(minor_a if node_uuid == first else minor_b)

    def candidates(self) -> list[dict[str, Any]]:
        return [node for node in self.nodes if node["master_candidate"] and not node["offline"]]

    def touch(self, now: float, *things: dict[str, Any]) -> None:
        """Count a change, in the whole and in the things that changed."""
        self.data["serial_no"] += 1
        self.data["mtime"] = now
        for thing in things:
            thing["serial_no"] += 1
            thing["mtime"] = now


def build(plan: Layout, machines: list[Machine], version: str, now: float) -> SimulatedConfig:
    """The configuration of a healthy cluster of these nodes, made some time ago."""
    made = now - 5000
    stamps = {"ctime": made, "mtime": made, "serial_no": 1}
    nodes = {
        plan.node_uuids[machine.number - 1]: {
            "name": machine.name,
            "primary_ip": machine.primary_ip,
            "secondary_ip": machine.secondary_ip,
            "master_candidate": True,
            "offline": False,
            "drained": False,
            "group": layout.GROUP_UUID,
            "master_capable": True,
            "vm_capable": True,
            "ndparams": {},
            "powered": True,
            "uuid": plan.node_uuids[machine.number - 1],
            "tags": [],
            **stamps,
        }
        for machine in machines
    }
    disks: dict[str, Any] = {}
    instances: dict[str, Any] = {}
    for one in plan.instances:
        ends = [plan.node_uuids[one.primary - 1], plan.node_uuids[one.secondary - 1]]
        for index, disk in enumerate(one.disks):
            disks[disk.uuid] = _disk(plan.volume_group, disk, index, ends, stamps)
        instances[one.uuid] = {
            "name": one.name,
            "primary_node": ends[0],
            "os": "noop+default",
            "hypervisor": "fake",
            "hvparams": {},
            "beparams": {"maxmem": 32, "minmem": 32, "vcpus": 1},
            "osparams": {},
            "admin_state": "up",
            "admin_state_source": "admin",
            "nics": [],
            "disks": [disk.uuid for disk in one.disks],
            "disks_active": True,
            "disk_template": "drbd",
            "uuid": one.uuid,
            "tags": [],
            **stamps,
            "serial_no": 3,
        }
    return SimulatedConfig(
        {
            "version": IMITATED[version].config,
            "cluster": _cluster(plan, version, stamps, nodes),
            "nodes": nodes,
            "nodegroups": {
                layout.GROUP_UUID: {
                    "name": plan.group,
                    "members": [],
                    "ndparams": {},
                    "ipolicy": {},
                    "diskparams": {},
                    "alloc_policy": "preferred",
                    "networks": {},
                    "uuid": layout.GROUP_UUID,
                    "tags": [],
                    **stamps,
                }
            },
            "instances": instances,
            "networks": {},
            "disks": disks,
            "filters": {},
            **stamps,
            "serial_no": 40,
        }
    )


def _disk(group: str, disk: layout.DiskPlan, index: int, ends: list[str], stamps: dict[str, Any]) -> dict[str, Any]:
    def volume(kind: str, size: int, uuid: str) -> dict[str, Any]:
        return {
            "dev_type": "plain",
            "logical_id": [group, f"{disk.volume}_{kind}"],
            "children": [],
            "nodes": ends,
            "iv_name": "",
            "size": size,
            "mode": "rw",
            "params": {},
            "uuid": uuid,
            **stamps,
        }

    return {
        "dev_type": "drbd",
        "logical_id": [*ends, FIRST_PORT + disk.minor, disk.minor, disk.minor, f"{disk.minor:040x}"],
        "children": [volume("data", disk.size, disk.children[0]), volume("meta", 128, disk.children[1])],
        "nodes": ends,
        "iv_name": f"disk/{index}",
        "size": disk.size,
        "mode": "rw",
        "params": {},
        "uuid": disk.uuid,
        **stamps,
    }


def _cluster(plan: Layout, version: str, stamps: dict[str, Any], nodes: dict[str, Any]) -> dict[str, Any]:
    return {
        "rsahostkeypub": "AAAAB3NzaC1yc2EAAAADAQABAAABgQC",
        "highest_used_port": FIRST_PORT + sum(len(one.disks) for one in plan.instances) - 1,
        "tcpudp_port_pool": [],
        "mac_prefix": "aa:00:00",
        "volume_group_name": plan.volume_group,
        "reserved_lvs": [],
        "drbd_usermode_helper": "/bin/true",
        "master_node": plan.node_uuids[0],
        "master_ip": plan.master_ip,
        "master_netdev": layout.MASTER_NETDEV,
        "master_netmask": 32,
        "use_external_mip_script": False,
        "cluster_name": plan.cluster,
        "file_storage_dir": "/srv/ganeti/file-storage",
        "shared_file_storage_dir": "/srv/ganeti/shared-file-storage",
        "gluster_storage_dir": "/var/run/ganeti/gluster",
        "enabled_hypervisors": ["fake"],
        "hvparams": {"fake": {"migration_mode": "live"}},
        "ndparams": {"ssh_port": plan.ssh_port, "oob_program": "", "spindle_count": 1},
        "candidate_pool_size": 10,
        "modify_ssh_setup": True,
        **({"ssh_key_type": "rsa", "ssh_key_bits": 2048} if KEY_TYPES.on(version) else {}),
        "maintain_node_health": False,
        "enabled_disk_templates": ["drbd", "plain"],
        "primary_ip_family": 2,
        "candidate_certs": {uuid: "00:" * 19 + f"{index:02d}" for index, uuid in enumerate(nodes)},
        "max_running_jobs": 20,
        "uuid": layout.CLUSTER_UUID,
        "tags": [],
        **stamps,
    }


@lru_cache(maxsize=2)
def _shared(text: str) -> SimulatedConfig | None:
    return SimulatedConfig._of(text)  # noqa: SLF001 - one of us


def ssconf(config: SimulatedConfig, version: str) -> dict[str, str]:
    """Names and texts of the ssconf files of this configuration."""
    nodes = config.nodes
    cluster = config.cluster
    values = {
        "cluster_name": [cluster["cluster_name"]],
        "cluster_tags": [],
        "enabled_user_shutdown": ["False"],
        "file_storage_dir": [cluster["file_storage_dir"]],
        "gluster_storage_dir": [cluster["gluster_storage_dir"]],
        "hvparams_fake": ["migration_mode=live"],
        "hypervisor_list": cluster["enabled_hypervisors"],
        "instance_list": [instance["name"] for instance in config.instances],
        "maintain_node_health": [str(cluster["maintain_node_health"])],
        "master_candidates": [node["name"] for node in nodes if node["master_candidate"]],
        "master_candidates_certs": [f"{uuid}={cert}" for uuid, cert in sorted(cluster["candidate_certs"].items())],
        "master_candidates_ips": [node["primary_ip"] for node in nodes if node["master_candidate"]],
        "master_ip": [cluster["master_ip"]],
        "master_netdev": [cluster["master_netdev"]],
        "master_netmask": [str(cluster["master_netmask"])],
        "master_node": [config.master],
        "networks": [],
        "node_list": [node["name"] for node in nodes],
        "node_primary_ips": [f"{node['name']} {node['primary_ip']}" for node in nodes],
        "node_secondary_ips": [f"{node['name']} {node['secondary_ip']}" for node in nodes],
        "node_vm_capable": [f"{node['name']}={node['vm_capable']}" for node in nodes],
        "nodegroups": [f"{uuid} {group['name']}" for uuid, group in config.data["nodegroups"].items()],
        "offline_nodes": [node["name"] for node in nodes if node["offline"]],
        "online_nodes": [node["name"] for node in nodes if not node["offline"]],
        "primary_ip_family": ["4"],
        "release_version": [IMITATED[version].version],
        "shared_file_storage_dir": [cluster["shared_file_storage_dir"]],
        "uid_pool": [],
    }
    if SSH_PORTS_FILE.on(version):
        port = cluster["ndparams"]["ssh_port"]
        values["ssh_ports"] = [f"{node['name']}={node['ndparams'].get('ssh_port', port)}" for node in nodes]
    return {key: "".join(f"{line}\n" for line in lines) for key, lines in values.items()}


def files(config: SimulatedConfig, version: str) -> Mapping[str, str]:
    """config.data and the ssconf files, by path: the same for all nodes."""
    small = {f"/var/lib/ganeti/ssconf_{key}": text for key, text in ssconf(config, version).items()}
    return {PATH: config.text(), **small}


def install(machine: Machine, files: Mapping[str, str], *, now: float, full: bool) -> None:
    """Write the ssconf files, and with `full` config.data too, as a node gets them from the master."""
    for path, text in files.items():
        if path != PATH:
            machine.files.write(path, text, mode=0o444, mtime=now)
        elif full:
            machine.files.write(path, text, owner="gnt-masterd", group="gnt-confd", mode=0o640, mtime=now)
