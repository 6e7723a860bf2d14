"""DRBD devices of the twin: states, generation identifiers, how much differs, and what was going on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.drbd.parse.proc_drbd import DrbdDevice, parse_proc_drbd
from checks.drbd.states import Connection, Disk, Role
from checks.look.commands import cat, generations
from checks.look.output import ParseError
from checks.paths import PROC_DRBD
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.drbd import resync
from checks.world.from_capture.captured import CapturedAnswers
from checks.world.ganeti import drbd_disk
from checks.world.node.blocks import BLOCK, KIB, Blocks
from checks.world.node.drbd_metadata import Metadata
from checks.world.node.lvm import MIB
from checks.world.node.machine import Machine, Resync, SimulatedSide

BETWEEN_LOOKS = 5.0
"""Seconds between the two looks of a diagnosis at a disk that should move."""
STILL = 1e-6
"""KiB a second of a resync that does not move."""
_GI = re.compile(r"\s*((?:[0-9A-F]{16}:){3}[0-9A-F]{16}):((?:[01]:){5,7}[01])\s*", re.IGNORECASE)
_COUNTED = re.compile(r"\b(ns|nr|dw|dr|al):(\d+)")
FLAGS = ("consistent", "was_up_to_date", "primary", "connected", "full_sync", "peer_outdated", "crashed")


def make(cluster: SimulatedCluster, config: SimulatedConfig, told: CapturedAnswers) -> Iterator[str]:
    """All DRBD disks on all nodes; yields what had to be guessed."""
    seen = {name: _devices(told.text(name, cat(PROC_DRBD))) for name in cluster.machines}
    guessed = set()
    for disk in config.data["disks"].values():
        if not str(disk["dev_type"]).startswith("drbd"):
            continue
        ends = [cluster.by_uuid(config, uuid) for uuid in disk["logical_id"][:2]]
        known = {machine.name: _identifiers(told, config, disk, machine) for machine in ends}
        like = next((_before_it_parted(one) for one in known.values() if one is not None), None) or _invented(disk)
        for machine in ends:
            if known[machine.name] is None:
                guessed.add(machine.name)
            device = seen[machine.name].get(drbd_disk.minor_on(config, disk, machine) or 0)
            _metadata(disk, machine, known[machine.name] or like, device)
            if device is not None and device.connection is not Connection.UNCONFIGURED and machine.powered:
                _side(config, disk, machine, device, told)
        _going_on(cluster, config, disk, ends, told)
    for name in sorted(guessed):
        yield (
            f"Not all metadata of DRBD on {name} could be read: where not, that side is taken to be as it was when the"
            " other one lost sight of it."
        )


def _devices(text: str | None) -> Mapping[int, DrbdDevice]:
    try:
        return parse_proc_drbd(text).devices if text else {}
    except ParseError:
        return {}


def _identifiers(
    told: CapturedAnswers, config: SimulatedConfig, disk: dict[str, Any], machine: Machine
) -> re.Match[str] | None:
    minor = drbd_disk.minor_on(config, disk, machine)
    text = told.text(machine.name, generations(minor)) if minor is not None else None
    return _GI.fullmatch(text) if text else None


def _before_it_parted(told: re.Match[str]) -> re.Match[str]:
    """What the peer of a side must be where nobody knows: as it was when this side began to note changes."""
    current, bitmap, *history = told[1].split(":")
    seen = current if int(bitmap, 16) == 0 else bitmap
    found = _GI.fullmatch(f"{':'.join([seen, '0' * 16, *history])}:1:1:0:0:0:0:0")
    return found or told


def _invented(disk: dict[str, Any]) -> re.Match[str]:
    """Identifiers of a disk of which nobody knows any: the same every time."""
    digits = hashlib.sha256(str(disk["uuid"]).encode()).hexdigest().upper()
    found = _GI.fullmatch(f"{digits[:15]}0:{'0' * 16}:{digits[16:31]}0:{digits[32:47]}0:1:1:0:0:0:0:0")
    if found is None:
        raise AssertionError
    return found


def _metadata(disk: dict[str, Any], machine: Machine, told: re.Match[str], device: DrbdDevice | None) -> None:
    volumes = drbd_disk.volumes_on(disk, machine)
    if not volumes:
        return
    data, meta = volumes
    current, bitmap, *history = (int(one, 16) for one in told[1].split(":"))
    flags = {name: flag == "1" for name, flag in zip(FLAGS, told[2].split(":"), strict=False)}
    bits = Blocks(int(disk["size"]) * MIB // BLOCK)
    differing = (device.out_of_sync or 0) // KIB if device is not None else 0
    bits.set(0, differing, 1)
    meta.metadata = Metadata(bits, current, bitmap, history, **flags)
    number = int(hashlib.sha256(str(disk["uuid"]).encode()).hexdigest()[:6], 16)
    data.data.set(0, data.data.length, 2 + number)
    if differing and device is not None and device.role == Role.PRIMARY:
        # Which blocks differ nobody knows, only how many.
        data.data.set(0, differing, 3 + number)


def _side(
    config: SimulatedConfig, disk: dict[str, Any], machine: Machine, device: DrbdDevice, told: CapturedAnswers
) -> None:
    has_disk = device.disk not in {Disk.DISKLESS, Disk.UNKNOWN}
    data, meta = (has_disk and drbd_disk.volumes_on(disk, machine)) or (None, None)
    side = SimulatedSide(
        machine,
        device.minor,
        Role.PRIMARY if device.role == Role.PRIMARY else Role.SECONDARY,
        device.connection,
        device.disk,
        device.peer_role,
        device.peer_disk,
        data,
        meta,
        net=drbd_disk.net_of(config, disk, machine),
        limit=int(disk["size"]) * MIB,
    )
    text = told.text(machine.name, cat(PROC_DRBD)) or ""
    block = re.search(rf"^ *{device.minor}: .*\n(.*)", text, re.MULTILINE)
    if block:
        side.traffic |= {name: int(count) for name, count in _COUNTED.findall(block[1])}
    machine.drbd[device.minor] = side


def _going_on(
    cluster: SimulatedCluster, config: SimulatedConfig, disk: dict[str, Any], ends: list[Machine], told: CapturedAnswers
) -> None:
    sides = [side for machine in ends if (side := drbd_disk.side_on(config, disk, machine)) is not None]
    states = {side.state: side for side in sides}
    source, target = states.get(Connection.SYNC_SOURCE), states.get(Connection.SYNC_TARGET)
    if source is not None and target is not None:
        _syncing(cluster, source, target, told)
    sends, waits = states.get(Connection.WF_BITMAP_S), states.get(Connection.WF_BITMAP_T)
    if sends is not None and waits is not None:
        for side in (sends, waits):
            if side.frozen:
                side.queued.append(lambda: resync.go_on(cluster, sends, waits))
                break


def _syncing(cluster: SimulatedCluster, source: SimulatedSide, target: SimulatedSide, told: CapturedAnswers) -> None:
    """A resync as far as it had come, at the speed that two looks at it tell."""
    first = _devices(told.text(source.machine.name, cat(PROC_DRBD))).get(source.minor)
    later = _devices(told.later(source.machine.name, cat(PROC_DRBD))).get(source.minor)
    left = (first.out_of_sync or 0) if first is not None else 0
    after = later.out_of_sync if later is not None else None
    speed = max((left - after) / BETWEEN_LOOKS, STILL) if after is not None else cluster.sync_speed
    done = (first.synced or 0.0) / 100 if first is not None else 0.0
    total = max(1, round(left / KIB / (1 - done)) if done < 1 else left // KIB)
    now = cluster.clock.monotonic()
    source.sync = target.sync = run = Resync(now - (total * KIB - left) / speed, total, speed)
    for side in (source, target):
        if side.metadata is not None:
            side.metadata.bits.set(0, total, 1)

    def finish() -> None:
        if source.sync is run and target.sync is run:
            resync.finish_copying(source, target)

    if speed > STILL:
        cluster.clock.after(left / speed, finish)
