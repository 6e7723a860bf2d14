"""Volumes that one node does not have any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.disk import Disk
from tests.cluster.lab.incidents.registry import incident

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab

INSTANCES = ("inst1.lab.example", "inst3.lab.example")
"""Their primary node is the first one; the second of them has two disks."""
SECONDARIES = ((INSTANCES[0], 0), (INSTANCES[1], 0), (INSTANCES[1], 1))
"""The disks that `volumes-lost` is about, by instance and number."""
OTHER = "inst2.lab.example"
"""Its primary node is the second one."""


@incident("volumes-lost")
def volumes_lost(lab: Lab) -> dict[str, str]:
    """inst1 and inst3: the volumes of their three disks are gone from the secondary, as after a reinstallation."""
    for disk in secondary_disks(lab):
        disk.write(disk.primary, f"kept of {disk.instance}")
        lose(disk, disk.secondary)
    first = Disk.of(lab, INSTANCES[0])
    return {"node": first.secondary, "peer": first.primary, "instances": ",".join(INSTANCES)}


@incident("volume-lost")
def volume_lost(lab: Lab) -> dict[str, str]:
    """inst1 alone: the volumes of its disk are gone from the secondary."""
    disk = Disk.of(lab, INSTANCES[0])
    disk.write(disk.primary, f"kept of {disk.instance}")
    lose(disk, disk.secondary)
    return {"node": disk.secondary, "peer": disk.primary, "instances": disk.instance}


@incident("primary-volumes-lost")
def primary_volumes_lost(lab: Lab) -> dict[str, str]:
    """inst2: its primary node has lost the volumes, and the instance runs on over the network."""
    disk = Disk.of(lab, OTHER)
    disk.write(disk.primary, f"kept of {disk.instance}")
    lab.must(disk.primary, ["drbdsetup", "detach", str(disk.minor(disk.primary))])
    disk.wait(lambda: disk.disks(disk.primary).startswith("Diskless"))
    remove(disk, disk.primary)
    return {"node": disk.primary, "peer": disk.secondary, "instances": OTHER}


def secondary_disks(lab: Lab) -> list[Disk]:
    """The disks that `volumes-lost` is about."""
    return [Disk.of(lab, instance, index) for instance, index in SECONDARIES]


def lose(disk: Disk, node: str) -> None:
    """Take the device down and its volumes away."""
    lab = disk.lab
    lab.must(node, ["drbdsetup", "down", f"resource{disk.minor(node)}"])
    remove(disk, node)
    disk.wait(lambda: disk.connection(disk.peer(node)) == "WFConnection")


def remove(disk: Disk, node: str) -> None:
    """Remove both volumes below a disk."""
    disk.lab.must(node, ["lvremove", "-f", disk.data_path, disk.meta_path])
