"""Nodes of the twin: who they are, what runs on them, and who reaches whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks.cluster.parse.addresses import parse_addresses
from checks.cluster.parse.processes import Process as Seen
from checks.cluster.parse.processes import parse_processes
from checks.jobs.facts.scripts import script_of
from checks.look.commands import ADDRESSES, FAKE_INSTANCES, PROCESSES
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.from_capture.captured import CapturedAnswers
from checks.world.node.machine import Machine, SimulatedProcess

OF_THE_LOOKING = re.compile(r"(\S*/)?(ps|sh|bash|env|sudo|timeout|sshd:?|systemd)( .*)?|\[.*\]|\(sd-pam\)")
"""Processes that were there because somebody looked, and threads of the kernel."""
REFUSED = "Connection refused"


def machines_of(config: SimulatedConfig) -> list[Machine]:
    """A machine for each node, by name."""
    return [
        Machine(node["name"], number, node["primary_ip"], node["secondary_ip"], ssh_port=_ssh_port(config, node))
        for number, node in enumerate(config.nodes, 1)
    ]


def _ssh_port(config: SimulatedConfig, node: dict[str, Any]) -> int:
    """Ganeti's default is 22 (lib/constants.py, NDC_DEFAULTS); versions before 2.13 know no other."""
    return int({"ssh_port": 22, **config.cluster.get("ndparams", {}), **node["ndparams"]}["ssh_port"])


def populate(cluster: SimulatedCluster, machine: Machine, told: CapturedAnswers) -> None:
    """What runs there: processes, instances, the address of the master."""
    listed = told.text(machine.name, PROCESSES)
    now = cluster.clock.monotonic()
    for one in parse_processes(listed) if listed else ():
        if one.pid == 1 or (OF_THE_LOOKING.fullmatch(one.command) and script_of(one) is None):
            continue
        words = _command(one)
        made = SimulatedProcess(one.pid, one.parent, one.user, words, now - one.seconds, one.state)
        above = machine.processes.get(one.parent)
        if one.daemon == "noded" and above is not None and above.args == words:
            made.awaited_by = 0
        machine.processes[one.pid] = made
        if named := _domain(one.command):
            machine.domains.add(named)
    machine.next_pid = max([machine.next_pid, *machine.processes])
    machine.domains |= set((told.text(machine.name, FAKE_INSTANCES) or "").split())
    for name in [f"ganeti-{one}" for one in ("noded", "confd", "wconfd", "rapi", "luxid", "mond")]:
        process = machine.daemon(name.removeprefix("ganeti-"))
        if process is not None:
            machine.files.write(f"/run/ganeti/{name}.pid", f"{process.pid}\n", mtime=cluster.now)
    text = told.text(machine.name, ADDRESSES)
    machine.holds_master_ip = any(cluster.master_ip == one.address for one in parse_addresses(text or ""))


def _domain(command: str) -> str:
    """The instance of a process of KVM: `qemu-system-x86_64 … -name inst1,…`; empty for any other process."""
    _before, program, arguments = command.partition("qemu")
    _before, named, rest = arguments.partition(" -name ")
    if not (program and named):
        return ""
    return rest.removeprefix("guest=").partition(" ")[0].partition(",")[0]


def _command(one: Seen) -> str:
    """A daemon under the path at which it is looked for, wherever this version keeps it."""
    if one.daemon is None:
        return one.command
    words = one.command.split()
    place = words.index(one.words[0])
    words[place] = f"/usr/sbin/ganeti-{one.daemon}"
    return " ".join(words)


def reach(cluster: SimulatedCluster, told: CapturedAnswers) -> Iterator[str]:
    """Who has power and who reaches whom, from who answered and what the others saw; yields what had to be guessed."""
    machines = list(cluster.machines.values())
    answering = [one for one in machines if told.answers(one.name)]
    seen = {one.name: _seen(told, one.primary_ip, answering, one) for one in machines}
    beside = {one.name: _seen(told, one.secondary_ip, answering, one) for one in machines}
    for one in machines:
        if one not in answering:
            one.on_our_net = False
            one.powered = bool(seen[one.name] or beside[one.name])
            if seen[one.name] is beside[one.name] is None:
                yield f"Nobody tried to reach {one.name} from another node: it is taken to be off."
    cut = [one for one in machines if one.powered and seen[one.name] is False]
    # Of two nodes that do not see each other, one is cut off; of whom nobody can say, but not the one that we reach.
    if len(cut) == len(machines) > 1:
        cut = [one for one in cut if one not in answering] or cut[1:]
    for one in cut:
        one.on_cluster_net = False
    for one in machines:
        if one.powered and beside[one.name] is False:
            one.on_replication_net = False


def _seen(told: CapturedAnswers, address: str, answering: list[Machine], target: Machine) -> bool | None:
    """Whether any other node got an answer from this address; None if none of them tried."""
    tries = [
        result.ok or REFUSED in result.stderr
        for other in answering
        if other is not target
        for result in told.all(other.name)
        if (result.argv[0] == "ping" and result.argv[-1] == address)
        or (result.argv[0] == "socat" and re.fullmatch(rf"TCP4:{re.escape(address)}:.*", result.argv[-1]))
    ]
    return any(tries) if tries else None
