"""A cluster that exists only as files and processes, behind fake links that answer exactly the reads of this pack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.look.commands import ADDRESSES, DATE, PROCESSES, QUEUE, SSCONF
from checks.paths import CONFIG_DATA, DEFAULTS, JOB_FILE_PREFIX, LOCKS_DATA, SSCONF_PREFIX
from checks.site import discover
from engine.clock import SystemClock
from engine.errors import HostError, HostUnreachableError
from engine.hosts.host import Host, Result
from engine.hosts.reader import Reader
from engine.knowledge import Context
from tests.support.links import FakeLink, FakeLinks, said

ONE, TWO, THREE = (f"hwhost-{number}.lab.example" for number in (1, 2, 3))
UUIDS = {
    ONE: "a253936f-c34a-46be-b3cd-b19d19d13ae1",
    TWO: "75fba29b-fb89-453d-9354-aabedf75a77b",
    THREE: "0c6b1f0e-3c8e-4f63-9a53-2f6a1f0d7e11",
}
NOW = 1795350800
SECRET = "5ecre7f0rDRBD"
MASTER_IP = "10.77.0.100"
JOB_COMMAND = "/usr/bin/python3 /usr/share/ganeti/3.0/ganeti/jqueue/exec.py"


@dataclass
class Imitation:
    """Three nodes, the first the master, the first two candidates; change its members to break it."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, HostError] = field(default_factory=dict)
    probes: dict[str, tuple[int, str]] = field(default_factory=dict)
    replies: dict[tuple[str, tuple[str, ...]], tuple[int, str]] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, name in enumerate(UUIDS, start=1):
            self.files[name] = {f"{SSCONF_PREFIX}{key}": text for key, text in ssconf_files().items()}
            self.addresses[name] = [f"10.77.0.{number}", f"10.78.0.{number}"]
            self.commands[name] = [
                "/usr/bin/python3 /usr/sbin/ganeti-noded --no-mlock",
                "/usr/sbin/ganeti-confd",
            ]
            self.files[name]["/proc/drbd"] = "version: 8.4.11 (api:1/proto:86-101)\n"
            self.files[name][DEFAULTS] = 'WCONFD_ARGS=""\nLUXID_ARGS=""\n'
        self.commands[ONE] += ["/usr/sbin/ganeti-wconfd", "/usr/sbin/ganeti-luxid"]
        self.addresses[ONE].append(MASTER_IP)
        for name in (ONE, TWO):
            self.files[name][CONFIG_DATA] = json.dumps(configuration())
        self.files[ONE][LOCKS_DATA] = "[[],[]]"

    def ssconf(self, node: str, key: str, text: str) -> None:
        self.files[node][f"{SSCONF_PREFIX}{key}"] = text

    def file_job(self, job: dict[str, Any], *nodes: str) -> None:
        for node in nodes or (ONE, TWO):
            self.files[node][f"{JOB_FILE_PREFIX}{job['id']}"] = json.dumps(job) + "\n"

    def hold(self, held: list[Any], pending: Sequence[Any] = ()) -> None:
        self.files[ONE][LOCKS_DATA] = json.dumps([held, list(pending)])

    def silence(self, *nodes: str) -> None:
        for node in nodes:
            self.errors[node] = HostUnreachableError(f"{node} cannot be reached.")

    def reader(self) -> Reader:
        return Reader(Nodes(self))

    def context(self) -> Context:
        # The site is known from before, when all was well.
        broken, self.errors = self.errors, {}
        mine, self.files[ONE] = (
            self.files[ONE],
            self.files[ONE] | {f"{SSCONF_PREFIX}{key}": text for key, text in ssconf_files().items()},
        )
        site = discover(self.reader(), [Host(ONE)])
        self.errors, self.files[ONE] = broken, mine
        self.asked.clear()
        return Context(self.reader(), site, SystemClock())

    def ps(self, node: str) -> str:
        return "".join(
            f"{pid:7} {1:7} {'root':<20} Ss   {99:7} {command}\n"
            for pid, command in enumerate(["/sbin/init", *self.commands[node]], start=1)
        )


class Node(FakeLink):
    def __init__(self, host: Host, cluster: Imitation) -> None:
        super().__init__(host)
        self.cluster = cluster

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        words = tuple(argv)
        self.cluster.asked.append((self.host.name, words))
        code, out, err = self.answer(self.host.name, words)
        return said(words, out, err, code)

    def answer(self, name: str, words: tuple[str, ...]) -> tuple[int, str, str]:
        if (name, words) in self.cluster.replies:
            return *self.cluster.replies[name, words], ""
        here = self.cluster.files[name]
        known = {
            SSCONF.argv: lambda: grepped(here, SSCONF_PREFIX),
            QUEUE.argv: lambda: grepped(here, JOB_FILE_PREFIX),
            PROCESSES.argv: lambda: (0, self.cluster.ps(name), ""),
            ADDRESSES.argv: lambda: (0, listed(self.cluster.addresses[name]), ""),
            DATE.argv: lambda: (0, f"{NOW}\n", ""),
        }
        if words in known:
            return known[words]()
        if words[0] == "cat":
            path = words[1]
            missing = (1, "", f"cat: {path}: No such file or directory\n")
            return (0, here[path], "") if path in here else missing
        if words[0] in {"ping", "socat"}:
            code, err = self.cluster.probes.get(" ".join((name, *words)), (1, ""))
            return code, "", err
        raise AssertionError(f"this pack should not ask: {' '.join(words)}")


