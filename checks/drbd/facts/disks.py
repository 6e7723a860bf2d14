"""The state of an instance's DRBD disks, from /proc/drbd on both nodes: it needs no lock and no daemon."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.cluster.facts.copies import newest_config
from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.drbd.states import LINKED, MIRRORS, NOT_KNOWN, VERIFY, Connection, Disk, Role
from checks.instances.facts.instances import Instance, Minor, described, find
from checks.look.commands import cat
from checks.look.nodes import answer, content, host, look
from checks.look.output import ParseError
from checks.paths import PROC_DRBD
from engine.english import duration
from engine.knowledge import Context, remembered


@dataclass(frozen=True, slots=True)
class DiskState:
    """One disk as one of its nodes sees it.

    Attributes:
        index: of the disk in the instance.
        role: Primary or Secondary.
        connection: such as Connected, WFConnection, StandAlone, WFBitMapS; `Unconfigured` where DRBD has no
            such device, `unknown` where the node does not answer, `strange` where it tells what DRBD 8.4 does not have.
        disk: the state of this node's side, such as UpToDate, Inconsistent, Outdated, Diskless.
        peer_disk: the state of the other side as this node sees it.
        line: the line of /proc/drbd, or why there is none.
        synced: per cent done while it is resynchronised or verified.
        out_of_sync: KiB that are still to be copied, where that is known.
        remaining: seconds that will take, as DRBD estimates; None where it does not.
    """

    index: int
    minor: int
    node: str
    role: Role
    connection: Connection
    disk: Disk
    peer_disk: Disk
    line: str
    synced: float | None = field(default=None, compare=False)
    out_of_sync: int | None = field(default=None, compare=False)
    remaining: int | None = field(default=None, compare=False)

    @property
    def in_sync(self) -> bool:
        """This side is connected and both sides are up to date; being verified does them no harm."""
        return self.connection in MIRRORS and self.disk == self.peer_disk == Disk.UP_TO_DATE

    @property
    def linked(self) -> bool:
        """This side sees the other one, and their handshake is over."""
        return self.connection in LINKED

    @property
    def progress(self) -> str:
        """How far the resync or the verify is, such as `42.1 % done, about 3 min left`; empty where there is none."""
        if self.connection in VERIFY:
            return "being verified" + ("" if self.synced is None else f", {self.synced} % done")
        if self.synced is None:
            return ""
        left = f", about {duration(self.remaining)} left" if self.remaining else ""
        return f"{self.synced} % done{left}"

    @property
    def seen(self) -> bool:
        """Whether anything is known of it; if not, `line` says why."""
        return self.connection not in NOT_KNOWN


@remembered
def of(context: Context, *, instance: str) -> tuple[DiskState, ...]:
    """The DRBD disks of an instance, each as both of its nodes see it; empty if it has none.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`; or /proc/drbd is of another DRBD.
    """
    _copy, config = newest_config(context)
    return of_described(context, described(config, find(config, instance)))


def of_described(context: Context, one: Instance) -> tuple[DiskState, ...]:
    """The same for an instance that was found already.

    Raises:
        FactError: /proc/drbd of one of its nodes is of another DRBD.
    """
    sides = [(disk.index, minor) for disk in one.disks for minor in disk.minors]
    look(context, {host(context, side.node) for _index, side in sides}, cat(PROC_DRBD))
    return tuple(_state(context, index, side) for index, side in sides)


def _state(context: Context, index: int, side: Minor) -> DiskState:
    where = host(context, side.node)
    if answer(context, where, cat(PROC_DRBD)) is None:
        return _without(index, side, Connection.UNSEEN, "the node does not answer")
    text = content(context, where, PROC_DRBD)
    if text is None:
        return _without(index, side, Connection.UNCONFIGURED, "there is no /proc/drbd: the module is not loaded")
    try:
        found = context.remember(parse_proc_drbd, text)
    except ParseError as error:
        if error.code == "drbd-9":
            raise
        return _without(index, side, Connection.UNSEEN, f"{PROC_DRBD} is not as expected: {error.why}")
    if side.minor in found.strange:
        why = f"/proc/drbd tells a state that DRBD 8.4 does not have: {found.strange[side.minor]}"
        return _without(index, side, Connection.STRANGE, why)
    device = found.devices.get(side.minor)
    if device is None:
        return _without(index, side, Connection.UNCONFIGURED, f"/proc/drbd has no device {side.minor}")
    return DiskState(
        index=index,
        minor=side.minor,
        node=side.node,
        role=device.role,
        connection=device.connection,
        disk=device.disk,
        peer_disk=device.peer_disk,
        line=device.line,
        synced=device.synced,
        out_of_sync=device.out_of_sync,
        remaining=device.remaining,
    )


def _without(index: int, side: Minor, connection: Connection, why: str) -> DiskState:
    return DiskState(index, side.minor, side.node, Role.UNKNOWN, connection, Disk.UNKNOWN, Disk.UNKNOWN, why)
