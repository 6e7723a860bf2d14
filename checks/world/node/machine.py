"""One node: power, addresses, files, processes, running instances, and its ends of DRBD devices.

A node and the sides on it know each other: a side writes into the kernel log of its node and asks for its networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checks.drbd.states import MEETING, Connection, Disk, Role
from checks.world.node.blocks import BLOCK
from checks.world.node.drbd_metadata import Metadata
from checks.world.node.filesystem import FileSystem
from checks.world.node.lvm import LogicalVolume, Storage
from checks.world.simclock import SimulatedClock
from engine.hosts.host import Action, Result

FIRST_PID = 871


@dataclass(slots=True)
class SimulatedProcess:
    """A process.

    Attributes:
        stat: ps's letters.
        hung: it is a daemon that runs and does not answer.
        awaited_by: the job that waits for its end, where it belongs to a script that a job has started, or serves one;
            0 where nobody knows which.
    """

    pid: int
    ppid: int
    user: str
    args: str
    started: float
    stat: str = "S"
    hung: bool = False
    awaited_by: int | None = None

    @property
    def stopped(self) -> bool:
        """It does nothing until it is told to go on."""
        return self.stat.startswith("T")


@dataclass(slots=True)
class Supervised:
    """What a node keeps of a change that was made on it under the engine's supervisor.

    Attributes:
        action: what it does; None for one that must not be begun any more.
        boots: how often the node had been started when it was begun.
        result: how it ended; None while it goes on, or after the node was started anew meanwhile.
    """

    action: Action | None
    boots: int
    result: Result | None = None


@dataclass(slots=True)
class Net:
    """How a side finds its peer: `address:port` of both ends, and what happens after a split brain.

    Attributes:
        discard: this side gives up what it has changed, should both have changed (--discard-my-data).
    """

    local: str
    remote: str
    secret: str = ""
    after_0pri: str = "disconnect"
    after_1pri: str = "disconnect"
    discard: bool = False


@dataclass(slots=True)
class Resync:
    """A resync that runs: it began at this moment of the clock with so many blocks to copy, at KiB a second."""

    began: float
    blocks: int
    speed: float

    def done(self, now: float) -> int:
        """How many blocks are copied by now."""
        return min(self.blocks, int((now - self.began) * self.speed / (BLOCK // 1024)))

    @property
    def seconds(self) -> float:
        return max(1.0, self.blocks * (BLOCK // 1024) / self.speed)


@dataclass(slots=True)
class SimulatedSide:
    """One node's end of a device.

    Attributes:
        state: the connection state, as after `cs:`.
        disk: the state of the local disk, as the first half of `ds:`.
        seen_role: what it knows of the peer's role while linked.
        seen_disk: what it knows of the peer's disk while linked.
        data, meta: the volumes it has attached; None while it is Diskless.
        limit: the size of the device in bytes, as it was set when it was attached.
        exposed: the generation of the data that a Primary without a disk has shown to its user.
        crashed: it was Primary when it stopped without a word.
        sync: the resync that runs, if one does.
        queued: what is done as soon as its metadata answer again.
        traffic: KiB sent, received, written and read.
    """

    machine: Machine
    minor: int
    role: Role = Role.SECONDARY
    state: Connection = Connection.STANDALONE
    disk: Disk = Disk.DISKLESS
    seen_role: Role = Role.UNKNOWN
    seen_disk: Disk = Disk.UNKNOWN
    data: LogicalVolume | None = None
    meta: LogicalVolume | None = None
    net: Net | None = None
    limit: int = 0
    exposed: int = 0
    crashed: bool = False
    sync: Resync | None = None
    queued: list[Callable[[], None]] = field(default_factory=list)
    traffic: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("ns", "nr", "dw", "dr", "al"), 0))

    @property
    def metadata(self) -> Metadata | None:
        """The metadata of the disk it has attached."""
        return self.meta.metadata if self.meta is not None else None

    @property
    def frozen(self) -> bool:
        """Its metadata cannot be written now: whatever has to write them hangs."""
        return self.meta is not None and self.meta.suspended

    @property
    def size(self) -> int:
        """Of the device, in bytes."""
        return self.limit or (self.data.size if self.data is not None else 0)

    @property
    def dirty(self) -> int:
        """Blocks that are known to differ from the peer's."""
        return self.metadata.bits.count() if self.metadata is not None else 0

    @property
    def linked(self) -> bool:
        return self.state in MEETING

    @property
    def degraded(self) -> bool:
        """As Ganeti sees it (lib/storage/drbd.py, GetSyncStatus)."""
        return self.state is not Connection.CONNECTED or self.disk is not Disk.UP_TO_DATE


