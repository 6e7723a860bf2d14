"""Ganeti's daemons as processes: what starts where, who wins the vote, what a stop leaves behind.

Observed on Debian 12, where a SysV script starts them one after the other; the vote is in
src/Ganeti/Daemon/Utils.hs.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from checks.releases import PYTHON_3
from checks.world import jobs
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.ganeti import scheduler
from checks.world.node.machine import FIRST_PID, Machine

ORDER = ("noded", "confd", "wconfd", "rapi", "luxid", "mond")
USERS = {"noded": "root", "confd": "gnt-confd", "wconfd": "gnt-masterd", "rapi": "gnt-rapi", "luxid": "gnt-masterd"}
VOTERS = frozenset({"wconfd", "luxid"})
PYTHON = frozenset({"noded", "rapi"})
LOST_VOTE_SECONDS = 100.0
"""How long a daemon tries to win a vote it cannot win: 6 rounds of 10 s and the calls to the dead node."""
START_SECONDS = 1.0

FLAGS = {"--no-voting", "--yes-do-it"}


def wins_vote(cluster: SimulatedCluster, machine: Machine) -> bool:
    """A strict majority of all nodes, offline ones counted, must name this node as the master."""
    config = SimulatedConfig.seen(machine)
    if config is None:
        return False
    names = [node["name"] for node in config.nodes]
    in_favour = [
        name
        for name in names
        if cluster.answers(cluster.machines[name], asked_by=machine)
        and cluster.machines[name].ssconf("master_node") == machine.name
    ]
    return 2 * len(in_favour) > len(names)


def default_words(machine: Machine, daemon: str) -> list[str]:
    """The arguments a daemon gets from /etc/default/ganeti."""
    words: list[str] = []
    for line in (machine.files.read("/etc/default/ganeti") or "").splitlines():
        key, _, value = line.strip().partition("=")
        if key == f"{daemon.upper()}_ARGS":
            try:
                words = " ".join(shlex.split(value, comments=True)).split()
            except ValueError:
                words = []
    return words


def may_start(cluster: SimulatedCluster, machine: Machine, name: str, words: list[str]) -> tuple[bool, float]:
    """Whether a daemon comes up here, and how long it takes to know."""
    is_master = machine.ssconf("master_node") == machine.name
    seconds = START_SECONDS
    if SimulatedConfig.seen(machine) is None:
        starts = name == "mond" and is_master
    elif name == "rapi":
        starts = is_master
    elif name not in VOTERS:
        starts = True
    elif not is_master or "--no-voting" in words:
        # --no-voting is refused at once unless --yes-do-it comes with it.
        starts = is_master and set(words) >= FLAGS
    else:
        starts = wins_vote(cluster, machine)
        seconds = START_SECONDS if starts else LOST_VOTE_SECONDS
    return starts, seconds


def launch(cluster: SimulatedCluster, machine: Machine, name: str, words: list[str]) -> None:
    """Let a daemon run."""
    program = f"/usr/sbin/ganeti-{name}"
    python = "/usr/bin/python3" if PYTHON_3.on(cluster.version) else "/usr/bin/python"
    args = " ".join([*([python] if name in PYTHON else []), program, *words])
    process = machine.spawn(args, user=USERS.get(name, "root"), at=cluster.clock.monotonic())
    machine.files.write(f"/run/ganeti/ganeti-{name}.pid", f"{process.pid}\n", mtime=cluster.now)
    if name == "wconfd":
        scheduler.wconfd_started(cluster, machine)
    if name == "luxid":
        process.hung = any(job in cluster.poison for job in jobs.numbers(machine))
        if not process.hung:
            scheduler.luxid_started(cluster, machine)
        # luxid's start script also brings up the master's address.
        machine.holds_master_ip = True


def stop_daemon(machine: Machine, name: str) -> None:
    process = machine.daemon(name)
    if process is not None:
        del machine.processes[process.pid]
        for child in machine.processes.values():
            if child.ppid == process.pid:
                child.ppid = 1
    machine.files.remove(f"/run/ganeti/ganeti-{name}.pid")
    if name == "luxid":
        machine.holds_master_ip = False


def stop_all(cluster: SimulatedCluster, machine: Machine) -> None:
    """Stop the daemons. The processes of jobs are not daemons: they stay, with their locks."""
    for name in reversed(ORDER):
        stop_daemon(machine, name)
    machine.service = "inactive"
    cluster.clock.sleep(4.0)


def _steps(cluster: SimulatedCluster, machine: Machine, extra: dict[str, list[str]]) -> Iterator[float]:
    """Start the daemons one after the other; yields how long to wait before the next.

    On a node of no cluster the script says "Incomplete configuration, will not run", and ends well.
    """
    if machine.ssconf("cluster_name") is None:
        return
    for name in ORDER:
        if machine.daemon(name) is not None:
            continue
        words = default_words(machine, name) + extra.get(name, [])
        starts, seconds = may_start(cluster, machine, name, words)
        yield seconds
        if not starts and seconds == LOST_VOTE_SECONDS:
            # It has been asking all the while: what counts is the last round.
            starts, _ = may_start(cluster, machine, name, words)
        if starts and machine.powered and machine.daemon(name) is None:
            launch(cluster, machine, name, words)


def start_all(cluster: SimulatedCluster, machine: Machine, extra: dict[str, list[str]] | None = None) -> None:
    """`systemctl start ganeti`: ends well whatever came up; 206 s when two daemons lose the vote."""
    machine.service = "active"
    for seconds in _steps(cluster, machine, extra or {}):
        cluster.clock.sleep(seconds)


def start_at_boot(cluster: SimulatedCluster, machine: Machine) -> None:
    """The same, going on by itself while the node already answers."""
    machine.service = "active"
    if machine.ssconf("cluster_name") is None:
        return
    script = machine.processes[FIRST_PID] = machine.spawn(
        "/bin/sh /etc/init.d/ganeti start", at=cluster.clock.monotonic()
    )
    del machine.processes[script.pid]
    script.pid = FIRST_PID
    boot = machine.boots
    steps = _steps(cluster, machine, {})

    def go_on() -> None:
        if machine.boots != boot or not machine.powered:
            return
        seconds = next(steps, None)
        if seconds is None:
            machine.processes.pop(FIRST_PID, None)
        else:
            cluster.clock.after(seconds, go_on)

    cluster.clock.after(4.0, go_on)
