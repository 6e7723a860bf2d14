"""Volume groups and volumes of the twin: those that `lvs` listed, else those that the configuration wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checks.look.commands import DEVICES, GROUPS, MEMBERS, SUSPENDED, VOLUMES
from checks.look.output import ParseError
from checks.lvm.parse.volumes import Volume, parse_volumes
from checks.world.config import SimulatedConfig
from checks.world.from_capture.captured import CapturedAnswers
from checks.world.node.blocks import BLOCK, Blocks
from checks.world.node.lvm import DISK, EXTENT, MIB, LogicalVolume, SimulatedGroup
from checks.world.node.machine import Machine

_FIELD = re.compile(r'([A-Z]{1,32})="([^"]*)"')
SPARE = 16 << 30
"""Bytes that are taken to be free where nobody knows."""


def make(machine: Machine, told: CapturedAnswers, config: SimulatedConfig) -> Iterator[str]:
    """The volumes of a node; yields what had to be guessed."""
    text = told.text(machine.name, VOLUMES)
    members = (told.text(machine.name, MEMBERS) or "").splitlines()
    devices = {group: path for path, _, group in (line.strip().partition(":") for line in members)}
    listed: Iterable[Volume] | None = None
    if text is not None:
        try:
            listed = parse_volumes(text).values()
        except ParseError as error:
            yield f"What lvs printed on {machine.name} is not understood ({error.why})."
    if listed is None:
        yield f"The volumes of {machine.name} are not known: they are taken to be as the configuration has them."
        listed = list(_configured(machine, config))
    elif text is not None and not text.strip():
        # A volume group without volumes is in no list of volumes.
        listed = []
    for one in listed:
        group = _group(machine, one.group, one.free, devices)
        group.volumes[one.name] = LogicalVolume(one.group, one.name, one.size, Blocks(one.size // BLOCK, 1))
        group.size += one.size
    groups = told.text(machine.name, GROUPS)
    name = config.cluster.get("volume_group_name")
    for line in (groups or "").split():
        # One without volumes is in no list of volumes.
        group_name, _size, free = line.split(":")
        _group(machine, group_name, int(free), devices)
    if groups is None and isinstance(name, str) and name not in machine.storage.groups:
        _group(machine, name, SPARE, devices)
        yield f"How much is free in {name} on {machine.name} is not known."
    _sizes(machine)
    _marks(machine, told)
    _tags(machine, config)
    for line in (told.text(machine.name, SUSPENDED) or "").splitlines():
        mapped, _, state = line.strip().rpartition(":")
        volume = machine.storage.find(f"/dev/mapper/{mapped}")
        if volume is not None and state == "Suspended":
            volume.suspended = True


def _configured(machine: Machine, config: SimulatedConfig) -> Iterator[Volume]:
    for disk in config.data["disks"].values():
        if any(config.name_of(uuid) == machine.name for uuid in _ends(disk)):
            for child in disk["children"]:
                group, name = child["logical_id"]
                yield Volume(group, name, -(-int(child["size"]) * MIB // EXTENT) * EXTENT, SPARE)


def _ends(disk: dict[str, Any]) -> list[str]:
    """The uuids of the nodes of a DRBD disk."""
    return list(disk["logical_id"][:2]) if str(disk["dev_type"]).startswith("drbd") else []


def _group(machine: Machine, name: str, free: int, devices: Mapping[str, str]) -> SimulatedGroup:
    groups = machine.storage.groups
    if name not in groups:
        # One disk for each group; the first has the name that all nodes of the embedded cluster know.
        device = devices.get(name) or (DISK if not groups else f"{DISK}{len(groups)}")
        groups[name] = SimulatedGroup(name, free, [device])
        machine.storage.physical.append(device)
    return groups[name]


def _sizes(machine: Machine) -> None:
    for group in machine.storage.groups.values():
        for device in group.devices:
            machine.storage.disks[device] = group.size + EXTENT


def _marks(machine: Machine, told: CapturedAnswers) -> None:
    """Disks that LVM does not have, and what else is marked on them."""
    for line in (told.text(machine.name, DEVICES) or "").splitlines():
        fields = dict(_FIELD.findall(line))
        path, size, mark = (fields.get(name, "") for name in ("NAME", "SIZE", "FSTYPE"))
        if fields.get("TYPE") != "disk" or fields.get("MOUNTPOINT") or path in machine.storage.physical:
            continue
        if size.isdecimal():
            machine.storage.disks[path] = int(size)
        if mark and mark != "LVM2_member":
            machine.storage.marks[path] = [mark]


def _tags(machine: Machine, config: SimulatedConfig) -> None:
    """As Ganeti tags volumes: with the name of their instance."""
    for instance in config.instances:
        for disk in config.disks(instance):
            for one in (disk, *disk["children"]):
                if one["dev_type"] == "plain" and (volume := machine.storage.find("/".join(one["logical_id"]))):
                    volume.tags.append(f"originstname+{instance['name']}")
