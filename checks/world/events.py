"""What can happen to a simulated cluster from outside: power, cables, disks, and commands somebody ran before.

An event is declared once: its form says which words it takes, its docstring what it does. A scenario is checked by
that, the event is looked up by that, and docs/events.md is made of that.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.world import power, reinstall
from checks.world.cluster import DEFAULTS_PATH, SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.drbd import operations
from checks.world.ganeti import drbd_disk, root_keys
from checks.world.links import WorldLinks
from checks.world.node.blocks import KIB
from checks.world.node.machine import Machine, SimulatedSide
from engine.hosts.host import Host
from engine.markers import Marker
from engine.nearest import did_you_mean

NODE = r"[a-z0-9][a-z0-9.-]*"
PATIENCE = 3600.0
PLACE = 10
"""The block where writes begin: on both sides the same, as on the real cluster."""
NOTICED_SECONDS = 3.0
"""Until both sides have noticed that they lost or found each other."""
FLAGS = '"--no-voting --yes-do-it"'


def machine_of(cluster: SimulatedCluster, name: str) -> Machine:
    """A node by its full or short name.

    Raises:
        ValueError: there is none.
    """
    machine = cluster.machine(name)
    if machine is None:
        raise ValueError(f"no such node in this scenario: {name}")
    return machine


def disk_side(cluster: SimulatedCluster, machine: Machine, name: str) -> SimulatedSide:
    """The device of a disk such as `inst1/0` on a node.

    Raises:
        ValueError: there is none.
    """
    config = cluster.any_config()
    instance, _, index = name.partition("/")
    found = config.instance(instance)
    disks = config.disks(found) if found is not None else []
    side = drbd_disk.side_on(config, disks[int(index)], machine) if int(index) < len(disks) else None
    if side is None:
        raise ValueError(f"{machine.name} has no device of {name}")
    return side


def _side(cluster: SimulatedCluster, words: str) -> SimulatedSide:
    name, disk = words.split(" ")
    return disk_side(cluster, machine_of(cluster, name), disk)


@dataclass(frozen=True, slots=True)
class EventWord:
    """What an event is about, or how much of it.

    Attributes:
        means: for the documentation.
        pattern: how it may be written.
        taken: what the event is given for it.
    """

    means: str
    pattern: str
    taken: Callable[[SimulatedCluster, str], Any]


WORDS: Mapping[str, EventWord] = {
    "NODE": EventWord("a node: `hwhost-2`, or its full name", NODE, machine_of),
    "SIDE": EventWord("a node and a disk: `hwhost-2 inst1/0`", rf"{NODE} [a-z0-9.-]+/\d+", _side),
    "SECONDS": EventWord("a number", r"\d+", lambda _cluster, word: int(word)),
    "KIB": EventWord("a number", r"\d+", lambda _cluster, word: int(word)),
    "AHEAD": EventWord("seconds; negative: behind", r"-?\d+", lambda _cluster, word: int(word)),
    "PROGRAM": EventWord("its name: `lvs`", r"[a-z0-9-]+", lambda _cluster, word: word),
    "COMMAND": EventWord("a command line, up to the end", r".+", lambda _cluster, word: word),
}


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """Something that can happen.

    Attributes:
        form: its verb, and the words that follow; one in brackets may be left out.
        happens: does it, given the cluster and what the words stand for.
    """

    form: str
    happens: Callable[..., None]

    @property
    def verb(self) -> str:
        return self.form.partition(" ")[0]

    @property
    def kinds(self) -> list[str]:
        """Of its words."""
        return [word.strip("[]") for word in self.form.split()[1:]]

    def words(self, action: str) -> list[str] | None:
        """The words of an action of this verb; None where it has not the form."""
        pattern = self.verb
        for word in self.form.split()[1:]:
            one = f" ({WORDS[word.strip('[]')].pattern})"
            pattern += f"(?:{one})?" if word.startswith("[") else one
        match = re.fullmatch(pattern, action)
        return None if match is None else [word for word in match.groups() if word is not None]


event: Marker[Callable[..., None]] = Marker("event")
"""Lets a function be an event, by its form; its docstring tells what happens."""


@cache
def events() -> Mapping[str, ScenarioEvent]:
    """All of them, by their verbs."""
    found = event.gathered(__name__).items()
    return {one.verb: one for one in (ScenarioEvent(form, happens) for form, happens in found)}


def read(action: str) -> tuple[ScenarioEvent, list[str]]:
    """Which event an action of a scenario is, and the words in it.

    Raises:
        ValueError: there is no such event, or it takes other words.
    """
    verb = action.partition(" ")[0]
    known = events().get(verb)
    if known is None:
        raise ValueError(f"no such event: '{verb}'{did_you_mean(verb, events())}")
    words = known.words(action)
    if words is None:
        raise ValueError(f"'{action}' should be: {known.form}")
    return known, words


def node_in(action: str) -> str | None:
    """The node that an action names; None if it is about none, or about all.

    Raises:
        ValueError: as in `read`.
    """
    known, words = read(action)
    return words[0].partition(" ")[0] if words and known.kinds[0] in {"NODE", "SIDE"} else None


def happen(cluster: SimulatedCluster, action: str) -> None:
    """Let one action of a scenario happen.

    Raises:
        ValueError: there is no such event, or no such node or disk.
    """
    known, words = read(action)
    given = [WORDS[kind].taken(cluster, word) for kind, word in zip(known.kinds, words, strict=False)]
    known.happens(cluster, *given)


@event("power-off NODE")
def power_off(cluster: SimulatedCluster, machine: Machine) -> None:
    """Its power fails."""
    power.power_off(cluster, machine)


@event("power-on NODE")
def power_on(cluster: SimulatedCluster, machine: Machine) -> None:
    """Its power comes back, and it boots."""
    power.power_on(cluster, machine)


@event("reboot NODE")
def reboot(cluster: SimulatedCluster, machine: Machine) -> None:
    """Its power fails and comes back."""
    power.power_off(cluster, machine)
    power.power_on(cluster, machine)


@event("cut-network NODE")
def cut_network(_cluster: SimulatedCluster, machine: Machine) -> None:
    """Ganeti's network is cut on that node; ssh and the network of DRBD stay."""
    machine.on_cluster_net = False


