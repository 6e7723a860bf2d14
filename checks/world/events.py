"""What can happen to a simulated node from outside: power, cables, and commands somebody ran before."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial

from checks.world import lying, power, reinstall, root_keys
from checks.world.cluster import DEFAULTS_PATH, Cluster
from checks.world.config import Config
from checks.world.links import WorldLinks
from checks.world.machine import Machine, Side
from checks.world.storage import node, operations
from checks.world.storage.blocks import KIB
from engine.transport.interface import Host

PATIENCE = 3600.0
PLACE = 10
"""The block where writes begin: on both sides the same, as on the real cluster."""
NOTICED_SECONDS = 3.0
"""Until both sides have noticed that they lost or found each other."""
FLAGS = '"--no-voting --yes-do-it"'


def happen(cluster: Cluster, action: str) -> None:
    """Let one action of a scenario happen.

    Raises:
        ValueError: there is no such node or no such action.
    """
    verb, *words = action.split(" ")
    known = _ANYWHERE.get(verb)
    if known is not None:
        known(cluster, words)
        return
    machine = cluster.machine(words[0]) if words else None
    if machine is None:
        raise ValueError(f"no such node in this scenario: {action}")
    if verb in _ON_DISK and len(words) > 1:
        _ON_DISK[verb](cluster, disk_side(cluster, machine, words[1]), words[2:])
    elif verb in _ON_NODE:
        _ON_NODE[verb](cluster, machine)
    elif verb in lying.PLAIN:
        lying.PLAIN[verb](machine)
    elif verb in lying.SAYING and len(words) > 1:
        lying.SAYING[verb](machine, words[1])
    elif verb == "run" and len(words) > 1:
        link = WorldLinks(cluster).to(Host(machine.name))
        link.run(shlex.split(action.split(" ", 2)[2]), timeout=PATIENCE)
    else:
        raise ValueError(f"no such action: {action}")


def disk_side(cluster: Cluster, machine: Machine, name: str) -> Side:
    """The device of a disk such as `inst1/0` on a node.

    Raises:
        ValueError: there is none.
    """
    config = cluster.any_config()
    instance, _, index = name.partition("/")
    found = config.instance(instance)
    disks = config.disks(found) if found is not None else []
    side = node.side_on(config, disks[int(index)], machine) if int(index) < len(disks) else None
    if side is None:
        raise ValueError(f"{machine.name} has no device of {name}")
    return side


def _nodes(cluster: Cluster, words: list[str]) -> list[Machine]:
    named = [cluster.machine(word) for word in words] or list(cluster.machines.values())
    return [machine for machine in named if machine is not None]


def _set_replication(cluster: Cluster, words: list[str], *, works: bool) -> None:
    for machine in _nodes(cluster, words):
        power.set_replication(cluster, machine, works=works)
    cluster.clock.sleep(NOTICED_SECONDS)


def _set_speed(cluster: Cluster, words: list[str]) -> None:
    cluster.sync_speed = float(words[0])


def _write(cluster: Cluster, side: Side, words: list[str]) -> None:
    blocks = max(1, int(words[0]) // KIB) if words else 1
    operations.write(cluster, side, PLACE, blocks)


def _force_write(cluster: Cluster, side: Side, words: list[str]) -> None:
    operations.promote(cluster, side, force=True)
    _write(cluster, side, words)
    operations.demote(cluster, side)


def _freeze(_cluster: Cluster, side: Side, _words: list[str]) -> None:
    if side.meta is None:
        raise ValueError("a device without a disk has no metadata")
    side.meta.suspended = True


def _thaw(_cluster: Cluster, side: Side, _words: list[str]) -> None:
    if side.meta is not None:
        side.meta.suspended = False
    operations.thaw(side.machine)


def _reboot(cluster: Cluster, machine: Machine) -> None:
    power.power_off(cluster, machine)
    power.power_on(cluster, machine)


def _set_network(_cluster: Cluster, machine: Machine, *, works: bool) -> None:
    machine.on_cluster_net = works


def _cut_ssh(_cluster: Cluster, machine: Machine) -> None:
    machine.on_our_net = False


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


_ANYWHERE: dict[str, Callable[[Cluster, list[str]], None]] = {
    "cut-replication": partial(_set_replication, works=False),
    "heal-replication": partial(_set_replication, works=True),
    "sync-speed": _set_speed,
    "wait": lambda cluster, words: cluster.clock.sleep(float(words[0])),
}
_ON_NODE: dict[str, Callable[[Cluster, Machine], None]] = {
    "cut-network": partial(_set_network, works=False),
    "cut-ssh": _cut_ssh,
    "forgets-a-key": root_keys.forget_the_last,
    "has-no-packages": reinstall.without_packages,
    "has-rsa-key": root_keys.to_rsa,
    "has-used-disk": reinstall.use_disk,
    "heal-network": partial(_set_network, works=True),
    "keep-voting-off": _keep_voting_off,
    "misses-a-change": _miss_a_change,
    "power-off": power.power_off,
    "power-on": power.power_on,
    "reboot": _reboot,
    "wipe": reinstall.wipe,
}
_ON_DISK: dict[str, Callable[[Cluster, Side, list[str]], None]] = {
    "detach": lambda cluster, side, _words: operations.detach(cluster, side),
    "disconnect": lambda cluster, side, _words: operations.disconnect(cluster, side),
    "force-write": _force_write,
    "freeze-metadata": _freeze,
    "invalidate": lambda cluster, side, _words: operations.invalidate(cluster, side),
    "lose-disk": lambda cluster, side, _words: operations.detach(cluster, side, error=True),
    "thaw-metadata": _thaw,
    "write": _write,
}
