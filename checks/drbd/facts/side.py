"""One side of a DRBD disk: all that can be read of it without asking anything that may hang."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.cluster.parse.processes import parse_processes
from checks.drbd.facts.disks import DiskState
from checks.drbd.facts.kernel import events, ran_diskless
from checks.drbd.parse.generations import Generations, parse_generations
from checks.drbd.parse.kernel_log import Event
from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.drbd.states import HANDSHAKE, NOT_KNOWN, WITH_DATA, WITHOUT_DISK, Connection, Disk, Role
from checks.instances.facts.instances import ConfiguredDisk as Described
from checks.look.commands import PROCESSES, SUSPENDED, VOLUMES, cat, generations
from checks.look.grammar import is_v6
from checks.look.nodes import answer, host, understood
from checks.look.numbers import KIB, in_words
from checks.look.output import ParseError
from checks.lvm.parse.mapper import mapper_name, parse_mapper
from checks.lvm.parse.volumes import Volume, parse_volumes
from checks.paths import PROC_DRBD
from engine.errors import FactError
from engine.knowledge import Context, remembered

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One side.

    Attributes:
        primary: it is the side of the instance's primary node, by the configuration.
        runs: the instance really runs there; None where that cannot be seen.
        role: of DRBD: Primary or Secondary.
        connection: such as StandAlone; `Unconfigured` where there is no device, `unknown` or `strange` where
            nothing is known.
        disk: of this side, such as UpToDate or Diskless.
        changed: KiB that this side has noted as not on the other one; None where unknown.
        generations: its identifiers; empty where unknown.
        volume: the logical volume with its data, as `group/name`.
        metadata: that with DRBD's metadata.
        size: of the data's volume, in bytes; None where unknown.
        free: bytes that are free in its volume group.
        address: how drbdsetup names its end of the replication, such as `ipv4:10.0.0.1:11000`.
        suspended: those of its volumes through which nothing gets, as the device mapper names them.
        waiting: processes of the node that wait for a disk and cannot be killed.
        lost_disk: the line of the kernel log by which it lost its disk while it was Primary, if nothing was put right
            since: what its own disk holds is then older.
        told: what the kernel logged about it, the last lines.
    """

    node: str
    minor: int
    primary: bool
    runs: bool | None
    role: Role
    connection: Connection
    disk: Disk
    line: str
    changed: int | None = field(compare=False)
    generations: str = field(compare=False)
    volume: str
    metadata: str
    size: int | None
    free: int | None = field(compare=False)
    address: str
    suspended: tuple[str, ...]
    waiting: tuple[str, ...] = field(compare=False)
    lost_disk: str
    told: tuple[str, ...] = field(compare=False)

    @property
    def seen(self) -> bool:
        """Whether anything is known of it; if not, `line` says why."""
        return self.connection not in NOT_KNOWN

    @property
    def has_data(self) -> bool:
        """Whether its disk holds a state of the data that was whole at some time."""
        return self.disk in WITH_DATA

    @property
    def changes(self) -> str:
        """How much it has changed that the other side does not have, in words."""
        return "an unknown amount" if self.changed is None else in_words(self.changed)

    @property
    def extent(self) -> str:
        """The size of its volume in words."""
        return "unknown" if self.size is None else in_words(self.size // KIB)

    @property
    def room_for_copy(self) -> bool:
        """Whether a snapshot that can hold the whole volume fits into the volume group."""
        return self.size is not None and self.free is not None and self.free > self.size + self.size // 50


@dataclass(frozen=True, slots=True)
class Seen:
    """One side with what it takes to compare it with the other one."""

    side: Side
    generations: Generations | None
    events: tuple[Event, ...] | None
    source: str


def read_side(
    context: Context, state: DiskState, disk: Described, *, address: str, primary: bool, runs: bool | None, well: bool
) -> Seen:
    """All that is known of one side; what cannot be read is left open and never an error.

    Of a disk that is `well` nothing more is asked.
    """
    ask = state.seen and not well
    found = events(context, state.node, state.minor) if ask else None
    source, some = found if found is not None else ("the kernel log", None)
    own = _generations(context, state) if ask else None
    suspended = _suspended(context, state, disk) if ask else None
    volume = disk.volumes[0] if disk.volumes else ""
    sized = None if suspended or suspended is None else volumes_of(context, state.node).get(volume)
    lost = ran_diskless(some or ())
    side = Side(
        node=state.node,
        minor=state.minor,
        primary=primary,
        runs=runs,
        role=state.role,
        connection=state.connection,
        disk=state.disk,
        line=f"{state.node}: {PROC_DRBD}: {state.line}" if _configured(state) else f"{state.node}: {state.line}",
        changed=state.out_of_sync,
        generations=str(own) if own is not None else "",
        volume=volume,
        metadata=disk.volumes[1] if len(disk.volumes) > 1 else "",
        size=sized.size if sized is not None else None,
        free=sized.free if sized is not None else None,
        address=f"ipv{6 if is_v6(address) else 4}:{address}:{disk.port}",
        suspended=suspended or (),
        waiting=_waiting(context, state.node) if ask else (),
        lost_disk=lost.line if lost is not None else "",
        told=tuple(f"{state.node}: {source}: {event.line}" for event in (some or ())[-SHOWN:]),
    )
    return Seen(side, own, some, f"{state.node}: {source}")


@remembered
def askable(context: Context, node: str) -> bool:
    """Whether DRBD's tools answer on this node: with a handshake that hangs they hang as well, and cannot be ended."""
    where = host(context, node)
    listed = understood(context, where, PROCESSES, parse_processes)
    shown = understood(context, where, cat(PROC_DRBD), parse_proc_drbd)
    if listed is None or shown is None:
        return False
    hangs = any(one.state.startswith("D") and "drbdsetup" in one.command for one in listed)
    return not hangs and not shown.strange and not any(one.connection in HANDSHAKE for one in shown.devices.values())


@remembered
def calm_on(context: Context, node: str) -> bool:
    """Whether the tools of DRBD and LVM surely answer on this node: no volume of it is suspended either."""
    result = answer(context, host(context, node), SUSPENDED)
    try:
        return (
            result is not None
            and result.ok
            and not any(context.remember(parse_mapper, result.stdout).values())
            and askable(context, node)
        )
    except ParseError:
        return False


def _configured(state: DiskState) -> bool:
    return state.seen and state.connection is not Connection.UNCONFIGURED


def _generations(context: Context, state: DiskState) -> Generations | None:
    if not _configured(state) or state.disk in WITHOUT_DISK or not askable(context, state.node):
        return None
    result = answer(context, host(context, state.node), generations(state.minor))
    try:
        return context.remember(parse_generations, result.stdout) if result is not None and result.ok else None
    except ParseError:
        return None


def _suspended(context: Context, state: DiskState, disk: Described) -> tuple[str, ...] | None:
    """Those of its volumes that are suspended; None where that cannot be seen."""
    result = answer(context, host(context, state.node), SUSPENDED)
    if result is None or not result.ok:
        return None
    try:
        known = context.remember(parse_mapper, result.stdout)
    except ParseError:
        return None
    return tuple(name for name in map(mapper_name, disk.volumes) if known.get(name))


@remembered
def volumes_of(context: Context, node: str) -> Mapping[str, Volume]:
    """The logical volumes of a node by `group/name`; none where they cannot be seen."""
    result = answer(context, host(context, node), VOLUMES)
    try:
        return context.remember(parse_volumes, result.stdout) if result is not None and result.ok else {}
    except ParseError:
        return {}


def _waiting(context: Context, node: str) -> tuple[str, ...]:
    result = answer(context, host(context, node), PROCESSES)
    try:
        some = context.remember(parse_processes, result.stdout) if result is not None and result.ok else ()
    except FactError:
        return ()
    return tuple(f"{node}: ps: process {one.pid}, state {one.state}: {one.command}" for one in some
                 if one.state.startswith("D"))  # fmt: skip
