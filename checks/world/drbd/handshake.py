"""Two sides meet: what they find out about each other, and what comes of it (drbd_receiver.c, drbd_sync_handshake)."""

from __future__ import annotations

from checks.drbd.states import Connection, Disk, Role
from checks.world.cluster import SimulatedCluster
from checks.world.drbd.compare import AMBIGUOUS, DIVERGED, UNRELATED, SentState, compare, told
from checks.world.drbd.kernel_log import change, device, helper, resource
from checks.world.drbd.parting import drop, lose_peer
from checks.world.drbd.resync import exchange
from checks.world.node.machine import SimulatedSide

SECTOR = 512
INCONSISTENT = Disk.INCONSISTENT


def meet(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """Let a side that waits for its peer find it, if it is there and waits as well."""
    peer = cluster.peer_side(side)
    if peer is None or side.state != Connection.WF_CONNECTION or peer.state != Connection.WF_CONNECTION:
        return
    for one in (side, peer):
        resource(
            one,
            "Handshake successful: Agreed network protocol version 101",
            "Feature flags enabled on protocol level: 0xf TRIM THIN_RESYNC WRITE_SAME WRITE_ZEROES.",
        )
    if side.net is None or peer.net is None or side.net.secret != peer.net.secret:
        for one in (side, peer):
            resource(one, "Authentication of peer failed")
            drop(one)
        return
    for one in (side, peer):
        resource(one, "Peer authenticated using 16 bytes HMAC")
        change(one, whole=True, state=Connection.WF_REPORT_PARAMS)
    complaint = [one for one, other in ((side, peer), (peer, side)) if not _fits(one, other)]
    if complaint:
        _part(cluster, complaint, side, peer)
        return
    agree(cluster, side, peer)


def agree(cluster: SimulatedCluster, side: SimulatedSide, peer: SimulatedSide) -> None:
    """The part of the handshake that is about the data; also when a disk is attached to a connected device."""
    if side.metadata is None or peer.metadata is None:
        _without_disk(cluster, side, peer)
        return
    mine, theirs = _sent(side), _sent(peer)
    first = _judge(cluster, side, peer, mine, theirs)
    second = _judge(cluster, peer, side, theirs, mine)
    refused = [one for one, verdict in ((side, first), (peer, second)) if verdict is None]
    if refused or first is None:
        _part(cluster, refused, side, peer)
        return
    if first == 0:
        for one, other in ((side, peer), (peer, side)):
            good = Disk.UP_TO_DATE in (one.disk, other.disk) and one.disk != INCONSISTENT
            equal = Disk.UP_TO_DATE if good else one.disk
            change(one, seen_role=other.role, state=Connection.CONNECTED, disk=equal)
        for one, other in ((side, peer), (peer, side)):
            if other.disk == one.disk == Disk.UP_TO_DATE:
                one.crashed = False
            change(one, seen_disk=other.disk)
    elif first > 0:
        exchange(cluster, side, peer, full=first > 1)
    else:
        exchange(cluster, peer, side, full=first < -1)


def _part(cluster: SimulatedCluster, refused: list[SimulatedSide], side: SimulatedSide, peer: SimulatedSide) -> None:
    for one, other in ((side, peer), (peer, side)):
        if one in refused:
            drop(one)
        else:
            lose_peer(cluster, one, other, Connection.BROKEN_PIPE)


def _sent(side: SimulatedSide) -> SentState:
    assert side.metadata is not None  # noqa: S101  # asked only of sides with a disk
    return told(
        side.metadata,
        crashed=side.crashed,
        discard=side.net is not None and side.net.discard,
        inconsistent=side.disk == INCONSISTENT,
    )


def _fits(own: SimulatedSide, peer: SimulatedSide) -> bool:
    """A side with data of use does not connect to a peer whose disk is smaller."""
    if peer.data is None or own.data is None or not own.disk.at_least(Disk.OUTDATED) or peer.size >= own.size:
        return True
    device(own, f"The peer's disk size is too small! ({own.size // SECTOR} < {peer.size // SECTOR} sectors)")
    return False


def _without_disk(cluster: SimulatedCluster, side: SimulatedSide, peer: SimulatedSide) -> None:
    """One of them has no disk, or neither: nothing is compared, but what a Primary has shown must be there."""
    for one, other in ((side, peer), (peer, side)):
        known = other.metadata.current & ~1 if other.metadata is not None else None
        if one.role == Role.PRIMARY and one.metadata is None and one.exposed and known not in {None, one.exposed & ~1}:
            device(one, f"Can only connect to data with current UUID={one.exposed:016X}")
            _part(cluster, [one], side, peer)
            return
    if side.role == peer.role == Role.PRIMARY:
        device(side, "State change failed: Multiple primaries not allowed by config")
        _part(cluster, [side], side, peer)
        return
    for one, other in ((side, peer), (peer, side)):
        change(one, seen_role=other.role, state=Connection.CONNECTED, seen_disk=other.disk)
    for one, other in ((side, peer), (peer, side)):
        if one.metadata is None and other.metadata is not None and one.role == Role.PRIMARY:
            one.exposed = other.metadata.current
            served(cluster, other)


def served(cluster: SimulatedCluster, keeper: SimulatedSide) -> None:
    """A Primary without a disk begins to write to this side: its data part from those of the peer's old disk."""
    metadata = keeper.metadata
    if metadata is not None and metadata.bitmap == 0 and keeper.disk == Disk.UP_TO_DATE:
        metadata.new_current(cluster.new_identifier() & ~1)
        device(keeper, f"new current UUID {metadata.identifiers}")
        peer = cluster.peer_side(keeper)
        if peer is not None:
            peer.exposed = metadata.current


def _judge(
    cluster: SimulatedCluster, own: SimulatedSide, peer: SimulatedSide, mine: SentState, theirs: SentState
) -> int | None:
    """What one side makes of it; None where it refuses the connection."""
    device(own, "drbd_sync_handshake:")
    device(own, f"self {mine}")
    device(own, f"peer {theirs}")
    verdict, rule = compare(mine, theirs, resolves=cluster.first_of(own, peer) is own)
    device(own, f"uuid_compare()={verdict} by rule {rule}")
    if verdict == UNRELATED:
        device(own, "Unrelated data, aborting!")
        return None
    if (own.disk == INCONSISTENT) != (peer.disk == INCONSISTENT):
        full = verdict == AMBIGUOUS or abs(verdict) == 2  # noqa: PLR2004  # a full resync
        verdict = (1 if peer.disk == INCONSISTENT else -1) * (2 if full else 1)
        device(own, f"Becoming sync {'source' if verdict > 0 else 'target'} due to disk states.")
    if abs(verdict) == DIVERGED:
        helper(own, "initial-split-brain")
        verdict = _settle(own, peer, mine, theirs, verdict)
    if abs(verdict) == DIVERGED:
        device(own, "Split-Brain detected but unresolved, dropping connection!")
        helper(own, "split-brain")
        return None
    if verdict > 0 and own.disk == INCONSISTENT:
        device(own, "I shall become SyncSource, but I am inconsistent!")
        return None
    if verdict < 0 and own.role == Role.PRIMARY and own.disk.at_least(Disk.CONSISTENT):
        device(own, "I shall become SyncTarget, but I am primary!")
        return None
    return verdict


def _settle(own: SimulatedSide, peer: SimulatedSide, mine: SentState, theirs: SentState, verdict: int) -> int:
    """What was told them for this case: by which changes there are, then by --discard-my-data."""
    primaries = (own.role == Role.PRIMARY) + (peer.role == Role.PRIMARY)
    found = AMBIGUOUS
    if verdict == DIVERGED and own.net is not None:
        if primaries == 0 and own.net.after_0pri == "discard-zero-changes":
            found = _without_changes(mine, theirs)
        elif primaries == 1 and own.net.after_1pri == "consensus" and own.net.after_0pri == "discard-zero-changes":
            victim = _without_changes(mine, theirs)
            found = victim if victim == (1 if own.role == Role.PRIMARY else -1) else AMBIGUOUS
    if found != AMBIGUOUS:
        device(
            own,
            f"Split-Brain detected, {primaries} primaries, automatically solved."
            f" Sync from {'this' if found > 0 else 'peer'} node",
        )
        return found
    if mine.discard != theirs.discard:
        found = -1 if mine.discard else 1
        device(own, f"Split-Brain detected, manually solved. Sync from {'this' if found > 0 else 'peer'} node")
    return found


def _without_changes(mine: SentState, theirs: SentState) -> int:
    """The side that changed nothing gives way; where neither did, it makes no difference (a fixed choice here)."""
    if not theirs.bits:
        return 1 if mine.bits or mine.current > theirs.current else -1
    return -1 if not mine.bits else AMBIGUOUS
