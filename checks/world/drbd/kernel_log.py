"""What the kernel says of DRBD, in its own words (drbd_state.c, drbd_receiver.c; the transcripts)."""

from __future__ import annotations

from checks.drbd.states import Connection, Disk, Role
from checks.world.node.machine import SimulatedSide

KINDS = (("role", "role"), ("seen_role", "peer"), ("state", "conn"), ("disk", "disk"), ("seen_disk", "pdsk"))


def device(side: SimulatedSide, text: str) -> None:
    """A line about a device."""
    side.machine.kernel_says(f"block drbd{side.minor}: {text}")


def resource(side: SimulatedSide, *texts: str) -> None:
    """Lines about a connection."""
    for text in texts:
        side.machine.kernel_says(f"drbd resource{side.minor}: {text}")


def change(side: SimulatedSide, *, whole: bool = False, **new: Connection | Role | Disk | None) -> None:
    """Bring a side into a new state and say so; the flags of its metadata follow.

    What is None stays. With `whole` it is a change of the connection, which concerns every device on it.
    """
    words = []
    for name, word in KINDS:
        to = new.get(name)
        if to is not None and (old := getattr(side, name)) != to:
            words.append(f"{word}( {old} -> {to} ) ")
            setattr(side, name, to)
    if words:
        (resource if whole else device)(side, "".join(words))
    note_flags(side)


def note_flags(side: SimulatedSide) -> None:
    """What the metadata say of the state of their side (drbd_state.c, __drbd_set_state)."""
    metadata = side.metadata
    if metadata is None or side.frozen or side.disk in {Disk.DISKLESS, Disk.FAILED, Disk.NEGOTIATING}:
        return
    metadata.consistent = side.disk != Disk.INCONSISTENT
    metadata.was_up_to_date = side.disk in {Disk.UP_TO_DATE, Disk.CONSISTENT}
    metadata.primary = side.role == Role.PRIMARY or (side.seen_role == Role.PRIMARY and side.seen_disk == Disk.DISKLESS)
    metadata.connected = side.linked
    metadata.peer_outdated = side.seen_disk in {Disk.OUTDATED, Disk.INCONSISTENT}
    metadata.crashed = side.crashed


def helper(side: SimulatedSide, event: str) -> None:
    """A call of the usermode helper."""
    device(side, f"helper command: /bin/true {event} minor-{side.minor}")
    device(side, f"helper command: /bin/true {event} minor-{side.minor} exit code 0 (0x0)")
