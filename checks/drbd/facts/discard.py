"""What it takes to throw one side of a DRBD disk away in favour of the other one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from checks.drbd.facts.side import Side, volumes_of
from checks.drbd.facts.sides import ALL, DiskSides, sides
from checks.drbd.states import WITH_DATA, WITHOUT_DISK, Connection, Disk, Role
from checks.look.nodes import host
from checks.look.numbers import KIB, in_words
from engine.hosts.command import shown
from engine.knowledge import Context, fact, remembered
from engine.several import Several

MIB = 1024 * 1024
COPY = "before-discard-"
"""How the snapshots are called that are kept of what is thrown away; the volume's name follows, and when it was."""
RUN = re.compile(r"\d{8}-\d{6}", re.ASCII)
"""How the name of a run begins: when it was begun, UTC."""


@dataclass(frozen=True, slots=True)
class Victim:
    """One disk of an instance whose side on one node is to be thrown away.

    Attributes:
        node: where it is; survivor: the node whose side is kept.
        role: of DRBD: Primary or Secondary.
        connection: such as StandAlone.
        disk: of this side, such as UpToDate; kept_disk: of the other one.
        changed: how much this side has changed that the other one does not have, in words.
        kept_changed: the same of the side that is kept.
        volume: the logical volume with its data, as `group/name`; group: its volume group.
        size: of it in words.
        copy_bytes: how large a snapshot has to be that can hold all of it; None where unknown.
        free: bytes that are free in the volume group; None where unknown.
        copy_name: what the snapshot is called that this repair makes of its volume.
        copied: this snapshot is there.
        address: its end of the replication as drbdsetup names it; peer_address: the other end.
    """

    instance: str
    index: int
    node: str
    survivor: str
    minor: int
    role: Role
    connection: Connection
    disk: Disk
    kept_disk: Disk
    changed: str = field(compare=False)
    kept_changed: str = field(compare=False)
    volume: str
    size: str
    copy_bytes: int | None
    free: int | None = field(compare=False)
    copy_name: str
    copied: bool
    address: str
    peer_address: str

    def __str__(self) -> str:
        return f"disk {self.index} on {self.node}"

    @property
    def group(self) -> str:
        """The volume group."""
        return self.volume.partition("/")[0]

    @property
    def has_room(self) -> bool:
        """Whether a snapshot of all of it fits into the volume group."""
        return self.copy_bytes is not None and self.free is not None and self.free >= self.copy_bytes

    @property
    def has_disk(self) -> bool:
        """Whether DRBD has a volume to mark as out of date."""
        return self.connection is not Connection.UNCONFIGURED and self.disk not in WITHOUT_DISK

    @property
    def copyable(self) -> bool:
        """Whether a snapshot is worth keeping and there is room for it, and the side stands still meanwhile."""
        return self.worth_a_copy and self.has_room and self._at_rest

    @property
    def worth_a_copy(self) -> bool:
        """Whether it holds a whole state of the data, of which this repair has made no snapshot."""
        return self.disk in WITH_DATA and not self.copied

    @property
    def cramped(self) -> bool:
        """Whether no snapshot of what is worth one can be made for want of room."""
        return self.worth_a_copy and not self.has_room

    @property
    def kept(self) -> str:
        """Whether a snapshot of it is there, in a sentence; computed from what is there and from nothing else."""
        if self.copied:
            return f"Of what is thrown away there is the snapshot {self.copy_path} on {self.node}."
        if self.disk not in WITH_DATA:
            return f"NO SNAPSHOT of it is kept: it is {self.disk}, which is no whole state of the data."
        if self.cramped:
            return f"NO SNAPSHOT of it is kept: {self.room}."
        return "NO SNAPSHOT of it is kept: what is thrown away is gone for good."

    @property
    def dump(self) -> str:
        """What copies its volume to a file on the machine where it is typed."""
        return (
            f"{shown(('ssh', f'root@{self.node}', 'dd', f'if=/dev/{self.volume}', 'bs=4M'))} > {shown((self.image,))}"
        )

    @property
    def image(self) -> str:
        """What that file is called."""
        return f"{self.volume.replace('/', '-')}.img"

    @property
    def room(self) -> str:
        """The room that a snapshot needs, and what there is of it, in words."""
        if self.copy_bytes is None or self.free is None:
            return f"how much room there is in the volume group {self.group} on {self.node} cannot be seen"
        return (
            f"it needs {self.copy_size}, and {in_words(self.free // KIB)} are free in the volume group {self.group} on"
            f" {self.node}"
        )

    @property
    def ready(self) -> bool:
        """Whether DRBD would mark it as worthless by itself: a secondary side that stands alone, with a disk."""
        return self.has_disk and not self.discarded and self._at_rest

    @property
    def _at_rest(self) -> bool:
        return (self.role, self.connection) == (Role.SECONDARY, Connection.STANDALONE)

    @property
    def copy_path(self) -> str:
        """The same as `group/name`."""
        return f"{self.group}/{self.copy_name}"

    @property
    def copy_mib(self) -> int:
        """How large a snapshot has to be that can hold all of it, in MiB; 0 where unknown."""
        return (self.copy_bytes or 0) // MIB

    @property
    def copy_size(self) -> str:
        """How large a snapshot has to be that can hold all of it, in words."""
        return "an unknown amount" if self.copy_bytes is None else in_words(self.copy_bytes // KIB)

    @property
    def discarded(self) -> bool:
        """Whether DRBD takes it for worthless already, so that it will be copied anew."""
        return self.disk is Disk.INCONSISTENT


class Victims(Several[Victim]):
    """The disks of an instance whose sides on one node are to be thrown away."""

    __slots__ = ()

    @property
    def primary(self) -> tuple[Victim, ...]:
        """Those that are in use."""
        return tuple(one for one in self if one.role is Role.PRIMARY)

    def is_secondary(self, index: int) -> bool:
        """Whether the side of this disk is there and not in use."""
        return any(one.index == index and one.role is not Role.PRIMARY for one in self)

    @property
    def looking(self) -> tuple[Victim, ...]:
        """Those with a disk that do not stand alone: they look for the other side, or are connected to it."""
        return tuple(one for one in self if one.has_disk and one.connection is not Connection.STANDALONE)

    @property
    def without_disk(self) -> tuple[Victim, ...]:
        """Those for which DRBD has no volume."""
        return tuple(one for one in self if not one.has_disk)

    def has_disk(self, index: int) -> bool:
        """Whether DRBD has a volume for the side of this disk."""
        return any(one.index == index and one.has_disk for one in self)

    @property
    def cramped(self) -> tuple[Victim, ...]:
        """Those of which no snapshot can be made for want of room."""
        return tuple(one for one in self if one.cramped)

    @property
    def dumps(self) -> tuple[str, ...]:
        """What copies the volumes of these to files, a line for each."""
        return tuple(one.dump for one in self.cramped)

    @property
    def copyable(self) -> tuple[Victim, ...]:
        """Those of which a snapshot can be made now."""
        return tuple(one for one in self if one.copyable)

    @property
    def ready(self) -> tuple[Victim, ...]:
        """Those that DRBD would mark as worthless by itself."""
        return tuple(one for one in self if one.ready)


@fact("disks.victims")
@remembered
def victims(context: Context, *, instance: str, node: str, disk: str = ALL, run: str = "") -> Victims:
    """The DRBD disks of an instance that are not in sync, as seen from the node whose side is thrown away.

    With `run`, the name of the run that repairs it, snapshots are told from those of other repairs.

    Those that are being copied at this moment or will be by themselves are left out, and those of which one side
    cannot be seen.

    Raises:
        FactError: code `instance-unknown`, `node-unknown` or `config-unreadable`; code `disk-unknown`.
    """
    where = host(context, node).name
    found = []
    for each in sides(context, instance=instance, disk=disk):
        if each.state in {"in sync", "syncing", "behind", "unseen"} or where not in {side.node for side in each.sides}:
            continue
        own, other = each.sides if each.first.node == where else (each.second, each.first)
        found.append(_victim(context, each, own, other, run))
    return Victims(found)


def copy_name(volume: str, run: str) -> str:
    """What the snapshot is called that a run makes of a volume, `group/name`: another one for each repair."""
    when = RUN.match(run)
    return COPY + volume.partition("/")[2] + (f".{when[0]}" if when is not None else "")


def _victim(context: Context, each: DiskSides, own: Side, other: Side, run: str) -> Victim:
    name = copy_name(own.volume, run)
    return Victim(
        instance=each.instance,
        index=each.index,
        node=own.node,
        survivor=other.node,
        minor=own.minor,
        role=own.role,
        connection=own.connection,
        disk=own.disk,
        kept_disk=other.disk,
        changed=own.changes,
        kept_changed=other.changes,
        volume=own.volume,
        size=own.extent,
        copy_bytes=None if own.size is None else _room(own.size),
        free=own.free,
        copy_name=name,
        copied=f"{own.volume.partition('/')[0]}/{name}" in volumes_of(context, own.node)
        if own.size is not None
        else False,
        address=own.address,
        peer_address=other.address,
    )


def _room(size: int) -> int:
    """Bytes for a snapshot that can hold all of a volume, with two per cent for its own notes, in whole MiB."""
    return (size + size // 50 + 4 * MIB) // MIB * MIB
