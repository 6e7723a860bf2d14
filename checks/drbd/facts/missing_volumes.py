"""What a node has lost: the volumes that Ganeti expects there and that are not there, or were only just made."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.drbd.states import LINKED, MIRRORS, WITHOUT_DISK, Connection, Disk, Role
from checks.look.numbers import KIB, in_words

MADE = "gnt-runbook-made"
"""Beginning of the tag on a volume that a run made and that has no metadata of DRBD yet; the run's name follows."""
READY = "gnt-runbook-ready"
"""Beginning of the tag from when the metadata are there until the disk is in sync."""
MIB = 1024 * KIB
HEADINGS = ("INSTANCE", "DISK", "VOLUME", "BYTES", "SIZE", "MINOR", "COPIED FROM", "NOW")


@dataclass(frozen=True, slots=True)
class LostVolume:
    """A logical volume that the node should have.

    Attributes:
        index: of the disk in the instance.
        what: `data` or `metadata` (DRBD's).
        size: in bytes, of the same volume on the other node; None where that cannot be seen.
        there: bytes of the volume of that name that the node has; None where it has none.
        tag: by which a run of this runbook marked it; empty where none did.
    """

    instance: str
    index: int
    what: str
    group: str
    name: str
    size: int | None
    there: int | None
    tag: str

    def __str__(self) -> str:
        return f"{self.what} of disk {self.index} of {self.instance}"

    @property
    def volume(self) -> str:
        """`group/name`."""
        return f"{self.group}/{self.name}"

    @property
    def path(self) -> str:
        """Its device."""
        return f"/dev/{self.group}/{self.name}"

    @property
    def mebibytes(self) -> int:
        """How many whole MiB of it are there."""
        return (self.there or 0) // MIB

    @property
    def missing(self) -> bool:
        """The node has no such volume."""
        return self.there is None

    @property
    def foreign(self) -> bool:
        """The node has such a volume, and this runbook did not make it: what is on it is not known."""
        return self.there is not None and not self.tag

    @property
    def too_small(self) -> bool:
        """It is there, and cannot hold what the other node has."""
        return self.there is not None and self.size is not None and self.there < self.size

    @property
    def state(self) -> str:
        """In words."""
        if self.missing:
            return "missing"
        if self.tag.startswith(MADE):
            return "made by a run"
        return "made, and ready" if self.tag.startswith(READY) else "there"


@dataclass(frozen=True, slots=True)
class LostDisk:
    """A disk of which the node lacks a volume, or had one made that is not in sync yet.

    Attributes:
        node: that lost it.
        peer: the other node, which has the surviving copy.
        minor: of the DRBD device on the node, by the configuration; peer_minor: on the other one.
        primary: the node is the instance's primary node.
        role, connection, disk: of the DRBD device on the node; `Unconfigured` where there is none.
        peer_role, peer_connection, peer_disk: on the other one; `unknown` where that does not answer.
        written: new metadata of DRBD are on the volume that was made for them.
        lines: what both nodes say of it.
    """

    instance: str
    index: int
    node: str
    peer: str
    minor: int
    peer_minor: int
    primary: bool
    data: LostVolume
    metadata: LostVolume
    role: Role
    connection: Connection
    disk: Disk
    peer_role: Role
    peer_connection: Connection
    peer_disk: Disk
    written: bool = False
    lines: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"disk {self.index} of {self.instance}"

    @property
    def volumes(self) -> tuple[LostVolume, LostVolume]:
        """For its data, and for DRBD's metadata."""
        return self.data, self.metadata

    @property
    def missing(self) -> bool:
        """One of its volumes is not there."""
        return any(one.missing for one in self.volumes)

    @property
    def made(self) -> bool:
        """Both volumes were made by a run of this runbook, and have no metadata that are known to be new."""
        return not self.missing and all(one.tag for one in self.volumes) and not self.ready

    @property
    def ready(self) -> bool:
        """Both volumes were made by a run of this runbook, and DRBD can use them."""
        return all(one.tag.startswith(READY) for one in self.volumes)

    @property
    def empty_device(self) -> bool:
        """DRBD has a device without a disk for it on the node, which nothing there writes to."""
        return self.active and self.disk is Disk.DISKLESS and self.role is not Role.PRIMARY

    @property
    def active(self) -> bool:
        """DRBD has a device for it on the node."""
        return self.connection is not Connection.UNCONFIGURED

    @property
    def occupied(self) -> bool:
        """The minor it needs is in use on the node by something else: no volume of this disk is there to be used."""
        wanted = self.disk is Disk.DISKLESS and (self.primary or self.role is not Role.PRIMARY)
        return not self.ready and self.active and not wanted

    @property
    def peer_active(self) -> bool:
        """DRBD has a device for it on the other node."""
        return self.peer_connection is not Connection.UNCONFIGURED

    @property
    def survives(self) -> bool:
        """The other node has a copy that is whole and up to date, and DRBD says so."""
        return self.peer_disk is Disk.UP_TO_DATE

    @property
    def synced(self) -> bool:
        """It is whole again."""
        return self.connection in MIRRORS and self.disk is self.peer_disk is Disk.UP_TO_DATE

    @property
    def taken_up(self) -> bool:
        """DRBD uses what was made for it."""
        has_disk = self.disk not in {*WITHOUT_DISK, Disk.UNKNOWN}
        return self.active and has_disk and self.connection is not Connection.STANDALONE


