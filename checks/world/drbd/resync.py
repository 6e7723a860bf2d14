"""Copying what differs from one side to the other, in simulated time (drbd_worker.c of 8.4)."""

from __future__ import annotations

from checks.drbd.states import Connection, Disk, Role
from checks.world.cluster import SimulatedCluster
from checks.world.drbd.compare import NEW_BITMAP
from checks.world.drbd.kernel_log import change, device, helper
from checks.world.node.blocks import KIB
from checks.world.node.drbd_metadata import JUST_CREATED, PRIMARY
from checks.world.node.machine import Resync, SimulatedSide


def exchange(cluster: SimulatedCluster, source: SimulatedSide, target: SimulatedSide, *, full: bool) -> None:
    """After the handshake: tell each other which blocks differ, then copy them.

    A side whose metadata do not answer cannot do its part: both stay where they are until they do.
    """
    for side in (source, target):
        if full and side.metadata is not None:
            device(side, "Writing the whole bitmap, full sync required after drbd_sync_handshake.")
            side.metadata.bits.set(0, side.metadata.bits.length, 1)
    expected = Disk.CONSISTENT if target.disk in {Disk.UP_TO_DATE, Disk.CONSISTENT} else target.disk
    change(source, seen_role=target.role, state=Connection.WF_BITMAP_S, seen_disk=expected)
    worse = Disk.OUTDATED if target.disk in {Disk.UP_TO_DATE, Disk.CONSISTENT} else target.disk
    change(target, seen_role=source.role, state=Connection.WF_BITMAP_T, disk=worse, seen_disk=Disk.UP_TO_DATE)
    stats = "bitmap stats [Bytes(packets)]: plain 0(0), RLE 22(1), total 22; compression: 99.0%"
    frozen = [side for side in (source, target) if side.frozen]
    device(source, f"send {stats}")
    if frozen:
        frozen[0].queued.append(lambda: go_on(cluster, source, target))
        return
    device(source, f"receive {stats}")
    device(target, f"receive {stats}")
    device(target, f"send {stats}")
    _begin(cluster, source, target)


def go_on(cluster: SimulatedCluster, source: SimulatedSide, target: SimulatedSide) -> None:
    """The metadata of both answer again: the exchange of bitmaps ends, and the copying begins."""
    if (source.state, target.state) == (Connection.WF_BITMAP_S, Connection.WF_BITMAP_T):
        _begin(cluster, source, target)


def _begin(cluster: SimulatedCluster, source: SimulatedSide, target: SimulatedSide) -> None:
    newer, older = source.metadata, target.metadata
    if newer is None or older is None:
        return
    for low, high, differs in [*newer.bits.runs(), *older.bits.runs()]:
        if differs:
            newer.bits.set(low, high, 1)
            older.bits.set(low, high, 1)
    count = newer.bits.count()
    amount = f"(will sync {count * KIB} KB [{count} bits set])."
    base = newer.bitmap
    started = base + NEW_BITMAP if base not in {0, JUST_CREATED} else cluster.new_identifier()
    helper(source, "before-resync-source")
    change(source, state=Connection.SYNC_SOURCE, seen_disk=Disk.INCONSISTENT)
    device(source, f"Began resync as SyncSource {amount}")
    if base:
        newer.to_history(base)
    newer.bitmap = started
    device(source, f"updated sync UUID {newer.identifiers}")
    change(target, state=Connection.WF_SYNC_UUID)
    older.current, older.bitmap = started & ~PRIMARY | (target.role == Role.PRIMARY), 0
    device(target, f"updated sync uuid {older.identifiers}")
    helper(target, "before-resync-target")
    change(target, state=Connection.SYNC_TARGET, disk=Disk.INCONSISTENT)
    device(target, f"Began resync as SyncTarget {amount}")
    source.sync = target.sync = run = Resync(cluster.clock.monotonic(), count, cluster.sync_speed)

    def finish() -> None:
        if source.sync is run and target.sync is run:
            finish_copying(source, target)

    cluster.clock.after(run.seconds, finish)


def _copy(source: SimulatedSide, target: SimulatedSide, blocks: int) -> None:
    """Copy the first so many blocks that differ."""
    newer, older = source.metadata, target.metadata
    if newer is None or older is None or source.data is None or target.data is None:
        return
    for low, high, differs in newer.bits.runs():
        if differs and blocks > 0:
            end = min(high, low + blocks)
            target.data.take(source.data, low, end)
            newer.bits.set(low, end, 0)
            older.bits.set(low, end, 0)
            blocks -= end - low
            source.traffic["ns"] += (end - low) * KIB
            source.traffic["dr"] += (end - low) * KIB
            target.traffic["nr"] += (end - low) * KIB
            target.traffic["dw"] += (end - low) * KIB


def interrupt(cluster: SimulatedCluster, side: SimulatedSide, peer: SimulatedSide) -> None:
    """The two part while one copies to the other: what was copied is copied, the rest stays noted."""
    run = side.sync
    if run is None or peer.sync is not run:
        return
    source, target = (side, peer) if side.state == Connection.SYNC_SOURCE else (peer, side)
    side.sync = peer.sync = None
    # Blocks that were written meanwhile are copied already, and counted with the rest.
    left = run.blocks - run.done(cluster.clock.monotonic())
    _copy(source, target, max(0, source.dirty - left))


def finish_copying(source: SimulatedSide, target: SimulatedSide) -> None:
    newer, older = source.metadata, target.metadata
    if newer is None or older is None:
        return
    seconds = max(1, int(source.sync.seconds)) if source.sync is not None else 1
    speed = (source.sync.blocks * KIB) // seconds if source.sync is not None else 0
    source.sync = target.sync = None
    _copy(source, target, newer.bits.length)
    done = f"Resync done (total {seconds} sec; paused 0 sec; {speed} K/sec)"
    device(source, done)
    newer.set_bitmap(0)
    device(source, f"updated UUIDs {newer.identifiers}")
    change(source, state=Connection.CONNECTED, disk=source.disk, seen_disk=Disk.UP_TO_DATE)
    device(target, done)
    older.current = newer.current & ~PRIMARY | (target.role == Role.PRIMARY)
    older.bitmap, older.history = 0, list(newer.history)
    device(target, f"updated UUIDs {older.identifiers}")
    change(target, state=Connection.CONNECTED, disk=Disk.UP_TO_DATE, seen_disk=Disk.UP_TO_DATE)
    helper(target, "after-resync-target")
    source.crashed = target.crashed = False
    for side in (source, target):
        change(side)
