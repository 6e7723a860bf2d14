"""What it takes to throw one side of a DRBD disk away in favour of the other one."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.facts.disks import UNCONFIGURED
from checks.facts.look import host
from checks.facts.side import KIB, WITH_DATA, WITHOUT_DISK, Side, in_words
from checks.facts.sides import ALL, DiskSides, sides
from engine.knowledge import Context

MIB = 1024 * 1024


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
        address: its end of the replication as drbdsetup names it; peer_address: the other end.
    """

    instance: str
    index: int
    node: str
    survivor: str
    minor: int
    role: str
    connection: str
    disk: str
    kept_disk: str
    changed: str = field(compare=False)
    kept_changed: str = field(compare=False)
    volume: str
    size: str
    copy_bytes: int | None
    free: int | None = field(compare=False)
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
        return self.connection != UNCONFIGURED and self.disk not in WITHOUT_DISK

    @property
    def copyable(self) -> bool:
        """Whether a snapshot is worth keeping and there is room for it, and the side stands still meanwhile."""
        return self.has_room and self.disk in WITH_DATA and self._at_rest

    @property
    def ready(self) -> bool:
        """Whether DRBD would mark it as worthless by itself: a secondary side that stands alone, with a disk."""
        return self.has_disk and not self.discarded and self._at_rest

    @property
    def _at_rest(self) -> bool:
        return (self.role, self.connection) == ("Secondary", "StandAlone")

    @property
    def copy_name(self) -> str:
        """What a snapshot of its volume is called."""
        return f"before-discard-{self.volume.partition('/')[2]}"

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
        return self.disk == "Inconsistent"


def victims(context: Context, *, instance: str, node: str, disk: str = ALL) -> tuple[Victim, ...]:
    """The DRBD disks of an instance that are not in sync, as seen from the node whose side is thrown away.

    Those that are being copied at this moment are left out, and those of which one side cannot be seen.

    Raises:
        FactError: code `instance-unknown`, `node-unknown` or `config-unreadable`; code `disk-unknown`.
    """
    where = host(context, node).name
    found = []
    for each in sides(context, instance=instance, disk=disk):
        if each.state in {"in sync", "syncing", "unseen"} or where not in {side.node for side in each.sides}:
            continue
        own, other = each.sides if each.first.node == where else (each.second, each.first)
        found.append(_victim(each, own, other))
    return tuple(found)


def _victim(each: DiskSides, own: Side, other: Side) -> Victim:
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
        address=own.address,
        peer_address=other.address,
    )


def _room(size: int) -> int:
    """Bytes for a snapshot that can hold all of a volume, with two per cent for its own notes, in whole MiB."""
    return (size + size // 50 + 4 * MIB) // MIB * MIB