@dataclass(frozen=True, slots=True)
class LostInstance:
    """An instance with such disks.

    Attributes:
        primary: the node that lost them is its primary node.
        disks: those that are lost.
    """

    name: str
    primary: bool
    disks: tuple[LostDisk, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def indexes(self) -> str:
        """As `--disks` of gnt-instance replace-disks takes them: `0,2`."""
        return ",".join(str(one.index) for one in self.disks)

    @property
    def unmade(self) -> bool:
        """Some of its disks have nothing on the node that DRBD can use."""
        return any(not one.ready for one in self.disks)

    @property
    def asleep(self) -> bool:
        """DRBD has no device for one of its surviving copies."""
        return any(not one.peer_active for one in self.disks)

    @property
    def inactive(self) -> bool:
        """DRBD has no device for one of these disks on one of its nodes, or one that is not connected."""
        return any(not (one.active and one.peer_active) or one.connection not in LINKED for one in self.disks)

    @property
    def waiting(self) -> bool:
        """All that was lost is made, and DRBD does not use all of it yet."""
        return not self.unmade and any(not one.taken_up for one in self.disks)

    @property
    def size(self) -> str:
        """What has to be copied, in words."""
        return in_words(sum(one.data.size or 0 for one in self.disks) // KIB)


@dataclass(frozen=True, slots=True)
class Lost:
    """All that a node has lost.

    Attributes:
        node: its full name.
        disks: those it lacks volumes of, and those for which a run made them and which are not in sync.
        whole: the volumes of those instances that were asked for by name and that the node does have.
        elsewhere: other nodes that lack volumes: `hwhost-2 lacks 4 volumes`.
    """

    node: str
    disks: tuple[LostDisk, ...]
    whole: tuple[LostVolume, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def volumes(self) -> tuple[LostVolume, ...]:
        """Of all these disks."""
        return tuple(volume for one in self.disks for volume in one.volumes)

    @property
    def missing(self) -> tuple[LostVolume, ...]:
        """Those that are not there."""
        return tuple(one for one in self.volumes if one.missing)

    @property
    def makeable(self) -> tuple[LostVolume, ...]:
        """Those of them that can be made by hand: the instance's primary node is another one."""
        return tuple(volume for one in self.disks if not one.primary for volume in one.volumes if volume.missing)

    @property
    def foreign(self) -> tuple[LostVolume, ...]:
        """Those that are there, not made by this runbook."""
        return tuple(one for one in self.volumes if one.foreign) + self.whole

    @property
    def unmade(self) -> tuple[LostDisk, ...]:
        """The disks for which nothing is there that DRBD can use."""
        return tuple(one for one in self.disks if not one.ready)

    @property
    def unmade_secondaries(self) -> tuple[LostDisk, ...]:
        """Those of them whose instance has another primary node."""
        return tuple(one for one in self.unmade if not one.primary)

    @property
    def made(self) -> tuple[LostDisk, ...]:
        """The disks whose volumes were made, and whose metadata were not, or are not known to be new."""
        return tuple(one for one in self.disks if one.made)

    def is_made(self, minor: int) -> bool:
        """Whether the volumes of the disk with this minor were made, and have no metadata that are known to be new."""
        return any(one.minor == minor for one in self.made)

    def is_active(self, minor: int) -> bool:
        """Whether DRBD has a device for the disk with this minor."""
        return any(one.minor == minor and one.active for one in self.disks)

    @property
    def written(self) -> tuple[LostDisk, ...]:
        """The disks whose new metadata were written, and which are not marked as ready."""
        return tuple(one for one in self.disks if one.made and one.written)

    @property
    def synced(self) -> tuple[LostDisk, ...]:
        """The disks that are whole again and still carry the mark of a run."""
        return tuple(one for one in self.disks if one.ready and one.synced)

    @property
    def instances(self) -> tuple[LostInstance, ...]:
        """The same by instance."""
        by_name: dict[str, list[LostDisk]] = {}
        for one in self.disks:
            by_name.setdefault(one.instance, []).append(one)
        return tuple(LostInstance(name, some[0].primary, tuple(some)) for name, some in by_name.items())

    def among(self, names: tuple[str, ...]) -> tuple[LostInstance, ...]:
        """Those of the instances that have one of these names."""
        return tuple(one for one in self.instances if one.name in names)

    @property
    def unmade_instances(self) -> tuple[str, ...]:
        """The names of those with a disk for which nothing is there that DRBD can use."""
        return tuple(one.name for one in self.instances if one.unmade)

    @property
    def secondaries(self) -> tuple[LostInstance, ...]:
        """The instances that run elsewhere."""
        return tuple(one for one in self.instances if not one.primary)

    @property
    def primaries(self) -> tuple[LostInstance, ...]:
        """The instances whose primary node this is."""
        return tuple(one for one in self.instances if one.primary)

    @property
    def size(self) -> str:
        """What has to be copied, in words."""
        return in_words(sum(one.data.size or 0 for one in self.disks) // KIB)

    @property
    def table(self) -> tuple[str, ...]:
        """A line for each volume."""
        rows = [HEADINGS, *(_row(disk, volume) for disk in self.disks for volume in disk.volumes)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
        return tuple(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )


def _row(disk: LostDisk, volume: LostVolume) -> tuple[str, ...]:
    size = "unknown" if volume.size is None else str(volume.size)
    words = "" if volume.size is None else in_words(volume.size // KIB)
    return (disk.instance, str(disk.index), volume.volume, size, words, str(disk.minor), disk.peer, volume.state)
