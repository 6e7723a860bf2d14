"""One node's end of a DRBD 8.4 device: role, connection and disk, and the volumes it lies on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.drbd.states import MEETING, Connection, Disk, Role
from checks.world.storage.blocks import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.world.machine import Machine
    from checks.world.storage.metadata import Metadata
    from checks.world.storage.volumes import LogicalVolume


@dataclass(slots=True)
class Net:
    """How a side finds its peer: `address:port` of both ends, and what happens after a split brain.

    Attributes:
        discard: this side gives up what it has changed, should both have changed (--discard-my-data).
    """

    local: str
    remote: str
    secret: str = ""
    after_0pri: str = "disconnect"
    after_1pri: str = "disconnect"
    discard: bool = False


@dataclass(slots=True)
class Resync:
    """A resync that runs: it began at this moment of the clock with so many blocks to copy, at KiB a second."""

    began: float
    blocks: int
    speed: float

    def done(self, now: float) -> int:
        """How many blocks are copied by now."""
        return min(self.blocks, int((now - self.began) * self.speed / (BLOCK // 1024)))

    @property
    def seconds(self) -> float:
        return max(1.0, self.blocks * (BLOCK // 1024) / self.speed)


@dataclass(slots=True)
class Side:
    """One node's end of a device.

    Attributes:
        state: the connection state, as after `cs:`.
        disk: the state of the local disk, as the first half of `ds:`.
        seen_role: what it knows of the peer's role while linked.
        seen_disk: what it knows of the peer's disk while linked.
        data, meta: the volumes it has attached; None while it is Diskless.
        limit: the size of the device in bytes, as it was set when it was attached.
        exposed: the generation of the data that a Primary without a disk has shown to its user.
        crashed: it was Primary when it stopped without a word.
        sync: the resync that runs, if one does.
        queued: what is done as soon as its metadata answer again.
        traffic: KiB sent, received, written and read.
    """

    machine: Machine
    minor: int
    role: Role = Role.SECONDARY
    state: Connection = Connection.STANDALONE
    disk: Disk = Disk.DISKLESS
    seen_role: Role = Role.UNKNOWN
    seen_disk: Disk = Disk.UNKNOWN
    data: LogicalVolume | None = None
    meta: LogicalVolume | None = None
    net: Net | None = None
    limit: int = 0
    exposed: int = 0
    crashed: bool = False
    sync: Resync | None = None
    queued: list[Callable[[], None]] = field(default_factory=list)
    traffic: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("ns", "nr", "dw", "dr", "al"), 0))

    @property
    def metadata(self) -> Metadata | None:
        """The metadata of the disk it has attached."""
        return self.meta.metadata if self.meta is not None else None

    @property
    def frozen(self) -> bool:
        """Its metadata cannot be written now: whatever has to write them hangs."""
        return self.meta is not None and self.meta.suspended

    @property
    def size(self) -> int:
        """Of the device, in bytes."""
        return self.limit or (self.data.size if self.data is not None else 0)

    @property
    def dirty(self) -> int:
        """Blocks that are known to differ from the peer's."""
        return self.metadata.bits.count() if self.metadata is not None else 0

    @property
    def linked(self) -> bool:
        return self.state in MEETING

    @property
    def degraded(self) -> bool:
        """As Ganeti sees it (lib/storage/drbd.py, GetSyncStatus)."""
        return self.state is not Connection.CONNECTED or self.disk is not Disk.UP_TO_DATE
