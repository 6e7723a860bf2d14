"""What Ganeti's node daemon does with a DRBD disk on its node (lib/storage/drbd.py, drbd_cmdgen.py)."""

from __future__ import annotations

from typing import Any

from checks.drbd.states import SYNCING, Connection, Disk
from checks.releases import ALONE_IS_FAULTY, DISKLESS_CONNECTS, SYNC_IS_KNOWN
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.drbd import operations
from checks.world.drbd.operations import DrbdError
from checks.world.node.lvm import MIB, LogicalVolume
from checks.world.node.machine import Machine, Net, SimulatedSide

NO_MODULE = (
    "The file /proc/drbd cannot be opened, check if the module is loaded"
    " ([Errno 2] No such file or directory: '/proc/drbd')"
)


class BlockDeviceError(Exception):
    """What the node daemon says of a disk it cannot bring up."""


def minor_on(config: SimulatedConfig, disk: dict[str, Any], machine: Machine) -> int | None:
    """The minor of a disk on a node; None if no end of it is there."""
    return next(
        (config.minor(disk, uuid) for uuid in disk["logical_id"][:2] if config.name_of(uuid) == machine.name), None
    )


def side_on(config: SimulatedConfig, disk: dict[str, Any], machine: Machine) -> SimulatedSide | None:
    """The device of a disk on a node, if it is configured there."""
    minor = minor_on(config, disk, machine)
    return machine.drbd.get(minor) if minor is not None else None


def volumes_on(disk: dict[str, Any], machine: Machine) -> list[LogicalVolume]:
    """Its volumes for data and metadata; none where one of them is missing, as Ganeti takes it."""
    found = [machine.storage.find("/".join(child["logical_id"])) for child in disk["children"]]
    return [one for one in found if one is not None] if all(found) else []


def net_of(config: SimulatedConfig, disk: dict[str, Any], machine: Machine) -> Net:
    """How Ganeti connects a disk; it never chooses whose data are discarded, unless a side has changed nothing."""
    port, secret = disk["logical_id"][2], disk["logical_id"][5]
    nodes = [config.data["nodes"][uuid] for uuid in disk["logical_id"][:2]]
    own, peer = sorted(nodes, key=lambda node: node["name"] != machine.name)
    return Net(f"{own['secondary_ip']}:{port}", f"{peer['secondary_ip']}:{port}", str(secret),
               "discard-zero-changes", "consensus")  # fmt: skip


def assemble(
    cluster: SimulatedCluster, config: SimulatedConfig, disk: dict[str, Any], machine: Machine, *, as_primary: bool
) -> None:
    """Bring a disk up on a node; what is there already stays, what is missing is added.

    Raises:
        BlockDeviceError: DRBD refused.
    """
    minor = minor_on(config, disk, machine)
    if minor is None:
        return
    if not machine.drbd_loaded:
        raise BlockDeviceError(NO_MODULE)
    volumes = volumes_on(disk, machine)
    side = machine.drbd.get(minor)
    if side is None:
        if not volumes and not DISKLESS_CONNECTS.on(cluster.version):
            # It is connected before it is made.
            raise BlockDeviceError(
                f"drbd{minor}: can't set the synchronization parameters: Can't change syncer rate: exited with exit"
                f" code 10 - {minor}: Failure: (127) Device minor not allocated\nadditional info from kernel:\n"
                "unknown minor"
            )
        side = machine.drbd[minor] = SimulatedSide(machine, minor)
    if volumes and side.disk == Disk.DISKLESS:
        _attach(cluster, side, volumes, int(disk["size"]) * MIB)
    if side.state == Connection.STANDALONE:
        operations.connect(cluster, side, net_of(config, disk, machine))
    if as_primary:
        try:
            operations.promote(cluster, side)
        except DrbdError as error:
            raise BlockDeviceError(f"drbd{minor}: can't make drbd device primary: {minor}: {error.text}") from error


def _attach(cluster: SimulatedCluster, side: SimulatedSide, volumes: list[LogicalVolume], size: int) -> None:
    try:
        operations.attach(cluster, side, *volumes, size=size)
    except DrbdError as error:
        if side.state == Connection.STANDALONE:
            del side.machine.drbd[side.minor]
        raise BlockDeviceError(f"drbd{side.minor}: can't attach local disk: {side.minor}: {error.text}") from error


def shutdown(cluster: SimulatedCluster, config: SimulatedConfig, disk: dict[str, Any], machine: Machine) -> None:
    """Take a disk down on a node."""
    side = side_on(config, disk, machine)
    if side is not None:
        operations.demote(cluster, side)
        operations.down(cluster, side)


def disk_status(side: SimulatedSide, cluster: SimulatedCluster) -> str:
    """Ganeti's word for the local disk; it differs by version (lib/storage/drbd.py, GetSyncStatus)."""
    if side.disk == Disk.DISKLESS or (ALONE_IS_FAULTY.on(cluster.version) and side.state == Connection.STANDALONE):
        return "faulty"
    if side.disk == Disk.UP_TO_DATE:
        return "ok"
    return "syncing" if side.state in SYNCING and SYNC_IS_KNOWN.on(cluster.version) else "unknown"
