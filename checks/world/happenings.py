"""What can happen to a simulated node from outside: power, cables, and commands somebody ran before."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from checks.world import root_keys, wiping
from checks.world.cluster import DEFAULTS_PATH, Cluster
from checks.world.config import Config
from checks.world.links import WorldLinks
from engine.transport.interface import Host

if TYPE_CHECKING:
    from checks.world.machine import Machine

PATIENCE = 3600.0
DONE_TO_A_NODE = {
    "forgets-a-key": root_keys.forget_the_last,
    "has-rsa-key": root_keys.to_rsa,
    "has-no-packages": wiping.without_packages,
    "has-used-disk": wiping.use_disk,
    "wipe": wiping.wipe,
}
FLAGS = '"--no-voting --yes-do-it"'


def happen(cluster: Cluster, action: str) -> None:
    """Let one action of a scenario happen.

    Raises:
        ValueError: there is no such node or no such action.
    """
    verb, name, *rest = action.split(" ", 2)
    machine = cluster.machine(name)
    if machine is None:
        raise ValueError(f"no node {name} in this scenario: {action}")
    if verb == "power-off":
        cluster.power_off(machine)
    elif verb == "power-on":
        cluster.power_on(machine)
    elif verb in {"cut-network", "heal-network"}:
        machine.on_cluster_net = verb == "heal-network"
    elif verb == "cut-ssh":
        machine.on_our_net = False
    elif verb == "misses-a-change":
        _miss_a_change(cluster, machine)
    elif verb == "keep-voting-off":
        _keep_voting_off(cluster, machine)
    elif verb in DONE_TO_A_NODE:
        DONE_TO_A_NODE[verb](cluster, machine)
    elif verb == "run" and rest:
        link = WorldLinks(cluster).to(Host(machine.name))
        link.run(shlex.split(rest[0]), timeout=PATIENCE)
    else:
        raise ValueError(f"no such action: {action}")


def _keep_voting_off(cluster: Cluster, machine: Machine) -> None:
    text = machine.files.read(DEFAULTS_PATH) or ""
    for key in ("WCONFD_ARGS", "LUXID_ARGS"):
        text = text.replace(f'{key}=""', f"{key}={FLAGS}")
    machine.files.write(DEFAULTS_PATH, text, mtime=cluster.now)


def _miss_a_change(cluster: Cluster, machine: Machine) -> None:
    origin = next(m for m in cluster.machines.values() if m is not machine and m.daemon("wconfd") is not None)
    config = Config.read(origin)
    if config is None:
        raise ValueError("the master has no configuration to change")
    connected, machine.on_cluster_net = machine.on_cluster_net, False
    config.instances[0]["beparams"]["maxmem"] += 32
    config.touch(cluster.now, config.instances[0])
    cluster.commit(origin, config)
    machine.on_cluster_net = connected
