"""gnt-node add --readd: what happens over ssh before the job, and what the job does. Words: lib/cmdlib/node.py."""

from __future__ import annotations

from typing import Any

from checks.releases import NODE_KEYS
from checks.world.config import SimulatedConfig
from checks.world.ganeti import daemons, host_keys, root_keys, scheduler
from checks.world.node import packages
from checks.world.node.machine import Machine
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program

_WARNING = """\
-- WARNING --\x20
Performing this operation is going to perform the following
changes to the target machine ({node}) and the current cluster
nodes:
* A new SSH daemon key pair is generated on the target machine.
* The public SSH keys of all master candidates of the cluster
  are added to the target machine's 'authorized_keys' file.
* In case the target machine is a master candidate, its newly
  generated public SSH key will be distributed to all other
  cluster nodes.
"""


@program("gnt-node add")
def add(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(
        call,
        args,
        {"--readd", "--no-ssh-key-check", "--force-join"},
        {"--node-parameters", "--secondary-ip", "-g"},
        {"-s": "--secondary-ip", "--node-group": "-g"},
    )
    gnt.arguments(call, options.rest, 1, 1)
    config = gnt.client(call)
    name = options.rest[0]
    node = config.node(name)
    if "--readd" not in options.flags:
        if node is not None:
            call.fail(f"Node {node['name']} already in the cluster (as {node['name']}) - please retry with '--readd'")
        gnt.prereq(call, f"The given name ({name}) does not resolve: Name or service not known", "resolver_error")
    if node is None:
        call.fail(f"Node {name} not in the cluster - please retry without '--readd'")
    if node["name"] == config.master:
        call.fail(f"Node {node['name']} is the master, cannot readd")
    full = str(node["name"])
    parameters = parameters_of(call, options.value("--node-parameters"))
    _prepare(call, full, checks_key="--no-ssh-key-check" not in options.flags)
    gnt.run_job(
        call,
        {"OP_ID": "OP_NODE_ADD", "node_name": full, "readd": True},
        {"cluster/BGL": "exclusive"},
        seconds=60.0,
        action=lambda: _readd(call, full, parameters),
    )
    return 0


def parameters_of(call: ProgramCall, text: str) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals or key not in {"ssh_port", "oob_program", "spindle_count", "exclusive_storage"}:
            gnt.prereq(call, f"Unknown parameter '{key}'")
        parameters[key] = int(value) if value.isdecimal() else value
    return parameters


def _prepare(call: ProgramCall, name: str, *, checks_key: bool) -> None:
    """What happens over ssh before the job: the node must have power, and its key must be known.

    A node that only went away keeps its keys, so the check of the host key does no harm to it.
    """
    cluster = call.cluster
    machine = cluster.machines[name]
    if NODE_KEYS.on(cluster.version):
        call.err.append(_WARNING.format(node=name) + "\n")
    if not (machine.powered and machine.on_cluster_net):
        call.spend(10.0)
        strict = "ask" if checks_key else "no"
        call.complain(f"ssh: connect to host {name} port {machine.ssh_port}: No route to host")
        call.fail(_failed(machine, strict, 255))
    problem = "" if not checks_key or host_keys.knows(call.machine, machine) else "Host key verification failed."
    problem = problem or host_keys.denied(call.machine, machine)
    if problem or "ganeti" not in packages.installed(machine):
        strict = "ask" if checks_key else "no"
        call.complain(problem or "/bin/sh: 1: /usr/lib/ganeti/prepare-node-join: not found")
        call.fail(_failed(machine, strict, 255 if problem else 127))
    call.spend(80.0)
    if NODE_KEYS.on(cluster.version):
        _set_ssh_up(call, machine)
    # node-daemon-setup restarts the node daemon with the cluster's certificate.
    daemons.stop_daemon(machine, "noded")
    daemons.launch(cluster, machine, "noded", daemons.default_words(machine, "noded"))


def _failed(machine: Machine, strict: str, code: int) -> str:
    return (
        "Failure: command execution error:\nCommand 'ssh -oEscapeChar=none -oHashKnownHosts=no"
        " -oGlobalKnownHostsFile=/var/lib/ganeti/known_hosts -oUserKnownHostsFile=/dev/null -oCheckHostIp=no"
        f" -oConnectTimeout=10 -oPort={machine.ssh_port} -oStrictHostKeyChecking={strict} -4 root@{machine.name}"
        f" '/bin/sh -c /usr/lib/ganeti/prepare-node-join'' failed: exited with exit code {code}"
    )


def _set_ssh_up(call: ProgramCall, machine: Machine) -> None:
    """prepare-node-join: the master's host keys and a root key of its own; then everybody is told of it."""
    cluster, config = call.cluster, SimulatedConfig.read(call.machine)
    if config is None:
        return
    host_keys.share(call.machine, machine, cluster.now)
    if root_keys.own(machine, config) is None:
        kind = str(config.cluster.get("ssh_key_type", "dsa"))
        root_keys.make(machine, kind, turn=cluster.new_generation(), now=cluster.now)
    root_keys.tell(cluster, config)


def _readd(call: ProgramCall, name: str, parameters: dict[str, Any]) -> list[str]:
    """LUNodeAdd for a node that is known: flags reset, parameters replaced, configuration sent."""
    cluster = call.cluster
    machine = cluster.machines[name]
    config = SimulatedConfig.read(call.machine)
    node = config.node(name) if config is not None else None
    if config is None or node is None:
        raise scheduler.JobFailedError(f"Node '{name}' not known", prereq="unknown_entity")
    if not cluster.answers(machine, asked_by=call.machine):
        raise scheduler.JobFailedError("Node not reachable by ping", prereq="environment_error")
    node.update({"offline": False, "drained": False, "master_candidate": True, "ndparams": parameters})
    config.touch(cluster.now, node)
    cluster.commit(call.machine, config)
    for path in ("hmac.key", "cluster-domain-secret", "rapi.pem", "known_hosts"):
        entry = call.machine.files.get(f"/var/lib/ganeti/{path}")
        if entry is not None:
            machine.files.put(f"/var/lib/ganeti/{path}", entry)
    return [
        " - INFO: Readding a node, the offline/drained flags were reset",
        " - INFO: Node will be a master candidate",
    ]
