"""Replacing the disks of one node of an instance by new ones (lib/cmdlib/instance_storage.py, TLReplaceDisks)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.drbd import operations
from checks.world.drbd.operations import DrbdError
from checks.world.drbd.proc import percent
from checks.world.ganeti import mirroring
from checks.world.ganeti.drbd_disk import disk_status, side_on
from checks.world.ganeti.instances import fresh
from checks.world.ganeti.scheduler import JobFailedError
from checks.world.node.blocks import Blocks
from checks.world.node.drbd_metadata import Metadata
from checks.world.node.lvm import MIB, LogicalVolume, VolumeError
from checks.world.node.machine import Machine, SimulatedSide

INACTIVE = (
    "\nDisks seem to be not properly activated. Try running activate-disks on the instance before using replace-disks."
)
POLL = 4.0


@dataclass(slots=True)
class _Replacement:
    """One run: the disks that are chosen get new volumes on `target`; `other` has what is kept."""

    cluster: SimulatedCluster
    config: SimulatedConfig
    instance: dict[str, Any]
    chosen: tuple[int, ...]
    target: Machine
    other: Machine
    made: dict[int, tuple[LogicalVolume, LogicalVolume]] = field(default_factory=dict)
    old: dict[int, list[LogicalVolume]] = field(default_factory=dict)

    @property
    def disks(self) -> dict[int, dict[str, Any]]:
        every = self.config.disks(self.instance)
        return {index: every[index] for index in self.chosen}

    def check(self) -> Iterator[str | float]:
        yield "STEP 1/6 Check device existence"
        for index, disk in self.disks.items():
            for machine in (self.other, self.target):
                yield f" - INFO: Checking disk/{index} on {machine.name}"
                yield 2.0
                _find(self.config, disk, index, machine)
        yield " - INFO: Checking volume groups"
        for disk in self.disks.values():
            group = disk["children"][0]["logical_id"][0]
            for machine in (self.other, self.target):
                if group not in machine.storage.groups:
                    raise JobFailedError(f"Volume group '{group}' not found on node {machine.name}")
        yield "STEP 2/6 Check peer consistency"
        for index, disk in self.disks.items():
            yield f" - INFO: Checking disk/{index} consistency on node {self.other.name}"
            yield 2.0
            if _find(self.config, disk, index, self.other).degraded:
                raise JobFailedError(
                    f"Node {self.other.name} has degraded storage, unsafe to replace disks for instance"
                    f" {self.instance['name']}"
                )

    def allocate(self) -> Iterator[str | float]:
        yield "STEP 3/6 Allocate new storage"
        for index, disk in self.disks.items():
            yield f" - INFO: Adding storage on {self.target.name} for disk/{index}"
            self.made[index] = _allocate(self.cluster, self.target, disk, index, self.instance["name"])
            yield 3.0

    def exchange(self) -> Iterator[str | float]:
        yield "STEP 4/6 Changing drbd configuration"
        for index, disk in self.disks.items():
            side = _find(self.config, disk, index, self.target)
            yield f" - INFO: Detaching disk/{index} drbd from local storage"
            try:
                operations.detach(self.cluster, side)
            except DrbdError as error:
                raise JobFailedError(
                    f"Can't detach drbd from local storage on node {self.target.name}: {error.text}"
                ) from error
            yield " - INFO: Renaming the old LVs on the target node"
            self.old[index] = _rename_old(self.cluster, self.target, disk)
            yield " - INFO: Renaming the new LVs on the target node"
            data, meta = self.made[index]
            for volume, child in zip((data, meta), disk["children"], strict=True):
                self.target.storage.groups[volume.group].rename(volume, child["logical_id"][1])
            yield f" - INFO: Adding new mirror component on {self.target.name}"
            meta.write(0, meta.data.length, 0)
            meta.metadata = Metadata(Blocks(0))
            try:
                operations.attach(self.cluster, side, data, meta, size=int(disk["size"]) * MIB)
            except DrbdError as error:
                raise JobFailedError(f"Can't add local storage to drbd: {error.text}") from error
            yield 4.0

    def sync(self) -> Iterator[str | float]:
        yield f" - INFO: Waiting for instance {self.instance['name']} to sync disks"
        sides = {index: _find(self.config, disk, index, self.target) for index, disk in self.disks.items()}
        while any(side.sync is not None for side in sides.values()):
            for index, side in sides.items():
                if side.sync is not None:
                    done, seconds = percent(side, self.cluster.clock.monotonic())
                    left = _remaining(seconds)
                    yield f" - INFO: - device disk/{index}: {done:5.2f}% done, {left} remaining (estimated)"
            yield POLL
        yield f" - INFO: Instance {self.instance['name']}'s disks are in sync"
        for index, side in sides.items():
            if side.degraded:
                raise JobFailedError(f"DRBD device disk/{index} is degraded!")

    def remove(self) -> Iterator[str | float]:
        for index, volumes in self.old.items():
            yield f" - INFO: Remove logical volumes for disk/{index}"
            for volume in volumes:
                self.target.storage.groups[volume.group].remove(volume)


def replace(
    cluster: SimulatedCluster,
    master: Machine,
    name: str,
    *,
    mode: str,
    chosen: tuple[int, ...] = (),
    early: bool = False,
) -> Iterator[str | float]:
    """Replace disks on the primary node (`mode` p), the second (s), or where they are faulty (a).

    Raises:
        JobFailedError: what is kept is not in order, or the new disks cannot be made.
    """
    config, instance = fresh(master, name)
    primary = cluster.by_uuid(config, instance["primary_node"])
    secondary = cluster.by_uuid(config, config.secondaries(instance)[0])
    for machine in (primary, secondary):
        node = config.node(machine.name)
        if node is not None and node["offline"]:
            raise JobFailedError(f"Can't use offline node: {machine.name}", prereq="wrong_state")
    if mode == "a":
        yield from _look(config, instance, primary, secondary)
        mode, chosen = _faulty(cluster, config, instance, primary, secondary)
        if not chosen:
            yield f"No disks need replacement for instance '{name}'"
            return
    count = len(instance["disks"])
    chosen = chosen or tuple(range(count))
    if any(index >= count for index in chosen):
        raise JobFailedError(f"Invalid disk index, valid values are 0 to {count - 1}", prereq="wrong_input")
    if not instance["disks_active"]:
        yield from _activate(cluster, config, instance, master)
    target, other = (primary, secondary) if mode == "p" else (secondary, primary)
    yield f"Replacing disk(s) {', '.join(map(str, chosen))} for instance '{name}'"
    yield f"Current primary node: {primary.name}"
    yield f"Current secondary node: {secondary.name}"
    run = _Replacement(cluster, config, instance, chosen, target, other)
    yield from run.check()
    yield from run.allocate()
    yield from run.exchange()
    last = ("STEP 5/6 Removing old storage", run.remove), ("STEP 6/6 Sync devices", run.sync)
    if not early:
        last = ("STEP 5/6 Sync devices", run.sync), ("STEP 6/6 Removing old storage", run.remove)
    for title, step in last:
        yield title
        yield from step()


def _remaining(seconds: int) -> str:
    """A span of time as Ganeti writes it (lib/utils/text.py, FormatSeconds)."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def _look(
    config: SimulatedConfig, instance: dict[str, Any], primary: Machine, secondary: Machine
) -> Iterator[str | float]:
    """Every device must be there to be looked at."""
    for machine in (primary, secondary):
        for index, disk in enumerate(config.disks(instance)):
            yield f" - INFO: Checking disk/{index} on {machine.name}"
            yield 2.0
            if side_on(config, disk, machine) is None:
                raise JobFailedError(
                    f"Please run activate-disks on instance {instance['name']} first", prereq="wrong_state"
                )


