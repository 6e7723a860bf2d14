"""Two sides lose each other: what each makes of it, and what it notes from then on (drbd_state.c, after_state_ch)."""

from __future__ import annotations

from functools import partial

from checks.drbd.states import Connection, Disk, Role
from checks.world.cluster import SimulatedCluster
from checks.world.drbd.kernel_log import change, device, resource
from checks.world.drbd.resync import interrupt
from checks.world.node.machine import SimulatedSide

CLOSING = ("ack_receiver terminated", "Terminating drbd_a_resource", "Connection closed")


def drop(side: SimulatedSide) -> None:
    """Give up the connection during a handshake, and wait for nobody any more."""
    change(side, whole=True, state=Connection.DISCONNECTING)
    resource(side, "error receiving ReportState, e: -5 l: 0!", *CLOSING)
    change(side, whole=True, seen_role=Role.UNKNOWN, state=Connection.STANDALONE, seen_disk=Disk.UNKNOWN)
    resource(side, "receiver terminated", "Terminating drbd_r_resource")


def lose_peer(
    cluster: SimulatedCluster,
    side: SimulatedSide,
    peer: SimulatedSide | None,
    how: Connection = Connection.NETWORK_FAILURE,
) -> None:
    """The peer is gone (`how`: NetworkFailure, TearDown, BrokenPipe): wait for it."""
    _leave(cluster, side, peer, how)
    change(side, whole=True, state=Connection.UNCONNECTED)
    resource(side, "receiver terminated", "Restarting receiver thread", "receiver (re)started")
    change(side, whole=True, state=Connection.WF_CONNECTION)


def part(
    cluster: SimulatedCluster,
    side: SimulatedSide,
    peer: SimulatedSide | None,
    how: Connection = Connection.NETWORK_FAILURE,
) -> None:
    """What a side makes of a peer that is gone. One that waits for its own metadata learns it only after that."""
    if side.frozen and side.queued:
        side.queued.append(partial(lose_peer, cluster, side, None, how))
    elif side.linked:
        lose_peer(cluster, side, peer, how)


def leave(cluster: SimulatedCluster, side: SimulatedSide, peer: SimulatedSide | None) -> None:
    """Part from the peer by intention, and wait for nobody."""
    if side.state == Connection.STANDALONE:
        return
    _leave(cluster, side, peer, Connection.DISCONNECTING)
    change(side, whole=True, state=Connection.STANDALONE)
    resource(side, "receiver terminated", "Terminating drbd_r_resource")


def _leave(cluster: SimulatedCluster, side: SimulatedSide, peer: SimulatedSide | None, how: Connection) -> None:
    if peer is not None:
        interrupt(cluster, side, peer)
    known = side.seen_disk
    change(side, whole=True, seen_role=Role.UNKNOWN, state=how, seen_disk=Disk.UNKNOWN)
    lost_data(cluster, side, known)
    resource(side, *CLOSING)


def lost_data(cluster: SimulatedCluster, side: SimulatedSide, known: str, *, serves: bool = False) -> None:
    """A side that is Primary, or serves one, no longer reaches the peer's data: its own begin to differ from them."""
    metadata = side.metadata
    reached = known in {Disk.INCONSISTENT, Disk.CONSISTENT, Disk.UP_TO_DATE}
    if not reached or not (side.role == Role.PRIMARY or serves) or side.disk != Disk.UP_TO_DATE:
        return
    if metadata is not None and metadata.bitmap == 0:
        metadata.new_current(cluster.new_identifier() & ~1 | (side.role == Role.PRIMARY))
        device(side, f"new current UUID {metadata.identifiers}")