@event("heal-network NODE")
def heal_network(_cluster: SimulatedCluster, machine: Machine) -> None:
    """Ganeti's network is back."""
    machine.on_cluster_net = True


@event("cut-replication [NODE]")
def cut_replication(cluster: SimulatedCluster, *some: Machine) -> None:
    """The network over which DRBD replicates is cut, of one node or of all."""
    _set_replication(cluster, some, works=False)


@event("heal-replication [NODE]")
def heal_replication(cluster: SimulatedCluster, *some: Machine) -> None:
    """The network over which DRBD replicates is back."""
    _set_replication(cluster, some, works=True)


def _set_replication(cluster: SimulatedCluster, some: tuple[Machine, ...], *, works: bool) -> None:
    for machine in some or cluster.machines.values():
        power.set_replication(cluster, machine, works=works)
    cluster.clock.sleep(NOTICED_SECONDS)


@event("cut-ssh NODE")
def cut_ssh(_cluster: SimulatedCluster, machine: Machine) -> None:
    """Nobody gets in from outside any more; what the nodes say to each other stays."""
    machine.on_our_net = False


@event("misses-a-change NODE")
def misses_a_change(cluster: SimulatedCluster, machine: Machine) -> None:
    """The configuration changes while this node does not hear of it."""
    origin = next(m for m in cluster.machines.values() if m is not machine and m.daemon("wconfd") is not None)
    config = SimulatedConfig.read(origin)
    if config is None:
        raise ValueError("the master has no configuration to change")
    connected, machine.on_cluster_net = machine.on_cluster_net, False
    config.instances[0]["beparams"]["maxmem"] += 32
    config.touch(cluster.now, config.instances[0])
    cluster.commit(origin, config)
    machine.on_cluster_net = connected


@event("keep-voting-off NODE")
def keep_voting_off(cluster: SimulatedCluster, machine: Machine) -> None:
    """The flags that let wconfd and luxid start without a vote stand in /etc/default/ganeti."""
    text = machine.files.read(DEFAULTS_PATH) or ""
    for key in ("WCONFD_ARGS", "LUXID_ARGS"):
        text = text.replace(f'{key}=""', f"{key}={FLAGS}")
    machine.files.write(DEFAULTS_PATH, text, mtime=cluster.now)


@event("forgets-a-key NODE")
def forgets_a_key(_cluster: SimulatedCluster, machine: Machine) -> None:
    """The last line of its file of public keys is gone."""
    root_keys.forget_the_last(machine)


