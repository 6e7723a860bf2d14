"""What is done to one side on purpose: the operations behind drbdsetup (drbd_nl.c of 8.4)."""

from __future__ import annotations

from checks.drbd.states import Connection, Disk, Role
from checks.world.cluster import SimulatedCluster
from checks.world.drbd.handshake import agree, meet, served
from checks.world.drbd.kernel_log import change, device, resource
from checks.world.drbd.parting import leave, lost_data, part
from checks.world.drbd.resync import exchange, interrupt
from checks.world.node.blocks import BLOCK, KIB, Blocks
from checks.world.node.drbd_metadata import PRIMARY
from checks.world.node.lvm import LogicalVolume
from checks.world.node.machine import Machine, Net, SimulatedSide

FAILURE = 10
REFUSED = 11
NO_DATA = 17


class DrbdError(Exception):
    """DRBD refuses; `code` is the exit code of drbdsetup, `text` what it prints after the device."""

    def __init__(self, text: str, code: int = FAILURE) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


def refused(number: int, words: str) -> DrbdError:
    """A change of state that is not allowed."""
    return DrbdError(f"State change failed: ({number}) {words}", NO_DATA if number == -2 else REFUSED)  # noqa: PLR2004


NEEDS_DATA = (-2, "Need access to UpToDate data")


def attach(
    cluster: SimulatedCluster, side: SimulatedSide, data: LogicalVolume, meta: LogicalVolume, *, size: int = 0
) -> None:
    """Give a side its disk.

    Raises:
        DrbdError: it has one, there are no metadata, the volume is in use or too small.
    """
    if side.disk != Disk.DISKLESS:
        raise DrbdError("Failure: (124) Device is attached to a disk (use detach first)")
    if side.machine.uses(data) or side.machine.uses(meta):
        raise DrbdError("Failure: (114) Lower device is already claimed. This usually means it is mounted.")
    if meta.metadata is None:
        raise DrbdError("Failure: (119) No valid meta-data signature found.")
    if data.size < size:
        raise DrbdError("Failure: (111) Low.dev. smaller than requested DRBD-dev. size.")
    metadata = meta.metadata
    side.limit = size
    blocks = (size or data.size) // BLOCK
    if metadata.bits.length != blocks:
        new = Blocks(blocks, 1)
        new.take(metadata.bits, 0, metadata.bits.length)
        metadata.bits = new
    side.crashed = metadata.crashed or (metadata.primary and side.role != Role.PRIMARY)
    state = Disk.INCONSISTENT
    if metadata.consistent:
        # Without fencing what was up to date is taken for up to date again.
        state = Disk.UP_TO_DATE if metadata.was_up_to_date else Disk.OUTDATED
    change(side, disk=Disk.ATTACHING)
    side.data, side.meta = data, meta
    device(side, f"recounting of set bits took additional 0 jiffies; {side.dirty * KIB} KB ({side.dirty} bits)"
                 " marked out-of-sync by on disk bit-map.")  # fmt: skip
    change(side, disk=state)
    peer = cluster.peer_side(side)
    if side.linked and peer is not None:
        agree(cluster, side, peer)


def detach(cluster: SimulatedCluster, side: SimulatedSide, *, error: bool = False) -> None:
    """Take the disk from a side; with `error` it is lost by an error of the disk.

    Raises:
        DrbdError: nobody else has the data that a Primary needs.
    """
    if side.disk == Disk.DISKLESS:
        return
    if side.role == Role.PRIMARY and not error and side.seen_disk != Disk.UP_TO_DATE:
        raise refused(*NEEDS_DATA)
    peer = cluster.peer_side(side)
    if side.role == Role.PRIMARY and side.metadata is not None:
        side.exposed = side.metadata.current
    if peer is not None:
        interrupt(cluster, side, peer)
    if error:
        device(side, "Local IO failed in drbd_request_endio. Detaching...")
    change(side, disk=Disk.FAILED)
    side.data = side.meta = None
    was_linked = side.linked
    if was_linked and side.state != Connection.CONNECTED:
        change(side, state=Connection.CONNECTED)
    change(side, disk=Disk.DISKLESS)
    if was_linked and peer is not None and peer.linked:
        known = peer.seen_disk
        change(peer, state=Connection.CONNECTED, seen_disk=Disk.DISKLESS)
        lost_data(cluster, peer, known, serves=side.role == Role.PRIMARY)
        if side.role == Role.PRIMARY and peer.metadata is not None:
            side.exposed = peer.metadata.current