@dataclass(slots=True)
class Machine:
    """A node.

    Attributes:
        on_cluster_net: its primary address (Ganeti's own traffic) answers the other nodes.
        on_our_net: ssh reaches it from where the operator sits.
        on_replication_net: its secondary address (DRBD's traffic) answers the other nodes.
        syslog: it keeps what the kernel says in a file as well.
        kernel_log: what the kernel said, each with its time; the journal keeps it over a restart.
        domains: names of the instances that run here.
        logged: what syslog was given here: facility and priority, tag, and text.
        holds_master_ip: the cluster's address is configured here.
        drbd_loaded: DRBD's module is loaded; there are no devices without it.
        supervised: the changes that were made here, by run and key; on the disk, so that they outlive a power cut.
        clock_off: seconds by which its clock is ahead.
        ssh_port: where sshd listens, besides port 22.
        read_only: its file systems take nothing; full: /var has no room.
        hangs: programs that do not end.
        service: what systemd believes of ganeti.service; it says little about the daemons.
    """

    name: str
    number: int
    primary_ip: str = ""
    secondary_ip: str = ""
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    powered: bool = True
    on_cluster_net: bool = True
    on_replication_net: bool = True
    on_our_net: bool = True
    files: FileSystem = field(default_factory=FileSystem)
    processes: dict[int, SimulatedProcess] = field(default_factory=dict)
    storage: Storage = field(default_factory=Storage)
    drbd: dict[int, SimulatedSide] = field(default_factory=dict)
    syslog: bool = False
    kernel_log: list[tuple[float, str]] = field(default_factory=list)
    domains: set[str] = field(default_factory=set)
    logged: list[tuple[str, str, str]] = field(default_factory=list)
    holds_master_ip: bool = False
    drbd_loaded: bool = False
    clock_off: int = 0
    ssh_port: int = 2222
    read_only: bool = False
    full: bool = False
    hangs: set[str] = field(default_factory=set)
    service: str = "active"
    supervised: dict[tuple[str, str], Supervised] = field(default_factory=dict)
    next_pid: int = FIRST_PID
    boots: int = 1

    def __post_init__(self) -> None:
        self.primary_ip = self.primary_ip or f"10.77.0.{self.number}"
        self.secondary_ip = self.secondary_ip or f"10.78.0.{self.number}"

    def spawn(self, args: str, *, user: str = "root", ppid: int = 1, at: float = 0.0) -> SimulatedProcess:
        """Start a process."""
        self.next_pid += 13
        process = SimulatedProcess(self.next_pid, ppid, user, args, at)
        self.processes[process.pid] = process
        return process

    def daemon(self, name: str) -> SimulatedProcess | None:
        """The running daemon of this short name (`luxid`), if there is one."""
        for process in self.processes.values():
            words = process.args.split()
            if f"/usr/sbin/ganeti-{name}" in words[:2] and process.awaited_by is None:
                return process
        return None

    def ssconf(self, key: str) -> str | None:
        """The value in an ssconf file, without its last newline; None if there is no such file."""
        text = self.files.read(f"/var/lib/ganeti/ssconf_{key}")
        return None if text is None else text.rstrip("\n")

    def kernel_says(self, text: str) -> None:
        """Write a line into the kernel log."""
        self.kernel_log.append((self.clock.epoch(), text))

    def uses(self, volume: LogicalVolume) -> bool:
        """Whether a DRBD device has this volume open."""
        return any(volume is one for side in self.drbd.values() for one in (side.data, side.meta))

    def lose_power(self) -> None:
        """Everything that is only in memory is gone."""
        self.powered = False
        self.processes.clear()
        self.drbd.clear()
        for volume in self.storage.all():
            volume.suspended = False
        self.domains.clear()
        self.holds_master_ip = False
        self.service = "inactive"
        self.files.remove("/run/ganeti")
