"""What must not happen to an embedded cluster, whatever is answered: looked for in the cluster itself."""

from __future__ import annotations

from itertools import combinations

from checks.world.cluster import SimulatedCluster
from checks.world.node.machine import Machine
from engine.packs import World


def cluster_of(world: World) -> SimulatedCluster:
    cluster: SimulatedCluster = world.links._cluster  # type: ignore[attr-defined]
    return cluster


def _on(world: World) -> list[Machine]:
    return [machine for machine in cluster_of(world).machines.values() if machine.powered]


def wrongs(world: World) -> set[str]:
    """What is wrong with it that a repair must never cause."""
    found = set()
    for one, other in combinations(_on(world), 2):
        found |= {f"{name} runs on {one.name} and on {other.name}" for name in one.domains & other.domains}
        if all(each.daemon("luxid") is not None for each in (one, other)):
            found.add(f"{one.name} and {other.name} are both the master")
    for machine in _on(world):
        for side in machine.drbd.values():
            peer = cluster_of(world).peer_side(side)
            if peer is not None and (side.role, peer.role) == ("Primary", "Primary"):
                found.add(f"both sides of minor {side.minor} on {machine.name} are written to")
    return found


def running(world: World) -> set[str]:
    """The instances that run somewhere."""
    return {name for machine in _on(world) for name in machine.domains}


def last_writes(world: World) -> set[int]:
    """Of each volume the last write that any copy of it has seen; every write of a cluster has a number of its own."""
    last: dict[str, int] = {}
    for machine in cluster_of(world).machines.values():
        for volume in machine.storage.all():
            last[volume.name] = max(last.get(volume.name, 0), volume.data.highest())
    return set(last.values())


def writes(world: World) -> set[int]:
    """All writes that any copy of anything still has."""
    volumes = [one for machine in cluster_of(world).machines.values() for one in machine.storage.all()]
    return {value for volume in volumes for _start, _end, value in volume.data.runs()}
