"""DRBD's metadata as they stand on their volume: which states of the data a side has seen, and what changed since."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.world.node.blocks import Blocks

JUST_CREATED = 4
"""The current generation of metadata that hold no data yet (drbd.h, UUID_JUST_CREATED)."""
PRIMARY = 1
"""The lowest bit of an identifier: the side was Primary."""


@dataclass(slots=True)
class Metadata:
    """One side's metadata (drbd_int.h and drbd_main.c of DRBD 8.4).

    Attributes:
        current: the generation of the data now; bitmap: that of the peer when this side began to note changes, else 0.
        history: the two generations before.
        bits: the blocks that are known to differ from the peer's.
        consistent, was_up_to_date, primary, connected, full_sync, peer_outdated, crashed: the flags, in their order.
    """

    bits: Blocks
    current: int = JUST_CREATED
    bitmap: int = 0
    history: list[int] = field(default_factory=lambda: [0, 0])
    consistent: bool = False
    was_up_to_date: bool = False
    primary: bool = False
    connected: bool = False
    full_sync: bool = False
    peer_outdated: bool = False
    crashed: bool = False

    @property
    def identifiers(self) -> str:
        return ":".join(f"{one:016X}" for one in (self.current, self.bitmap, *self.history))

    @property
    def flags(self) -> str:
        """As drbdsetup and drbdmeta print them (drbd-utils, dt_print_uuids)."""
        flags = (self.consistent, self.was_up_to_date, self.primary, self.connected, self.full_sync,
                 self.peer_outdated, self.crashed)  # fmt: skip
        return ":".join(str(int(flag)) for flag in flags)

    def to_history(self, identifier: int) -> None:
        """Push a generation that is over (drbd_uuid_move_history)."""
        self.history = [identifier, self.history[0]]

    def new_current(self, identifier: int) -> None:
        """The data begin to differ from the peer's: note against which generation (drbd_uuid_new_current)."""
        self.bitmap, self.current = self.current, identifier

    def set_bitmap(self, identifier: int) -> None:
        """End or begin a stretch of noting changes (drbd_uuid_set_bm)."""
        if self.bitmap == 0 and identifier == 0:
            return
        if identifier == 0:
            self.to_history(self.bitmap)
            self.bitmap = 0
        else:
            self.bitmap = identifier & ~PRIMARY
