"""A healthy cluster in which things happen, and somebody who types."""

from __future__ import annotations

import shlex

from checks.world.cluster import SimulatedCluster
from checks.world.events import disk_side, happen
from checks.world.links import WorldLinks
from checks.world.node.machine import SimulatedSide
from checks.world.scenarios import FOLDER, cluster_of, load
from engine.hosts.host import Host, Result

SPLIT = ("cut-replication", "write hwhost-1 inst1/0", "force-write hwhost-2 inst1/0", "heal-replication")
STUCK = ("cut-replication", "write hwhost-1 inst1/0", "freeze-metadata hwhost-2 inst1/0", "heal-replication")


class Lab:
    def __init__(self, version: str = "3.0", scenario: str = "healthy") -> None:
        known = load(FOLDER.joinpath(f"{scenario}.yaml"))
        self.cluster: SimulatedCluster = cluster_of(known.model_copy(update={"version": version}))

    def happens(self, *actions: str) -> Lab:
        for action in actions:
            happen(self.cluster, action)
        return self

    def __call__(self, node: int, command: str, *, timeout: float = 3600) -> Result:
        link = WorldLinks(self.cluster).to(Host(f"hwhost-{node}.lab.example"))
        return link.run(shlex.split(command), timeout=timeout)

    def out(self, node: int, command: str) -> str:
        return self(node, command).stdout

    def waits(self, seconds: float) -> Lab:
        self.cluster.clock.sleep(seconds)
        return self

    def side(self, node: int, disk: str = "inst1/0") -> SimulatedSide:
        return disk_side(self.cluster, self.cluster.machines[f"hwhost-{node}.lab.example"], disk)

    def proc(self, node: int, minor: int = 0) -> str:
        """The line of /proc/drbd about a device, and how much is out of sync."""
        lines = self.out(node, "cat /proc/drbd").split("\n")
        at = next(index for index, line in enumerate(lines) if line.startswith(f"{minor:2d}: "))
        return f"{lines[at].strip()} {lines[at + 1].rsplit(' ', 1)[-1]}"

    def same_data(self, disk: str = "inst1/0") -> bool:
        one, two = self.side(1, disk).data, self.side(2, disk).data
        return one is not None and two is not None and one.data == two.data

    def said(self, node: int, words: str) -> list[str]:
        """What the kernel of a node said of this."""
        machine = self.cluster.machines[f"hwhost-{node}.lab.example"]
        return [text for _when, text in machine.kernel_log if words in text]
