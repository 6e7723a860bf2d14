"""What keeps a handshake of two sides from ending: the sides that hang, and the volumes that hold everything back."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.drbd.facts.side import Side
from checks.drbd.facts.sides import sides
from checks.drbd.states import HANDSHAKE, Connection
from checks.lvm.parse.mapper import mapper_name
from engine.knowledge import Context, fact, remembered
from engine.several import Several


@dataclass(frozen=True, slots=True)
class StuckSide:
    """A side that is within a handshake.

    Attributes:
        answers: nothing is known that keeps its own storage from answering, and the other side's storage hangs or this
            is the side that runs the instance.
        volume: the logical volume with its data.
        waiting: processes of the node that wait for a disk and cannot be ended.
        address: its end of the replication as drbdsetup names it; peer_address: the other end.
    """

    instance: str
    index: int
    node: str
    minor: int
    connection: Connection
    answers: bool
    volume: str
    waiting: tuple[str, ...] = field(compare=False)
    address: str
    peer_address: str

    def __str__(self) -> str:
        return f"disk {self.index} on {self.node}"


@dataclass(frozen=True, slots=True)
class SuspendedVolume:
    """A volume below a side through which nothing gets.

    Attributes:
        index: of the disk; part: data or metadata.
        name: as the device mapper names it.
        waiting: processes of the node that wait for a disk and cannot be ended.
    """

    node: str
    index: int
    part: str
    name: str
    waiting: tuple[str, ...] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.part} of disk {self.index} on {self.node}"


class StuckSides(Several[StuckSide]):
    """The sides of an instance's disks that are within a handshake."""

    __slots__ = ()

    @property
    def answering(self) -> tuple[StuckSide, ...]:
        """Those that can let go of the other side."""
        return tuple(one for one in self if one.answers)


@fact("disks.stuck_sides")
@remembered
def stuck_sides(context: Context, *, instance: str) -> StuckSides:
    """The sides of an instance's disks that are within a handshake.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`.
    """
    found = []
    for each in sides(context, instance=instance):
        for own, other in (each.sides, each.sides[::-1]):
            if own.connection in HANDSHAKE:
                found.append(
                    StuckSide(
                        instance=each.instance,
                        index=each.index,
                        node=own.node,
                        minor=own.minor,
                        connection=own.connection,
                        answers=not _hangs(own) and (_hangs(other) or own.primary),
                        volume=own.volume,
                        waiting=own.waiting,
                        address=own.address,
                        peer_address=other.address,
                    )
                )
    return StuckSides(found)


@fact("disks.suspended")
@remembered
def suspended(context: Context, *, instance: str) -> tuple[SuspendedVolume, ...]:
    """The volumes below an instance's disks that the device mapper has suspended, on either node.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`.
    """
    return tuple(
        SuspendedVolume(side.node, each.index, _part(side, name), name, side.waiting)
        for each in sides(context, instance=instance)
        for side in each.sides
        for name in side.suspended
    )


def _part(side: Side, name: str) -> str:
    return "metadata" if side.metadata and mapper_name(side.metadata) == name else "data"


def _hangs(side: Side) -> bool:
    return bool(side.suspended or side.waiting)