@event("has-rsa-key NODE")
def has_rsa_key(cluster: SimulatedCluster, machine: Machine) -> None:
    """The key of root there is of the type RSA now, and let in everywhere; that of the type DSA is gone."""
    root_keys.to_rsa(cluster, machine)


@event("wipe NODE")
def wipe(cluster: SimulatedCluster, machine: Machine) -> None:
    """It is installed anew, on empty disks, with Ganeti's packages and nothing of the cluster's."""
    reinstall.reinstall(cluster, machine)


@event("has-no-packages NODE")
def has_no_packages(cluster: SimulatedCluster, machine: Machine) -> None:
    """Nothing that belongs to Ganeti is installed there."""
    reinstall.remove_packages(cluster, machine)


@event("has-used-disk NODE")
def has_used_disk(_cluster: SimulatedCluster, machine: Machine) -> None:
    """Its empty disk holds an old file system."""
    reinstall.use_disk(machine)


@event("read-only NODE")
def read_only(_cluster: SimulatedCluster, machine: Machine) -> None:
    """Its file systems take nothing."""
    machine.read_only = True


@event("writable NODE")
def writable(_cluster: SimulatedCluster, machine: Machine) -> None:
    """Its file systems can be written to again."""
    machine.read_only = False


@event("var-full NODE")
def var_full(_cluster: SimulatedCluster, machine: Machine) -> None:
    """There is no room in /var."""
    machine.full = True


@event("var-free NODE")
def var_free(_cluster: SimulatedCluster, machine: Machine) -> None:
    """There is room in /var again."""
    machine.full = False


@event("clock-off NODE AHEAD")
def clock_off(_cluster: SimulatedCluster, machine: Machine, seconds: int) -> None:
    """Its clock is ahead by so many seconds."""
    machine.clock_off = seconds


@event("hangs NODE PROGRAM")
def hangs(_cluster: SimulatedCluster, machine: Machine, program: str) -> None:
    """A program does not end there any more."""
    machine.hangs.add(program)


@event("answers NODE PROGRAM")
def answers(_cluster: SimulatedCluster, machine: Machine, program: str) -> None:
    """A program that hung ends again."""
    machine.hangs.discard(program)


@event("write SIDE [KIB]")
def write(cluster: SimulatedCluster, side: SimulatedSide, kib: int = 4) -> None:
    """The instance writes so many KiB there, or 4."""
    operations.write(cluster, side, PLACE, max(1, kib // KIB))


@event("force-write SIDE [KIB]")
def force_write(cluster: SimulatedCluster, side: SimulatedSide, kib: int = 4) -> None:
    """Somebody makes the disk Primary by force, writes, and makes it Secondary: as an instance started twice would."""
    operations.promote(cluster, side, force=True)
    operations.write(cluster, side, PLACE, max(1, kib // KIB))
    operations.demote(cluster, side)


@event("disconnect SIDE")
def disconnect(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """`drbdsetup disconnect` there."""
    operations.disconnect(cluster, side)


@event("detach SIDE")
def detach(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """`drbdsetup detach` there."""
    operations.detach(cluster, side)


@event("invalidate SIDE")
def invalidate(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """`drbdsetup invalidate` there."""
    operations.invalidate(cluster, side)


@event("lose-disk SIDE")
def lose_disk(cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """The volume below gives an error, and DRBD detaches it."""
    operations.detach(cluster, side, error=True)


@event("freeze-metadata SIDE")
def freeze_metadata(_cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """The volume with DRBD's metadata does not answer."""
    if side.meta is None:
        raise ValueError("a device without a disk has no metadata")
    side.meta.suspended = True


@event("thaw-metadata SIDE")
def thaw_metadata(_cluster: SimulatedCluster, side: SimulatedSide) -> None:
    """The volume with DRBD's metadata answers again."""
    if side.meta is not None:
        side.meta.suspended = False
    operations.thaw(side.machine)


@event("run NODE COMMAND")
def run(cluster: SimulatedCluster, machine: Machine, command: str) -> None:
    """Somebody runs a command there."""
    WorldLinks(cluster).to(Host(machine.name)).run(shlex.split(command), timeout=PATIENCE)


@event("wait SECONDS")
def wait(cluster: SimulatedCluster, seconds: int) -> None:
    """So many seconds pass."""
    cluster.clock.sleep(seconds)


@event("sync-speed KIB")
def sync_speed(cluster: SimulatedCluster, kib: int) -> None:
    """From now on so many KiB are copied in a second of a resync."""
    cluster.sync_speed = float(kib)
