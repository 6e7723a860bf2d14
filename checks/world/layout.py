"""How the simulated cluster is built: names, addresses, UUIDs and disks; a site may give its own.

The first nodes and instances have the UUIDs of the transcripts of the real one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Network

CLUSTER_UUID = "6ddcadca-5096-497b-84b8-f36f6f99ddaf"
_OURS = uuid.UUID(CLUSTER_UUID)
GROUP_UUID = "73c962b5-05a0-42f7-9c14-31e93cbd946d"
MASTER_NETDEV = "loopback1"
NODE_PORT = 1811
"""Where ganeti-noded listens (lib/constants.py, DEFAULT_NODED_PORT)."""
DOMAIN = "lab.example"
MASTER_HOST = 100
"""The master address is this one of the primary network, or the last one of a network that is full until there."""

_NODE_UUIDS = (
    "a253936f-c34a-46be-b3cd-b19d19d13ae1",
    "75fba29b-fb89-453d-9354-aabedf75a77b",
    "c0f1d3aa-0d5e-4c1e-9a57-6b2f3f0e7d11",
)


@dataclass(frozen=True, slots=True)
class DiskPlan:
    """A DRBD disk: its two volumes carry `volume` in their names; sizes in MiB."""

    uuid: str
    volume: str
    size: int
    minor: int
    children: tuple[str, str]


@dataclass(frozen=True, slots=True)
class InstancePlan:
    """An instance and the numbers of its nodes, counted from one."""

    name: str
    uuid: str
    primary: int
    secondary: int
    disks: tuple[DiskPlan, ...]


_TRANSCRIBED = (
    InstancePlan(
        "inst1",
        "1943686c-4454-4e65-bff1-efcfdb9fa460",
        1,
        2,
        (
            DiskPlan(
                "347d0b57-c60f-4ef8-a168-107a2fb874c2",
                "b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0",
                64,
                0,
                ("818f2396-3678-44ba-ad83-6e2022276ae3", "5e178e06-0b6d-4a73-98cf-ae957b1710dd"),
            ),
        ),
    ),
    InstancePlan(
        "inst2",
        "62c7ca96-af51-4c69-811d-c7f956156329",
        2,
        1,
        (
            DiskPlan(
                "67e8f6fb-8736-435f-98fa-0e2711ba17a8",
                "474ccc51-643f-4063-9604-b07d13ca3e6d.disk0",
                64,
                1,
                ("60110663-dc20-4174-995e-47a003ddb1fe", "9f2a50af-8b5f-41db-9fa5-f4dd33368aa2"),
            ),
        ),
    ),
    InstancePlan(
        "inst3",
        "fe7f3396-a17d-4299-b3bd-f0d27450f3f2",
        1,
        2,
        (
            DiskPlan(
                "599d2440-1af9-4db4-9ed2-69951539b22a",
                "89f46163-005b-4dff-9865-dd9b688497d9.disk0",
                64,
                2,
                ("cb70b3e7-36ff-44a8-a608-4f00fa311b9e", "0d6bf450-01fb-47c2-a042-49b96b19ff0f"),
            ),
            DiskPlan(
                "ec3461fe-1b7e-4c05-8cf2-b4e5ca3b2c1b",
                "059b6111-83e5-4484-ba90-583f08b4f866.disk1",
                32,
                3,
                ("81d98473-ae11-49ad-8082-acf228bf094e", "3461b137-8a98-404a-adc0-778311240f50"),
            ),
        ),
    ),
    InstancePlan(
        "inst4",
        "bc89ab2a-5b26-41e0-8cc2-93b4db8f42a3",
        2,
        1,
        (
            DiskPlan(
                "8f69cf6b-1ced-4709-9ffe-a428d1c0baff",
                "845954fa-09db-4784-8708-cfe36a1b3f4b.disk0",
                256,
                4,
                ("020b5fef-13cb-4efb-b870-cf413168a9ad", "b4790179-528d-4afe-b3f4-f3f0cec116b0"),
            ),
        ),
    ),
)


AT_LEAST = len(_TRANSCRIBED)
"""Instances that every simulated cluster has, since the scenarios tell of them."""


@dataclass(frozen=True)
class Layout:
    """A simulated cluster's names and addresses.

    Attributes:
        cluster: its name, which the master address has as well.
        node_names: full names, in the order of their numbers; the first one is the master.
        instance_names: full names; where there are fewer than `AT_LEAST`, the others are called inst1, inst2 and so on.
        group: the name of its node group.
        networks: the primary and the secondary one; each node has the address with its number.
        ssh_port: where sshd listens on all nodes.
    """

    cluster: str = f"cluster.{DOMAIN}"
    node_names: tuple[str, ...] = (f"hwhost-1.{DOMAIN}", f"hwhost-2.{DOMAIN}")
    instance_names: tuple[str, ...] = ()
    group: str = "default"
    volume_group: str = "vg0"
    networks: tuple[IPv4Network, IPv4Network] = field(
        default=(IPv4Network("10.77.0.0/24"), IPv4Network("10.78.0.0/24"))
    )
    ssh_port: int = 2222

    @property
    def master_ip(self) -> str:
        primary = self.networks[0]
        return str(primary[MASTER_HOST if len(self.node_names) < MASTER_HOST < primary.num_addresses - 1 else -2])

    def addresses(self, number: int) -> tuple[str, str]:
        """The primary and the secondary address of a node."""
        primary, secondary = self.networks
        return str(primary[number]), str(secondary[number])

    @cached_property
    def node_uuids(self) -> tuple[str, ...]:
        made = (_made(f"node {number}") for number in range(len(_NODE_UUIDS) + 1, len(self.node_names) + 1))
        return (*_NODE_UUIDS[: len(self.node_names)], *made)

    @cached_property
    def instances(self) -> tuple[InstancePlan, ...]:
        """Four as the real cluster has them, on the first two nodes; each further one on two that follow each other."""
        domain = self.node_names[0].partition(".")[2]
        made_up = (f"inst{number}.{domain}" for number in range(len(self.instance_names) + 1, AT_LEAST + 1))
        names = [*self.instance_names, *made_up]
        known = (replace(plan, name=name) for plan, name in zip(_TRANSCRIBED, names, strict=False))
        return (*known, *self._further(names[AT_LEAST:]))

    def _further(self, names: list[str]) -> Iterator[InstancePlan]:
        taken = sum(len(plan.disks) for plan in _TRANSCRIBED)
        nodes = len(self.node_names)
        for number, name in enumerate(names):
            volume = f"{_made(f'volume of {name}')}.disk0"
            children = _made(f"data of {name}"), _made(f"metadata of {name}")
            disk = DiskPlan(_made(f"disk of {name}"), volume, 64, taken + number, children)
            primary = (number + 2) % nodes
            yield InstancePlan(name, _made(f"instance {name}"), primary + 1, (primary + 1) % nodes + 1, (disk,))


def _made(about: str) -> str:
    """A UUID that is the same each time."""
    return str(uuid.uuid5(_OURS, about))


def lab(nodes: int = 2) -> Layout:
    """The cluster that the scenarios have, unless they or a site say otherwise."""
    return Layout(node_names=tuple(f"hwhost-{number}.{DOMAIN}" for number in range(1, nodes + 1)))
