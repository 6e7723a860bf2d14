"""LVM on one node: disks, volume groups and logical volumes, with what is written on them."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.world.node.blocks import BLOCK, Blocks
from checks.world.node.drbd_metadata import Metadata

MIB = 1 << 20
EXTENT = 4 * MIB
DISK = "/dev/ubdb"
DISK_SIZE = 24 << 30
LEFTOVER = 1
"""What stands on a disk that was never written here: whatever was there before."""


class VolumeError(Exception):
    """LVM refuses; `code` is its exit code."""

    def __init__(self, text: str, code: int = 5) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


@dataclass(slots=True)
class LogicalVolume:
    """A logical volume.

    Attributes:
        size: in bytes, always whole extents.
        data: what stands in each of its blocks.
        metadata: DRBD's metadata that stand on it, if they do.
        origin: of a snapshot: what it is a snapshot of; `size` is then the room for what changes there.
        used: of a snapshot: bytes of that room that are taken; when it is full the snapshot is lost.
        suspended: the device mapper lets nothing through.
    """

    group: str
    name: str
    size: int
    data: Blocks
    tags: list[str] = field(default_factory=list)
    metadata: Metadata | None = None
    origin: LogicalVolume | None = None
    used: int = 0
    suspended: bool = False
    snapshots: list[LogicalVolume] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/dev/{self.group}/{self.name}"

    @property
    def mapper_name(self) -> str:
        """As the device mapper names it: dashes doubled (lvm2, dm_build_dm_name)."""
        return f"{self.group.replace('-', '--')}-{self.name.replace('-', '--')}"

    @property
    def lost(self) -> bool:
        """A snapshot for which more has changed than it has room for."""
        return self.origin is not None and self.used > self.size

    def write(self, start: int, end: int, value: int) -> None:
        """Overwrite blocks; snapshots keep what was there, as long as they have room."""
        self._keep(start, end)
        self.data.set(start, end, value)

    def take(self, other: LogicalVolume, start: int, end: int) -> None:
        """Overwrite blocks with those of another volume."""
        self._keep(start, end)
        self.data.take(other.data, start, end)

    def _keep(self, start: int, end: int) -> None:
        for snapshot in self.snapshots:
            snapshot.used += (end - start) * BLOCK


@dataclass(slots=True)
class SimulatedGroup:
    """A volume group.

    Attributes:
        freed: what stood on volumes that were removed; the next one of that size gets their extents.
    """

    name: str
    size: int
    devices: list[str]
    volumes: dict[str, LogicalVolume] = field(default_factory=dict)
    freed: list[LogicalVolume] = field(default_factory=list)

    @property
    def free(self) -> int:
        return self.size - sum(volume.size for volume in self.volumes.values())

    def create(self, name: str, size: int, *, zero: bool = True) -> LogicalVolume:
        """A new volume. Unless its beginning is zeroed, what its extents held before is still there.

        Raises:
            VolumeError: the name is taken, or there is no room.
        """
        size = -(-size // EXTENT) * EXTENT
        self._require_room(name, size)
        old = next((one for one in self.freed if one.size == size), None)
        if old is not None:
            self.freed.remove(old)
        data = old.data.copy() if old is not None else Blocks(size // BLOCK, LEFTOVER)
        volume = LogicalVolume(self.name, name, size, data, metadata=old.metadata if old is not None else None)
        if zero:
            # The first block holds DRBD's magic number, where metadata have a volume of their own.
            volume.data.set(0, 1, 0)
            volume.metadata = None
        self.volumes[name] = volume
        return volume

    def snapshot(self, origin: LogicalVolume, name: str, size: int) -> LogicalVolume:
        """A snapshot: the origin's data as they are now.

        Raises:
            VolumeError: the name is taken, or there is no room.
        """
        size = -(-size // EXTENT) * EXTENT
        self._require_room(name, size)
        snapshot = LogicalVolume(self.name, name, size, origin.data.copy(), metadata=origin.metadata, origin=origin)
        origin.snapshots.append(snapshot)
        self.volumes[name] = snapshot
        return snapshot

    def _require_room(self, name: str, size: int) -> None:
        if name in self.volumes:
            raise VolumeError(f'  Logical Volume "{name}" already exists in volume group "{self.name}"')
        if size > self.free:
            raise VolumeError(
                f'  Volume group "{self.name}" has insufficient free space ({self.free // EXTENT} extents):'
                f" {size // EXTENT} required."
            )

    def remove(self, volume: LogicalVolume) -> None:
        """Remove a volume, and its snapshots with it."""
        for snapshot in list(volume.snapshots):
            self.remove(snapshot)
        if volume.origin is not None:
            volume.origin.snapshots.remove(volume)
        else:
            self.freed.insert(0, volume)
        del self.volumes[volume.name]

    def rename(self, volume: LogicalVolume, name: str) -> None:
        """Raises VolumeError where the new name is taken."""
        if name in self.volumes:
            raise VolumeError(f'  Logical Volume "{name}" already exists in volume group "{self.name}"')
        del self.volumes[volume.name]
        volume.name = name
        self.volumes[name] = volume


@dataclass(slots=True)
class Storage:
    """The disks of a node and what LVM has made of them.

    Attributes:
        disks: whole disks by path, with their size in bytes.
        physical: those that LVM may use (pvcreate).
        marks: what else is marked on a disk, such as an old file system.
    """

    disks: dict[str, int] = field(default_factory=lambda: {DISK: DISK_SIZE})
    physical: list[str] = field(default_factory=list)
    marks: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, SimulatedGroup] = field(default_factory=dict)

    def make_physical(self, device: str) -> None:
        """Let LVM use a disk (pvcreate).

        Raises:
            VolumeError: there is no such disk, or a volume group has it.
        """
        if device not in self.disks:
            raise VolumeError(f"  No device found for {device}.")
        holder = self._holder(device)
        if holder is not None:
            raise VolumeError(
                f'  Can\'t initialize physical volume "{device}" of volume group "{holder}" without -ff\n'
                f"  {device}: physical volume not initialized."
            )
        if device not in self.physical:
            self.physical.append(device)

    def make_group(self, name: str, devices: list[str]) -> SimulatedGroup:
        """Make a volume group (vgcreate); its disks become physical volumes where they are none yet.

        Raises:
            VolumeError: the name is taken, or a disk is not there or not free.
        """
        if name in self.groups:
            raise VolumeError(f"  A volume group called {name} already exists.")
        for device in devices:
            holder = self._holder(device)
            if holder is not None:
                raise VolumeError(
                    f"  Physical volume '{device}' is already in volume group '{holder}'\n"
                    f"  Unable to add physical volume '{device}' to volume group '{name}'"
                )
            self.make_physical(device)
        # LVM keeps the first extent of each disk for itself.
        size = sum(self.disks[device] // EXTENT * EXTENT - EXTENT for device in devices)
        group = self.groups[name] = SimulatedGroup(name, size, list(devices))
        return group

    def _holder(self, device: str) -> str | None:
        return next((group.name for group in self.groups.values() if device in group.devices), None)

    def find(self, name: str) -> LogicalVolume | None:
        """A volume by `/dev/vg/lv`, `vg/lv` or its name in the device mapper."""
        plain = name.removeprefix("/dev/mapper/").removeprefix("/dev/")
        group, slash, volume = plain.partition("/")
        if slash:
            return self.groups[group].volumes.get(volume) if group in self.groups else None
        return next((one for one in self.all() if one.mapper_name == plain), None)

    def all(self) -> list[LogicalVolume]:
        """All volumes, by group and name."""
        return [
            self.groups[group].volumes[name]
            for group in sorted(self.groups)
            for name in sorted(self.groups[group].volumes)
        ]
