"""The nodes together: who reaches whom, one configuration spread over many, power."""

from __future__ import annotations

import hashlib
import itertools

from checks.world import config as configuration
from checks.world.config import SimulatedConfig
from checks.world.jobs import Turn
from checks.world.node.machine import Machine, SimulatedSide
from checks.world.simclock import SimulatedClock
from engine.hosts.host import Action, Once

SYNC_SPEED = 3276.0

DEFAULTS_PATH = "/etc/default/ganeti"
DEFAULTS = """\
# Default arguments for Ganeti daemons
NODED_ARGS=""
RAPI_ARGS="-b 127.0.0.1 --require-authentication"
CONFD_ARGS=""
MOND_ARGS=""
WCONFD_ARGS=""
LUXID_ARGS=""
KVMD_ARGS=""
"""


class SimulatedCluster:
    """The simulated cluster.

    Attributes:
        version: the release whose words and options the commands have, one of those in `releases.IMITATED`.
        poison: jobs at whose files luxid hangs when it loads the queue.
        turns: what a job does once it has its locks; a job without an entry only ends.
        durations: how long a job takes from then on, in seconds; infinite for one that hangs.
        record: every executed command, host first.
        changes: those that changes of the engine began, with their names.
        sync_speed: of resyncs, in KiB a second.
    """

    def __init__(self, machines: list[Machine], version: str, clock: SimulatedClock, config: SimulatedConfig) -> None:
        self.machines = {machine.name: machine for machine in machines}
        self._at = {address: machine for machine in machines for address in (machine.primary_ip, machine.secondary_ip)}
        self.version = version
        self.sync_speed = SYNC_SPEED
        for machine in machines:
            machine.clock = clock
        self.clock = clock
        self.poison: set[int] = set()
        self.turns: dict[int, Turn] = {}
        self.durations: dict[int, float] = {}
        self.record: list[tuple[str, tuple[str, ...]]] = []
        self.changes: list[tuple[str, Once, Action]] = []
        self.first_config = config
        self._counted = itertools.count(1)

    @property
    def now(self) -> float:
        return self.clock.epoch()

    @property
    def master_ip(self) -> str:
        return str(self.first_config.cluster["master_ip"])

    def machine(self, name: str) -> Machine | None:
        """A node by its full or short name."""
        for machine in self.machines.values():
            if name in (machine.name, machine.name.split(".", 1)[0]):
                return machine
        return None

    def by_uuid(self, config: SimulatedConfig, uuid: str) -> Machine:
        return self.machines[config.name_of(uuid)]

    def answers(self, machine: Machine, *, asked_by: Machine) -> bool:
        """Whether the node daemon of a machine answers another one."""
        together = machine is asked_by or (machine.on_cluster_net and asked_by.on_cluster_net)
        return machine.powered and together and machine.daemon("noded") is not None

    def rpc_error(self, machine: Machine) -> str:
        """Ganeti's words for a node daemon that cannot be reached."""
        return (
            f"Error 7: Failed to connect to {machine.primary_ip} port 1811 after"
            f" {1500 + next(self._counted) * 617 % 1900} ms: Couldn't connect to server"
        )

    def new_generation(self) -> int:
        """A number that was not given before."""
        return 1 + next(self._counted)

    def new_identifier(self) -> int:
        """A generation identifier that DRBD would take from its random numbers."""
        text = f"generation {self.new_generation()}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") & ~1

    def holder_of_master_ip(self, *, seen_from: Machine) -> Machine | None:
        for machine in self.machines.values():
            reachable = machine is seen_from or (machine.on_cluster_net and seen_from.on_cluster_net)
            if machine.powered and machine.holds_master_ip and reachable:
                return machine
        return None

    def commit(self, origin: Machine, config: SimulatedConfig) -> list[Machine]:
        """Write a changed configuration on its node and send it on; returns the nodes that did not take it.

        Candidates get config.data and ssconf, the others ssconf; offline nodes get nothing
        (src/Ganeti/WConfd/ConfigWriter.hs).
        """
        missed = []
        files = configuration.files(config, self.version)
        for node in config.nodes:
            machine = self.machines[node["name"]]
            if machine is not origin and node["offline"]:
                continue
            if machine is not origin and not self.answers(machine, asked_by=origin):
                missed.append(machine)
                continue
            full = machine is origin or node["master_candidate"]
            configuration.install(machine, files, now=self.now, full=full)
        return missed

    def copies(self, origin: Machine) -> list[Machine]:
        """The nodes that keep a copy of the queue: this one, and the candidates that answer it."""
        config = SimulatedConfig.seen(origin)
        candidates = config.candidates() if config is not None else []
        others = [self.machines[node["name"]] for node in candidates]
        return [origin, *(m for m in others if m is not origin and self.answers(m, asked_by=origin))]

    def peer_side(self, side: SimulatedSide) -> SimulatedSide | None:
        """The other end of a device, if it can be reached now."""
        if side.net is None or not side.machine.on_replication_net or not side.machine.powered:
            return None
        machine = self._at.get(side.net.remote.rpartition(":")[0])
        if machine is None or not (machine.powered and machine.on_replication_net):
            return None
        ends = (side.net.remote, side.net.local)
        return next((one for one in machine.drbd.values() if one.net and (one.net.local, one.net.remote) == ends), None)

    def first_of(self, one: SimulatedSide, other: SimulatedSide) -> SimulatedSide:
        """Of two sides that differ in nothing the one that comes first."""
        return min((one, other), key=lambda side: side.machine.name)

    def any_config(self) -> SimulatedConfig:
        """The newest configuration anywhere, for questions about what is wired to what."""
        copies = [copy for machine in self.machines.values() if (copy := SimulatedConfig.seen(machine)) is not None]
        return max(copies, key=lambda copy: int(copy.data["serial_no"])) if copies else self.first_config