def promote(cluster: SimulatedCluster, side: SimulatedSide, *, force: bool = False) -> None:
    """Make a side Primary.

    Raises:
        DrbdError: the peer is Primary, or nobody has data that are up to date.
    """
    if side.role == Role.PRIMARY:
        return
    if side.linked and side.seen_role == Role.PRIMARY:
        raise refused(-1, "Multiple primaries not allowed by config")
    forced = False
    if Disk.UP_TO_DATE not in (side.disk, side.seen_disk):
        if not force or side.metadata is None or not side.disk.at_least(Disk.INCONSISTENT):
            raise refused(*NEEDS_DATA)
        device(side, "Forced to consider local data as UpToDate!")
        forced = True
    change(side, role=Role.PRIMARY, disk=Disk.UP_TO_DATE if forced else None)
    metadata = side.metadata
    if metadata is not None:
        alone = not side.linked or side.seen_disk == Disk.DISKLESS
        if forced or (alone and metadata.bitmap == 0):
            metadata.new_current(cluster.new_identifier())
            device(side, f"new current UUID {metadata.identifiers}")
        metadata.current |= PRIMARY
    peer = cluster.peer_side(side)
    if side.linked and peer is not None:
        change(peer, seen_role=Role.PRIMARY, seen_disk=Disk.UP_TO_DATE if forced else None)
        if metadata is None:
            served(cluster, peer)
        elif forced and peer.metadata is not None and side.state == Connection.CONNECTED:
            exchange(cluster, side, peer, full=True)


def demote(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """Make a side Secondary."""
    if side.role == Role.SECONDARY:
        return
    change(side, role=Role.SECONDARY)
    side.exposed = 0
    if side.metadata is not None:
        side.metadata.current &= ~PRIMARY
    peer = cluster.peer_side(side)
    if side.linked and peer is not None:
        change(peer, seen_role=Role.SECONDARY)


def connect(cluster: SimulatedCluster, side: SimulatedSide, net: Net) -> None:
    """Let a side look for its peer.

    Raises:
        DrbdError: it does so already.
    """
    if side.state != Connection.STANDALONE:
        raise DrbdError("Failure: (125) Device has a net-config (use disconnect first)")
    side.net = net
    change(side, whole=True, state=Connection.UNCONNECTED)
    resource(side, f"Starting receiver thread (from drbd_w_resource [{900 + side.minor}])", "receiver (re)started")
    change(side, whole=True, state=Connection.WF_CONNECTION)
    meet(cluster, side)


def disconnect(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """Part from the peer, and wait for nobody."""
    peer = cluster.peer_side(side)
    leave(cluster, side, peer)
    if peer is not None:
        part(cluster, peer, side, Connection.TEAR_DOWN)


def invalidate(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """Give up the data of a side: all of them are copied from the peer, now or once it is there.

    Raises:
        DrbdError: it has no disk, or is neither connected nor left alone as Secondary.
    """
    metadata = side.metadata
    if metadata is None:
        raise refused(-11, "Device is diskless, the requested operation requires a disk")
    if side.state == Connection.STANDALONE and side.role == Role.SECONDARY:
        change(side, disk=Disk.INCONSISTENT)
        metadata.bits.set(0, metadata.bits.length, 1)
        return
    peer = cluster.peer_side(side)
    if side.state != Connection.CONNECTED or peer is None:
        raise refused(-15, "Need a connection to start verify or resync")
    if peer.disk != Disk.UP_TO_DATE:
        raise refused(-5, "Can not resync without remote disk")
    exchange(cluster, peer, side, full=True)


def down(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """Take a device down.

    Raises:
        DrbdError: it is Primary.
    """
    if side.role == Role.PRIMARY:
        raise refused(-12, "Device is held open by someone")
    disconnect(cluster, side)
    detach(cluster, side)
    side.machine.drbd.pop(side.minor, None)


def write(cluster: SimulatedCluster, side: SimulatedSide, start: int, blocks: int = 1) -> int:
    """Write through the device, as whoever uses it does; returns the number of the write.

    Raises:
        DrbdError: it is not Primary, or nobody has a disk.
    """
    if side.role != Role.PRIMARY:
        raise DrbdError("Read-only file system", 1)
    number = cluster.new_generation()
    end = start + blocks
    # While the bitmaps are exchanged nothing is sent yet (drbd_req.c, drbd_should_do_remote).
    peer = cluster.peer_side(side) if side.linked and side.state != Connection.WF_BITMAP_S else None
    reached = [one for one in (side, peer) if one is not None and one.data is not None and one.metadata is not None]
    if not reached or (side.data is None and peer is not None and peer.disk != Disk.UP_TO_DATE):
        raise DrbdError("Input/output error", 1)
    for one in reached:
        assert one.data is not None  # noqa: S101  # just looked at
        one.data.write(start, end, number)
        one.traffic["dw"] += blocks * KIB
    if peer is not None and len(reached) == 2:  # noqa: PLR2004  # both sides
        side.traffic["ns"] += blocks * KIB
        peer.traffic["nr"] += blocks * KIB
        for one in reached:
            if one.metadata is not None and one.sync is not None:
                one.metadata.bits.set(start, end, 0)
    else:
        for one in reached:
            if one.metadata is not None:
                one.metadata.bits.set(start, end, 1)
    side.traffic["al"] = max(1, side.traffic["al"])
    return number


def thaw(machine: Machine) -> None:
    """Volumes of a node answer again: what waited for that is done, and the programs that hung end."""
    for side in list(machine.drbd.values()):
        if side.queued and not side.frozen:
            queued, side.queued = side.queued, []
            for action in queued:
                action()
    for process in list(machine.processes.values()):
        if process.stat.startswith("D") and not any(side.queued for side in machine.drbd.values()):
            del machine.processes[process.pid]