def _faulty(
    cluster: SimulatedCluster, config: SimulatedConfig, instance: dict[str, Any], primary: Machine, secondary: Machine
) -> tuple[str, tuple[int, ...]]:
    """Which side has faulty disks, and which.

    Raises:
        JobFailedError: both have.
    """
    found: dict[str, list[int]] = {}
    for machine in (primary, secondary):
        for index, disk in enumerate(config.disks(instance)):
            side = side_on(config, disk, machine)
            if side is not None and disk_status(side, cluster) == "faulty":
                found.setdefault("p" if machine is primary else "s", []).append(index)
    if len(found) > 1:
        raise JobFailedError(
            f"Instance {instance['name']} has faulty disks on more than one node and can not be repaired automatically",
            prereq="wrong_state",
        )
    mode, some = next(iter(found.items()), ("s", []))
    return mode, tuple(some)


def _activate(
    cluster: SimulatedCluster, config: SimulatedConfig, instance: dict[str, Any], master: Machine
) -> Iterator[str | float]:
    well, lines = mirroring.assemble(cluster, config, instance, master=master, ignore_secondaries=True)
    yield from lines
    if not well:
        raise JobFailedError("Disk consistency error")


def _find(config: SimulatedConfig, disk: dict[str, Any], index: int, machine: Machine) -> SimulatedSide:
    side = side_on(config, disk, machine)
    if side is None:
        raise JobFailedError(f"Can't find disk/{index} on node {machine.name}: disk not found{INACTIVE}")
    return side


def _allocate(
    cluster: SimulatedCluster, target: Machine, disk: dict[str, Any], index: int, instance: str
) -> tuple[LogicalVolume, LogicalVolume]:
    made = []
    for child, kind in zip(disk["children"], ("data", "meta"), strict=True):
        group = target.storage.groups[child["logical_id"][0]]
        unique = uuid.UUID(int=cluster.new_identifier() << 64 | cluster.new_identifier())
        try:
            volume = group.create(f"{unique}.disk{index}_{kind}", int(child["size"]) * MIB)
        except VolumeError as error:
            raise JobFailedError(f"Can't create block device on node {target.name}: {error.text.strip()}") from error
        volume.tags.append(f"originstname+{instance}")
        made.append(volume)
    return made[0], made[1]


def _rename_old(cluster: SimulatedCluster, target: Machine, disk: dict[str, Any]) -> list[LogicalVolume]:
    renamed = []
    for child in disk["children"]:
        volume = target.storage.find("/".join(child["logical_id"]))
        if volume is not None:
            target.storage.groups[volume.group].rename(volume, f"{volume.name}_replaced-{int(cluster.now)}")
            renamed.append(volume)
    return renamed
