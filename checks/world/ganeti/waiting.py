"""How a job waits for disks: for a resync to end, for a node that does not come back from DRBD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.drbd.states import SYNCING, Connection
from checks.world.cluster import SimulatedCluster
from checks.world.drbd import operations
from checks.world.drbd.operations import DrbdError
from checks.world.drbd.proc import percent
from checks.world.ganeti.scheduler import JobFailedError
from checks.world.node.machine import Net, SimulatedSide

POLL = 2.7
PATIENCE = 15.0
"""How long the node daemon waits for a device to be connected (lib/backend.py, DrbdWaitSync)."""
MOST = 60.0
"""Between two looks in the end: a job that waits for days is not to be followed every 2 s here."""
RECONNECTING = 120.0


def until_synced(cluster: SimulatedCluster, sides: Sequence[SimulatedSide]) -> Iterator[str | float]:
    """Wait until no side is in a resync; for ever, if one stays in it (lib/cmdlib, _WaitUntilSync).

    Raises:
        JobFailedError: a side is not connected.
    """
    pause = POLL
    while True:
        waited = 0.0
        while (alone := _alone(sides)) is not None:
            if waited >= PATIENCE:
                raise JobFailedError(
                    f"Cannot resync disks on node {alone.machine.name}: DRBD device /dev/drbd{alone.minor} is not in"
                    " sync"
                )
            waited += 3.0
            yield 3.0
        if not any(side.state in SYNCING for side in sides):
            return
        yield f"   - progress: {min(_percent(cluster, side) for side in sides):.1f}%"
        yield pause
        pause = min(MOST, pause * 1.1)


def _alone(sides: Sequence[SimulatedSide]) -> SimulatedSide | None:
    return next((side for side in sides if side.state != Connection.CONNECTED and side.state not in SYNCING), None)


def _percent(cluster: SimulatedCluster, side: SimulatedSide) -> float:
    if side.state not in SYNCING:
        return 100.0
    return percent(side, cluster.clock.monotonic())[0] if side.sync is not None else 0.0


def disconnected(cluster: SimulatedCluster, sides: Sequence[SimulatedSide]) -> Iterator[str | float]:
    """Disconnect both ends; drbdsetup hangs where metadata do not answer."""
    for side in sides:
        if side.frozen and side.queued:
            process = side.machine.spawn(f"drbdsetup disconnect {side.minor}", at=cluster.clock.monotonic())
            process.stat = "D"
            side.queued.insert(0, lambda side=side: operations.disconnect(cluster, side))  # type: ignore[misc]
            while side.queued:
                yield MOST
        operations.disconnect(cluster, side)


def reconnected(cluster: SimulatedCluster, sides: Sequence[tuple[SimulatedSide, Net]]) -> Iterator[str | float]:
    """Connect both ends again and again until they are (lib/backend.py, DrbdAttachNet).

    Raises:
        JobFailedError: two minutes were not enough.
    """
    waited = 0.0
    while True:
        for side, net in sides:
            if side.state == Connection.STANDALONE:
                try:
                    operations.connect(cluster, side, net)
                except DrbdError as error:
                    raise JobFailedError(
                        f"Cannot change disks config on node {side.machine.name}: Can't change network"
                        f" configuration: {error.text}"
                    ) from error
        if all(side.linked for side, _net in sides):
            return
        if waited >= RECONNECTING:
            raise JobFailedError(
                f"Cannot change disks config on node {sides[0][0].machine.name}: Timeout in disk reconnecting"
            )
        waited += 5.0
        yield 5.0
