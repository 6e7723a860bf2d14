"""The two halves of a DRBD disk disagree, or cannot agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.disk import Disk
from tests.cluster.lab.incidents.jobs import submitted
from tests.cluster.lab.incidents.registry import incident
from tests.cluster.lab.shell import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.lab.lab import Lab

CONNECTION_LOST = 120.0
"""Seconds until DRBD misses its peer: its pings have to time out."""


@incident("split-brain")
def split_brain(lab: Lab) -> dict[str, str]:
    """inst1: replication cut, both sides written, replication back: DRBD refuses to choose."""
    disk = Disk.of(lab, "inst1.lab.example")
    with_link_cut(lab, disk, lambda: (disk.write(disk.primary, "kept"), disk.write_as_second_primary("lost")))
    disk.wait(lambda: "StandAlone" in (disk.connection(disk.primary), disk.connection(disk.secondary)))
    return told(disk)


@incident("split-brain-not-diverged")
def not_diverged(lab: Lab) -> dict[str, str]:
    """inst2: both sides disconnected and waiting for nobody, only the primary written (the wiki's case 1)."""
    disk = Disk.of(lab, "inst2.lab.example")
    for node in (disk.secondary, disk.primary):
        disk.disconnect(node)
    disk.write(disk.primary, "kept")
    return told(disk)


@incident("resync-interrupted")
def resync_interrupted(lab: Lab) -> dict[str, str]:
    """inst2: the secondary is only half in sync, and neither side looks for the other (the wiki's case 2)."""
    disk = Disk.of(lab, "inst2.lab.example")
    for node in (disk.secondary, disk.primary):
        disk.disconnect(node)
    disk.write(disk.primary, "kept")
    # What an interrupted resync leaves on its target: a disk that is not consistent, and knows it.
    lab.must(disk.secondary, ["drbdsetup", "invalidate", str(disk.minor(disk.secondary))])
    return told(disk)


@incident("disk-detached")
def disk_detached(lab: Lab) -> dict[str, str]:
    """inst2: the secondary lost its volume and runs without one."""
    disk = Disk.of(lab, "inst2.lab.example")
    lab.must(disk.secondary, ["drbdsetup", "detach", str(disk.minor(disk.secondary))])
    disk.wait(lambda: "Diskless" in disk.disks(disk.secondary))
    return told(disk)


@incident("handshake-stuck")
def handshake_stuck(lab: Lab) -> dict[str, str]:
    """inst3: the secondary's metadata hangs within the handshake, and so does a cleanup job (the wiki's case 3)."""
    disk = Disk.of(lab, "inst3.lab.example")

    def freeze() -> None:
        disk.write(disk.primary, "kept")
        lab.must(disk.secondary, ["dmsetup", "suspend", "--nolockfs", "--noflush", disk.meta_path])

    with_link_cut(lab, disk, freeze)
    disk.wait(lambda: disk.connection(disk.primary) == "WFBitMapS")
    job = submitted(lab, ["gnt-instance", "migrate", "--cleanup", "-f", disk.instance])
    return {**told(disk), "job": job, "mapper": disk.mapper_name}


def with_link_cut(lab: Lab, disk: Disk, act: Callable[[], object]) -> None:
    """Cut the replication, act once both sides have noticed, and let them see each other again."""
    lab.cut_link()
    try:
        for node in (disk.primary, disk.secondary):
            wait_until(
                f"{node} to miss its peer",
                CONNECTION_LOST,
                lambda node=node: disk.connection(node) != "Connected",  # type: ignore[misc]
            )
        act()
    finally:
        lab.heal_link()


def told(disk: Disk) -> dict[str, str]:
    return {"instance": disk.instance, "primary": disk.primary, "secondary": disk.secondary}
