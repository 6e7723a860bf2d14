"""gnt-cluster master-failover: lib/client/gnt_cluster.py, lib/bootstrap.py, and what it really did."""

from __future__ import annotations

from collections import Counter

from checks.releases import FLAGS_PASSED_ON, HEALTH_ASKED_FIRST, OFFLINE_IGNORED
from checks.world.config import SimulatedConfig
from checks.world.ganeti import daemons
from checks.world.node.machine import Machine
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program

IP_SECONDS = 30.0


@program("gnt-cluster master-failover")
def master_failover(call: ProgramCall, args: list[str]) -> int:
    flags = {"--no-voting", "--yes-do-it"} | (
        {"--ignore-offline-nodes"} if OFFLINE_IGNORED.on(call.cluster.version) else set()
    )
    options = parse_gnt(call, args, flags, (), {"--ya-rly": "--yes-do-it"})
    gnt.arguments(call, options.rest, 0, 0)
    gnt.log(call)
    call.spend(7.0)
    no_voting = "--no-voting" in options.flags
    if no_voting and "--yes-do-it" not in options.flags:
        # It asks on the terminal, and there is none: no word, and exit code 1.
        return 1
    machine = call.machine
    names = (machine.ssconf("node_list") or "").splitlines()
    if not no_voting and HEALTH_ASKED_FIRST.on(call.cluster.version):
        asked = names
        if "--ignore-offline-nodes" in options.flags:
            asked = (machine.ssconf("online_nodes") or "").splitlines()
        votes = _votes(call, asked)
        if 2 * sum(votes.values()) <= len(asked):
            # Ganeti compares the names of nodes with the names they voted for: the list is odd, and as it is.
            unhealthy = [name for name in asked if name not in votes]
            call.spend(4.0)
            call.fail(
                "Master-failover with voting is only possible if the majority of nodes are still healthy; use the"
                " --no-voting option after ensuring by other means that you won't end up in a dual-master"
                f" scenario. Unhealthy nodes: {unhealthy}"
            )
    return _failover(call, names, no_voting=no_voting)


def _votes(call: ProgramCall, names: list[str]) -> Counter[str]:
    """Who is the master, in the opinion of the nodes that answer."""
    votes: Counter[str] = Counter()
    for name in names:
        other = call.cluster.machines.get(name)
        if other is None or not call.cluster.answers(other, asked_by=call.machine):
            call.spend(1.0)
            continue
        opinion = other.ssconf("master_node")
        if opinion:
            votes[opinion] += 1
    return votes


def _check(call: ProgramCall, names: list[str], *, no_voting: bool) -> str:
    """The old master's name; ends the command when it cannot be taken over from here."""
    machine = call.machine
    old = machine.ssconf("master_node")
    if old is None:
        gnt.prereq(call, "Cluster not initialized", "wrong_state")
    if old == machine.name:
        gnt.prereq(
            call,
            f"This commands must be run on the node where you want the new master to be. {old} is already the master",
        )
    candidates = (machine.ssconf("master_candidates") or "").splitlines()
    if machine.name not in candidates:
        others = "\n".join(name for name in candidates if name != old)
        gnt.prereq(
            call,
            "This node is not among the nodes marked as master candidates. Only these nodes can become masters."
            f" Current list of master candidates is:\n{others}",
            "wrong_state",
        )
    if not no_voting:
        best = _votes(call, names).most_common(1)
        if best and best[0][0] != old:
            gnt.prereq(
                call,
                f"I have a wrong configuration, I believe the master is {old} but the other nodes voted"
                f" {best[0][0]}. Please resync the configuration of this node.",
                "wrong_state",
            )
    return old


def _failover(call: ProgramCall, names: list[str], *, no_voting: bool) -> int:
    cluster, machine = call.cluster, call.machine
    old = _check(call, names, no_voting=no_voting)
    config = SimulatedConfig.read(machine)
    if config is None or config.node(machine.name) is None or machine.daemon("noded") is None:
        gnt.prereq(
            call,
            "Could not start the configuration daemon, command /usr/lib/ganeti/daemon-util start ganeti-wconfd"
            " --force-node --no-voting --yes-do-it had exitcode 1 and error ",
            "missing_entity",
        )
    code = 0
    warnings: list[str] = []
    node = config.node(machine.name)
    if node is not None:
        config.cluster["master_node"] = node["uuid"]
    config.touch(cluster.now, config.cluster)
    cluster.commit(machine, config)
    old_machine = cluster.machines.get(old)
    reached = old_machine is not None and cluster.answers(old_machine, asked_by=machine)
    if old_machine is not None and reached:
        old_machine.holds_master_ip = False
        for name in ("luxid", "rapi", "wconfd"):
            daemons.stop_daemon(old_machine, name)
    elif old_machine is not None:
        role = f"Could not disable the master role on the old master {old}, please disable manually"
        warnings.append(f"Could not disable the master IP: {cluster.rpc_error(old_machine)}")
        warnings.append(f"{role}: {cluster.rpc_error(old_machine)}")
    call.spend(20.0)
    if cluster.holder_of_master_ip(seen_from=machine) is not None:
        call.spend(IP_SECONDS)
        warnings.append(
            "The master IP is still reachable after 30 seconds, continuing but activating the master IP on the"
            " current node will probably fail"
        )
        code = 1
    if not _start_master(call, machine, no_voting=no_voting):
        call.spend(IP_SECONDS)
        warnings.append(
            "The master IP did not come up within 30 seconds; the cluster should still be working and reachable"
            f" via {machine.name}, but not via the master IP address"
        )
        code = 1
    call.complain(*warnings)
    return code


def _start_master(call: ProgramCall, machine: Machine, *, no_voting: bool) -> bool:
    """Start the master's daemons on this node; returns whether the cluster's address came up.

    With voting on 3.0 wconfd came up and luxid did not (start-stop-daemon refuses rapi's pidfile); a restart of
    the service mends it.
    """
    cluster = call.cluster
    extra: list[str] = []
    if no_voting and FLAGS_PASSED_ON.on(cluster.version):
        extra = ["--no-voting", "--yes-do-it"]
    # The pidfile that start-stop-daemon refuses is there when rapi was started on this node before.
    stumbles = not no_voting and machine.files.get("/run/ganeti/ganeti-rapi.pid") is not None
    for name in ("wconfd", "rapi", "luxid"):
        if machine.daemon(name) is not None or (stumbles and name == "luxid"):
            continue
        words = daemons.default_words(machine, name)
        if name != "rapi":
            words += [word for word in extra if word not in words]
        starts, seconds = daemons.may_start(cluster, machine, name, words)
        call.spend(seconds + 10.0)
        if starts:
            daemons.launch(cluster, machine, name, words)
    return machine.holds_master_ip
