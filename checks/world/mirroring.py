"""Bringing DRBD devices up and down as Ganeti's node daemon does, with what DRBD makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.world import drbd
from checks.world.cluster import Cluster, written
from checks.world.drbd import Side

if TYPE_CHECKING:
    from checks.world.config import Config
    from checks.world.machine import Machine

SYNC_SECONDS = 20.0


def assemble(cluster: Cluster, config: Config, disk: dict[str, Any], *, primary: Machine) -> bool:
    """Bring both ends up, connect them, and make one the primary; returns whether that end is."""
    ends = [cluster.by_uuid(config, uuid) for uuid in disk["logical_id"][:2]]
    for uuid, machine in zip(disk["logical_id"][:2], ends, strict=True):
        minor = config.minor(disk, uuid)
        if cluster.answers(machine, asked_by=primary) and machine.drbd_loaded and minor not in machine.drbd:
            machine.drbd[minor] = Side("Secondary", "WFConnection", "UpToDate")
    _connect(cluster, config, disk, ends)
    return promote(cluster, config, disk, primary)


def side_on(config: Config, disk: dict[str, Any], machine: Machine) -> Side | None:
    for uuid in disk["logical_id"][:2]:
        if config.name_of(uuid) == machine.name:
            return machine.drbd.get(config.minor(disk, uuid))
    return None


def peer_of(cluster: Cluster, config: Config, disk: dict[str, Any], machine: Machine) -> Machine:
    return next(other for uuid in disk["logical_id"][:2] if (other := cluster.by_uuid(config, uuid)) is not machine)


def _connect(cluster: Cluster, config: Config, disk: dict[str, Any], ends: list[Machine]) -> None:
    first, second = (side_on(config, disk, machine) for machine in ends)
    if first is None or second is None or not all(machine.powered for machine in ends):
        return
    if first.state in drbd.LINKED and second.state in drbd.LINKED:
        return
    one, two = (machine.generations.get(disk["uuid"], ()) for machine in ends)
    if one == two:
        drbd.link(first, second)
    elif one[: len(two)] == two:
        _resync(cluster, config, disk, ends[0], ends[1])
    elif two[: len(one)] == one:
        _resync(cluster, config, disk, ends[1], ends[0])
    else:
        # Both sides were written: one gives up, the other waits on.
        drbd.unlink(first, "StandAlone")
        drbd.unlink(second, "WFConnection")


def _resync(cluster: Cluster, config: Config, disk: dict[str, Any], source: Machine, target: Machine) -> None:
    newer, older = side_on(config, disk, source), side_on(config, disk, target)
    if newer is None or older is None:
        return
    older.disk = "Inconsistent"
    drbd.link(newer, older, states=("SyncSource", "SyncTarget"))

    def finish() -> None:
        if side_on(config, disk, source) is not newer or side_on(config, disk, target) is not older:
            return
        if older.state != "SyncTarget" or newer.state != "SyncSource":
            return
        older.disk = "UpToDate"
        target.generations[disk["uuid"]] = source.generations.get(disk["uuid"], ())
        drbd.link(newer, older)

    cluster.clock.after(SYNC_SECONDS, finish)


def promote(cluster: Cluster, config: Config, disk: dict[str, Any], machine: Machine) -> bool:
    """Make an end the primary. Refused while the connected peer is, and for a disk that is not consistent."""
    side = side_on(config, disk, machine)
    if side is None:
        return False
    if side.role == "Primary":
        return True
    peer = peer_of(cluster, config, disk, machine)
    other = side_on(config, disk, peer) if peer.powered else None
    linked = side.state in drbd.LINKED and other is not None
    if linked and other is not None and other.role == "Primary":
        return False
    if side.disk == "Inconsistent" and not linked:
        return False
    side.role = "Primary"
    if linked and other is not None:
        other.seen_role = "Primary"
    else:
        written(cluster, machine, disk["uuid"])
    return True


def take_down(cluster: Cluster, config: Config, disk: dict[str, Any], machine: Machine) -> None:
    """Remove the device from a node; the other end waits for it."""
    for uuid in disk["logical_id"][:2]:
        if config.name_of(uuid) == machine.name:
            machine.drbd.pop(config.minor(disk, uuid), None)
    peer = peer_of(cluster, config, disk, machine)
    other = side_on(config, disk, peer)
    if other is not None and other.state in drbd.LINKED:
        drbd.unlink(other)
        if other.role == "Primary":
            written(cluster, peer, disk["uuid"])