@dataclass
class Nodes(FakeLinks):
    cluster: Imitation

    def to(self, host: Host) -> Node:
        if host.name in self.cluster.errors:
            raise self.cluster.errors[host.name]
        return Node(host, self.cluster)


def listed(addresses: list[str]) -> str:
    return "".join(f"1: lo    inet {one}/24 scope global lo\\       valid_lft forever\n" for one in addresses)


def grepped(files: dict[str, str], prefix: str) -> tuple[int, str, str]:
    lines = [
        f"{path}:{line}\n" for path, text in files.items() if path.startswith(prefix) for line in text.splitlines()
    ]
    return (0 if lines else 1), "".join(lines), ""


def ssconf_files() -> dict[str, str]:
    nodes = list(UUIDS)
    return {
        "cluster_name": "cluster.lab.example\n",
        "cluster_tags": "",
        "release_version": "3.0.2\n",
        "master_node": f"{ONE}\n",
        "master_ip": f"{MASTER_IP}\n",
        "node_list": "".join(f"{node}\n" for node in nodes),
        "master_candidates": f"{ONE}\n{TWO}\n",
        "offline_nodes": "",
        "node_primary_ips": "".join(f"{node} 10.77.0.{at}\n" for at, node in enumerate(nodes, 1)),
        "node_secondary_ips": "".join(f"{node} 10.78.0.{at}\n" for at, node in enumerate(nodes, 1)),
        "ssh_ports": "".join(f"{node}=2222\n" for node in nodes),
    }


def configuration(serial: int = 40) -> dict[str, Any]:
    return {
        "version": 3000000,
        "serial_no": serial,
        "mtime": 1795347662.25,
        "cluster": {"cluster_name": "cluster.lab.example", "serial_no": 7, "rsahostkeypub": SECRET},
        "nodes": {
            uuid: {
                "name": name,
                "uuid": uuid,
                "primary_ip": f"10.77.0.{number}",
                "secondary_ip": f"10.78.0.{number}",
                "offline": False,
                "drained": False,
                "master_candidate": number < 3,
                "ndparams": {"ssh_port": 2222} if number == 2 else {},
            }
            for number, (name, uuid) in enumerate(UUIDS.items(), start=1)
        },
        "instances": {
            "1943686c": {
                "name": "inst1.lab.example",
                "primary_node": UUIDS[ONE],
                "admin_state": "up",
                "disks": ["347d0b57"],
                "disks_active": True,
                "osparams_private": {"password": SECRET},
            },
            "62c7ca96": {
                "name": "inst2.lab.example",
                "primary_node": UUIDS[TWO],
                "admin_state": "down",
                "disks": ["67e8f6fb"],
            },
            "ffffffff": {"name": "plain1.lab.example", "primary_node": UUIDS[THREE], "disks": ["aaaaaaaa"]},
        },
        "disks": {
            "347d0b57": drbd_disk(0, "b7a2c794"),
            "67e8f6fb": drbd_disk(1, "474ccc51"),
            "aaaaaaaa": {"dev_type": "plain", "size": 10, "logical_id": ["vg0", "aa.disk0"]},
        },
    }


def drbd_disk(minor: int, name: str) -> dict[str, Any]:
    """A disk whose identifier names the first node first, with another minor on the second."""
    return {
        "dev_type": "drbd",
        "size": 64,
        "iv_name": "disk/0",
        "logical_id": [UUIDS[ONE], UUIDS[TWO], 11000 + minor, minor, minor + 5, SECRET],
        "children": [
            {"dev_type": "plain", "size": 64, "logical_id": ["vg0", f"{name}.disk0_data"]},
            {"dev_type": "plain", "size": 128, "logical_id": ["vg0", f"{name}.disk0_meta"]},
        ],
    }


def delay_job(number: int = 14, status: str = "running") -> dict[str, Any]:
    """A job as luxid writes it: a long OP_TEST_DELAY on the second node."""
    return {
        "id": number,
        "ops": [
            {
                "input": {"OP_ID": "OP_TEST_DELAY", "duration": 3600, "on_nodes": [TWO], "priority": 0},
                "status": status,
                "result": None,
                "log": [[1, [NOW - 50, 5], "message", " - INFO: waiting\nfor a long time"]],
                "priority": 0,
                "start_timestamp": [NOW - 57, 500000],
            }
        ],
        "received_timestamp": [NOW - 60, 0],
        "start_timestamp": [NOW - 57, 500000],
        "end_timestamp": None,
        "livelock": "/var/run/ganeti/livelocks/job_000014_1795350769",
        "process_id": 1199,
    }
