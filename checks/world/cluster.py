"""The nodes together: who reaches whom, one configuration spread over many, power."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from checks.world import config as configuration
from checks.world import daemons, drbd, kernel
from checks.world.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.world.machine import Machine
    from checks.world.simclock import SimulatedClock

BOOT_SECONDS = 12.0

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


class Cluster:
    """The simulated cluster.

    Attributes:
        version: the release whose words and options the commands have: 2.12, 2.15 or 3.0.
        poison: jobs at whose files luxid hangs when it loads the queue.
        turns: what a job does once it has its locks; a job without an entry only ends.
        durations: how long a job takes from then on, in seconds; infinite for one that hangs.
        record: every executed command, host first.
    """

    def __init__(self, machines: list[Machine], version: str, clock: SimulatedClock) -> None:
        self.machines = {machine.name: machine for machine in machines}
        self.version = version
        self.clock = clock
        self.poison: set[int] = set()
        self.turns: dict[int, Callable[[], list[str]]] = {}
        self.durations: dict[int, float] = {}
        self.record: list[tuple[str, tuple[str, ...]]] = []
        self.first_config = configuration.build(machines, version, self.now)
        self._counted = itertools.count(1)

    @property
    def now(self) -> float:
        return self.clock.epoch()

    def machine(self, name: str) -> Machine | None:
        """A node by its full or short name."""
        for machine in self.machines.values():
            if name in (machine.name, machine.name.split(".", 1)[0]):
                return machine
        return None

    def by_uuid(self, config: Config, uuid: str) -> Machine:
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

    def holder_of_master_ip(self, *, seen_from: Machine) -> Machine | None:
        for machine in self.machines.values():
            reachable = machine is seen_from or (machine.on_cluster_net and seen_from.on_cluster_net)
            if machine.powered and machine.holds_master_ip and reachable:
                return machine
        return None

    def commit(self, origin: Machine, config: Config) -> list[Machine]:
        """Write a changed configuration on its node and send it on; returns the nodes that did not take it.

        Candidates get config.data and ssconf, the others ssconf; offline nodes get nothing
        (src/Ganeti/WConfd/ConfigWriter.hs).
        """
        missed = []
        for node in config.nodes:
            machine = self.machines[node["name"]]
            if machine is not origin and node["offline"]:
                continue
            if machine is not origin and not self.answers(machine, asked_by=origin):
                missed.append(machine)
                continue
            full = machine is origin or node["master_candidate"]
            configuration.install(machine, config, self.version, now=self.now, full=full)
        return missed

    def copies(self, origin: Machine) -> list[Machine]:
        """The nodes that keep a copy of the queue: this one, and the candidates that answer it."""
        config = Config.read(origin)
        candidates = config.candidates() if config is not None else []
        others = [self.machines[node["name"]] for node in candidates]
        return [origin, *(m for m in others if m is not origin and self.answers(m, asked_by=origin))]

    def power_off(self, machine: Machine) -> None:
        machine.lose_power()
        for other in self.machines.values():
            drbd_peers_lost(self, other)

    def power_on(self, machine: Machine) -> None:
        """Boot: the node is there at once for ssh, its daemons come as the init script starts them."""
        if machine.powered:
            return
        machine.powered = True
        machine.on_cluster_net = machine.on_our_net = True
        machine.boots += 1
        machine.next_pid = 871
        kernel.boot(machine)
        daemons.start_at_boot(self, machine)

    def drbd_ends(self, machine: Machine, minor: int) -> tuple[str, Machine] | None:
        """The disk behind a minor of this node, and the node at its other end."""
        config = self.any_config()
        uuid = next(node["uuid"] for node in config.nodes if node["name"] == machine.name)
        for disk in config.data["disks"].values():
            ends = disk["logical_id"][:2]
            if uuid in ends and config.minor(disk, uuid) == minor:
                other = ends[1] if ends[0] == uuid else ends[0]
                return disk["uuid"], self.by_uuid(config, other)
        return None

    def any_config(self) -> Config:
        """The newest configuration anywhere, for questions about what is wired to what."""
        copies = [copy for machine in self.machines.values() if (copy := Config.read(machine)) is not None]
        return max(copies, key=lambda copy: int(copy.data["serial_no"])) if copies else self.first_config


def drbd_peers_lost(cluster: Cluster, machine: Machine) -> None:
    """Devices whose peer has no power any more wait for it; a primary goes on writing alone."""
    for minor, side in machine.drbd.items():
        ends = cluster.drbd_ends(machine, minor)
        if ends is None or side.state not in drbd.LINKED:
            continue
        disk, peer = ends
        if not peer.powered:
            drbd.unlink(side)
            if side.role == "Primary":
                written(cluster, machine, disk)


def written(cluster: Cluster, machine: Machine, disk: str) -> None:
    """A disk was written on this node alone: a new generation, like no other."""
    history = machine.generations.get(disk, ())
    machine.generations[disk] = (*history, cluster.new_generation())
