"""DRBD 8.4 devices: who is connected, who is behind, and what /proc/drbd says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from checks.world.storage.volumes import LogicalVolume

HEADER = "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 059B1B470318F053F5077D5 \n"

Role = Literal["Primary", "Secondary"]

LINKED = frozenset({"Connected", "SyncSource", "SyncTarget", "WFBitMapS", "WFBitMapT"})
"""Connection states in which a side knows its peer."""

SYNCING = frozenset({"SyncSource", "SyncTarget", "WFBitMapS", "WFBitMapT"})


@dataclass(slots=True)
class Side:
    """One node's end of a device.

    Attributes:
        state: the connection state, as after `cs:`.
        disk: the state of the local disk, as the first half of `ds:`.
        seen_role: what it knows of the peer's role while linked.
        seen_disk: what it knows of the peer's disk while linked.
    """

    role: Role
    state: str
    disk: str
    seen_role: str = "Unknown"
    seen_disk: str = "DUnknown"
    data: LogicalVolume | None = None
    meta: LogicalVolume | None = None

    @property
    def size(self) -> int:
        """Of the device, in bytes."""
        return self.data.size if self.data is not None else 0

    @property
    def degraded(self) -> bool:
        """As Ganeti sees it (lib/storage/drbd.py, GetSyncStatus)."""
        return self.state != "Connected" or self.disk != "UpToDate"

    @property
    def disk_status(self) -> str:
        """Ganeti's word for the local disk (Types.hs, LocalDiskStatus)."""
        if self.disk == "UpToDate":
            return "ok"
        if self.disk == "Diskless":
            return "faulty"
        return "syncing" if self.state in SYNCING else "unknown"


def link(first: Side, second: Side, *, states: tuple[str, str] = ("Connected", "Connected")) -> None:
    """Two sides that see each other."""
    for side, peer, state in ((first, second, states[0]), (second, first, states[1])):
        side.state = state
        side.seen_role = peer.role
        side.seen_disk = peer.disk


def unlink(side: Side, state: str = "WFConnection") -> None:
    """A side that lost its peer."""
    side.state = state
    side.seen_role = "Unknown"
    side.seen_disk = "DUnknown"


def render(sides: dict[int, Side]) -> str:
    """The text of /proc/drbd."""
    lines = [HEADER]
    for minor in sorted(sides):
        side = sides[minor]
        protocol = " " if side.state == "StandAlone" else "C"
        sent, received = (4096, 0) if side.role == "Primary" else (0, 4096)
        behind = 0 if side.state == "Connected" else 4
        lines.append(
            f"{minor:2d}: cs:{side.state} ro:{side.role}/{side.seen_role}"
            f" ds:{side.disk}/{side.seen_disk} {protocol} r-----\n"
            f"    ns:{sent} nr:{received} dw:{received} dr:{sent} al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1"
            f" wo:f oos:{behind}\n"
        )
        if side.state in {"SyncSource", "SyncTarget"}:
            lines.append(
                "\t[=========>..........] sync'ed: 50.0% (32768/65536)K\n\tfinish: 0:00:10 speed: 3,276 (3,276) K/sec\n"
            )
    return "".join(lines)
