"""What the embedded cluster has become and which changes were made in it, so that two runs can be compared.

A run that was killed and carried on takes longer and has another name. What differs for that alone is made the same
here and nowhere else, each with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.world.cluster import SimulatedCluster
from checks.world.kernel import HYPERVISOR
from checks.world.node.lvm import LogicalVolume
from checks.world.node.machine import Machine, SimulatedSide
from engine.hosts.host import Action, FileChange
from engine.packs import World

MADE_WHEN_READ = ("/proc/", HYPERVISOR)
"""Files that say what the rest of the picture says already."""

ALIKE = (
    # The run that goes on has a name of its own; names are in reasons, and in the names of backups.
    (re.compile(r"\d{8}-\d{6}-[a-z-]+-[0-9a-f]{4}"), "RUN"),
    # Time has passed between the two, and the second one looked at everything anew.
    (re.compile(r"(?<!\d)1[78]\d{8}(\d{9})?(?!\d)([.,]\d+)?"), "SECONDS"),
    # Numbers of processes are given in the order of all that was ever started.
    (re.compile(r'"process_id":\d+'), '"process_id":PID'),
    # A job says how far it is as often as time passes, and numbers what it says.
    (re.compile(r'\[\d+,\[SECONDS\],"message","[^"]*(progress: [\d.]+%|% done)[^"]*"\],?'), ""),
    (re.compile(r'\[\d+,(?=\[SECONDS\],"message")'), "[NUMBER,"),
    (re.compile(r"[A-Z][a-z][a-z] [ \d]\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?"), "TIME"),
)

Made = tuple[str, str]
"""A change: the host, and what it did."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The end of a run: each machine in plain words by place, and the changes in their order."""

    places: Mapping[str, str]
    made: tuple[Made, ...]


def picture(world: World) -> Picture:
    """How the cluster of a world is now."""
    cluster = cluster_of(world)
    places: dict[str, str] = {}
    for machine in cluster.machines.values():
        places |= {f"{machine.name} {place}": alike(str(what)) for place, what in _machine(machine)}
    return Picture(places, tuple((host, alike(_action(action))) for host, _once, action in cluster.changes))


def cluster_of(world: World) -> SimulatedCluster:
    """The cluster behind an embedded world."""
    found = world.links._cluster  # type: ignore[attr-defined]
    assert isinstance(found, SimulatedCluster)
    return found


def alike(text: str) -> str:
    """A text without what differs between any two runs."""
    for pattern, word in ALIKE:
        text = pattern.sub(word, text)
    return text


def _action(action: Action) -> str:
    if isinstance(action, FileChange):
        return f"write {action.path}: {action.after}"
    return " ".join(action)


def _machine(machine: Machine) -> Iterable[tuple[str, Any]]:
    yield "power", (machine.powered, machine.boots, machine.service, machine.holds_master_ip, machine.drbd_loaded)
    yield "networks", (machine.on_cluster_net, machine.on_replication_net, machine.on_our_net)
    yield "instances", sorted(machine.domains)
    # Numbers of processes are given in the order of all that was ever started.
    yield "processes", sorted(process.args for process in machine.processes.values())
    for path, file in machine.files.below("/"):
        if not path.startswith(MADE_WHEN_READ):
            yield f"file {alike(path)}", (file.text, file.owner, file.group, file.mode, file.target)
    for volume in machine.storage.all():
        yield f"volume {volume.path}", _volume(volume)
    for minor, side in machine.drbd.items():
        yield f"drbd{minor}", _side(side)


def _volume(volume: LogicalVolume) -> tuple[Any, ...]:
    metadata = volume.metadata
    return volume.size, sorted(volume.tags), list(volume.data.runs()), metadata and (metadata.flags, _bits(metadata))


def _bits(metadata: Any) -> int:
    return int(metadata.bits.count())


def _side(side: SimulatedSide) -> tuple[Any, ...]:
    volumes = [volume and volume.path for volume in (side.data, side.meta)]
    return side.role, side.state, side.disk, side.seen_role, side.seen_disk, volumes, side.net, side.sync
