"""gnt-node: list, modify, failover, add --readd. Words: lib/client/gnt_node.py, lib/cmdlib/node.py."""

from __future__ import annotations

from typing import Any

from checks.releases import ONLINE_CONFIRMED
from checks.world import jobs
from checks.world.config import SimulatedConfig
from checks.world.ganeti import instances, scheduler
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.gnt_instance import fields_of
from checks.world.programs.gnt_node_add import parameters_of
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program

_HEADERS = {
    "name": "Node",
    "dtotal": "DTotal",
    "dfree": "DFree",
    "mtotal": "MTotal",
    "mnode": "MNode",
    "mfree": "MFree",
    "pinst_cnt": "Pinst",
    "sinst_cnt": "Sinst",
    "role": "Role",
    "master_candidate": "MasterC",
    "offline": "Offline",
    "drained": "Drained",
    "master": "IsMaster",
    "pip": "PrimaryIP",
    "sip": "SecondaryIP",
    "pinst_list": "PriInstances",
    "sinst_list": "SecInstances",
    "vm_capable": "VMCapable",
    "uuid": "UUID",
}
_DEFAULT = "name,dtotal,dfree,mtotal,mnode,mfree,pinst_cnt,sinst_cnt"
_LIVE = {"dtotal": "24.0G", "dfree": "22.9G", "mtotal": "743M", "mnode": "42M", "mfree": "367M"}
_RIGHT = {"DTotal", "DFree", "MTotal", "MNode", "MFree", "Pinst", "Sinst"}


def _flag(value: object) -> str:
    return "Y" if value else "N"


def _role(config: SimulatedConfig, node: dict[str, Any]) -> str:
    if node["name"] == config.master:
        return "M"
    if node["offline"]:
        return "O"
    if node["drained"]:
        return "D"
    return "C" if node["master_candidate"] else "R"


@program("gnt-node list")
def list_nodes(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--no-headers", "-v"}, {"-o", "--separator", "--units"}, {"--output": "-o"})
    config = gnt.client(call)
    fields = fields_of(options, _DEFAULT)
    chosen = [gnt.find_node(call, config, name) for name in options.rest] or config.nodes
    rows = []
    for node in chosen:
        machine = call.cluster.machines[node["name"]]
        answers = call.cluster.answers(machine, asked_by=call.machine)
        live = _LIVE if answers and not node["offline"] else dict.fromkeys(_LIVE, "*" if node["offline"] else "?")
        if not answers and not node["offline"] and set(fields) & _LIVE.keys():
            call.spend(10.0)
        primary = [i["name"] for i in config.instances if i["primary_node"] == node["uuid"]]
        secondary = [i["name"] for i in config.instances if node["uuid"] in config.secondaries(i)]
        values = {
            **live,
            "name": node["name"],
            "pinst_cnt": str(len(primary)),
            "sinst_cnt": str(len(secondary)),
            "role": _role(config, node),
            "master_candidate": _flag(node["master_candidate"]),
            "offline": _flag(node["offline"]),
            "drained": _flag(node["drained"]),
            "master": _flag(node["name"] == config.master),
            "pip": node["primary_ip"],
            "sip": node["secondary_ip"],
            "pinst_list": ",".join(primary),
            "sinst_list": ",".join(secondary),
            "vm_capable": _flag(node["vm_capable"]),
            "uuid": node["uuid"],
        }
        rows.append([values.get(field, "??") for field in fields])
    call.say(
        *gnt.table(
            [_HEADERS.get(field, field) for field in fields],
            rows,
            right=_RIGHT,
            separator=options.value("--separator") if "--separator" in options.values else None,
            headers="--no-headers" not in options.flags,
        )
    )
    unknown = [field for field in fields if field not in _HEADERS]
    if unknown:
        call.complain(f"Warning: Queried for unknown fields {', '.join(unknown)}")
        return 14
    return 0


def _yes_no(call: ProgramCall, name: str, text: str) -> bool | None:
    """An option that takes yes or no; None when it was not given."""
    if not text:
        return None
    if text not in {"yes", "no", "true", "false"}:
        call.fail(f"{call.program} modify: error: option {name}: invalid bool value: '{text}'", code=2)
    return text in {"yes", "true"}


@program("gnt-node modify")
def modify(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(
        call,
        args,
        {"--force", "--auto-promote", "--submit"},
        {"--offline", "--drained", "--master-candidate", "--node-parameters"},
        {"-O": "--offline", "-D": "--drained", "-C": "--master-candidate"},
    )
    gnt.arguments(call, options.rest, 1, 1)
    changes = {
        key: _yes_no(call, f"--{key.replace('_', '-')}", options.value(f"--{key.replace('_', '-')}"))
        for key in ("master_candidate", "drained", "offline")
    }
    parameters = parameters_of(call, options.value("--node-parameters"))
    if all(value is None for value in changes.values()) and not parameters:
        call.fail("Please give at least one of the parameters.")
    if changes["offline"] is False and "--force" not in options.flags and ONLINE_CONFIRMED.on(call.cluster.version):
        # It asks on the terminal whether the configuration has changed, and there is none.
        gnt.log(call)
        call.spend(gnt.CLIENT_SECONDS)
        return 1
    config = gnt.client(call)
    name = gnt.find_node(call, config, options.rest[0])["name"]
    if list(changes.values()).count(True) > 1:
        gnt.prereq(call, "Can't set the node into more than one state at the same time")
    shown: list[tuple[str, str]] = []

    def act() -> list[str]:
        lines = _change(call, name, dict(changes), shown, promote="--auto-promote" in options.flags)
        return [*lines, *_set_parameters(call, name, parameters, shown)]

    locks = {"cluster/BGL": "shared"} | {
        f"node/{node['uuid']}": "exclusive"
        for node in config.nodes
        if "--auto-promote" in options.flags or node["name"] == name
    }
    gnt.run_job(call, {"OP_ID": "OP_NODE_SET_PARAMS", "node_name": name}, locks, seconds=5.0, action=act)
    if shown:
        call.say(f"Modified node {options.rest[0]}", *(f" - {key:<5} -> {value}" for key, value in shown))
    return 0


def _change(
    call: ProgramCall, name: str, changes: dict[str, bool | None], shown: list[tuple[str, str]], *, promote: bool
) -> list[str]:
    """LUNodeSetParams: from the flags a node has to those it shall have."""
    cluster = call.cluster
    config = SimulatedConfig.read(call.machine)
    node = config.node(name) if config is not None else None
    if config is None or node is None:
        raise scheduler.JobFailedError(f"Node '{name}' not known", prereq="unknown_entity")
    if name == config.master:
        raise scheduler.JobFailedError("The master role can be changed only via master-failover", prereq="wrong_input")
    lines = []
    for key, value in changes.items():
        if value is False and not node[key]:
            lines.append(f" - INFO: Ignoring request to unset flag {key}, already unset")
            changes[key] = None
    _require_candidates(config, node, changes, promote=promote)
    before = {key: node[key] for key in ("master_candidate", "drained", "offline")}
    after = dict(before)
    if changes["drained"] is False or changes["offline"] is False:
        lines.append(" - INFO: Auto-promoting node to master candidate")
        changes["master_candidate"] = True
    chosen = next((key for key, value in changes.items() if value), None)
    if chosen is not None or changes["master_candidate"] is False:
        after = {key: key == chosen for key in before}
    if before["offline"] and not after["offline"]:
        machine = cluster.machines[name]
        if not cluster.answers(machine, asked_by=call.machine):
            raise scheduler.JobFailedError(
                f"Node {name} is being de-offlined but fails to report its version: {cluster.rpc_error(machine)}",
                prereq="wrong_state",
            )
        lines.append(
            " - WARNING: Transitioning node from offline to online state without using re-add. Please make sure"
            " the node is healthy!"
        )
    shown += [(key, str(after[key])) for key in before if before[key] != after[key]]
    if before != after:
        node.update(after)
        config.touch(cluster.now, node)
        cluster.commit(call.machine, config)
    return lines


def _set_parameters(
    call: ProgramCall, name: str, parameters: dict[str, Any], shown: list[tuple[str, str]]
) -> list[str]:
    """Parameters of this node alone, which go before those of its group and of the cluster."""
    config = SimulatedConfig.read(call.machine)
    node = config.node(name) if config is not None else None
    if config is not None and node is not None and parameters:
        node["ndparams"] = {**node["ndparams"], **parameters}
        shown += [(f"nd/{key}", str(value)) for key, value in parameters.items()]
        config.touch(call.cluster.now, node)
        call.cluster.commit(call.machine, config)
    return []


def _require_candidates(
    config: SimulatedConfig, node: dict[str, Any], changes: dict[str, bool | None], *, promote: bool
) -> None:
    """Refuse to lose a master candidate while another node could be one.

    Raises:
        JobFailedError: there would be too few, and promotion was not allowed.
    """
    demotes = changes["offline"] or changes["drained"] or changes["master_candidate"] is False
    if promote or not demotes or not node["master_candidate"]:
        return
    able = [
        other
        for other in config.nodes
        if other is not node and other["master_capable"] and not other["offline"] and not other["drained"]
    ]
    remaining = sum(other["master_candidate"] for other in able)
    if remaining < min(len(able), config.cluster["candidate_pool_size"]):
        raise scheduler.JobFailedError(
            "Not enough master candidates, please pass auto promote option to allow promotion"
            " (--auto-promote or RAPI auto_promote=True)",
            prereq="wrong_state",
        )


@program("gnt-node failover")
def failover(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--force", "--ignore-consistency"}, {"--iallocator"}, {"-I": "--iallocator"})
    gnt.arguments(call, options.rest, 1, 1)
    config = gnt.client(call)
    node = gnt.find_node(call, config, options.rest[0])
    names = [instance["name"] for instance in config.instances if instance["primary_node"] == node["uuid"]]
    if not names:
        call.complain(f"No primary instances on node {node['name']}, exiting.")
        return 0
    if "--force" not in options.flags:
        # It asks on the terminal, and there is none.
        return 2
    submitted = []
    for name in names:
        instance = gnt.find_instance(call, config, name)

        def act(name: str = name) -> list[str]:
            return instances.failover(call.cluster, call.machine, name)

        job = scheduler.begin(
            call.cluster,
            call.machine,
            {"OP_ID": "OP_INSTANCE_FAILOVER", "instance_name": name},
            gnt.instance_locks(config, instance),
            seconds=25.0,
            action=act,
        )
        submitted.append((name, job))
    call.say(f"Submitted jobs {', '.join(str(job) for _, job in submitted)}")
    bad = 0
    for name, job in submitted:
        call.say(f"Waiting for job {job} for {name} ...")
        data = gnt.wait_for(call, job)
        gnt.show_log(call, data)
        if jobs.status(data) != "success":
            bad += 1
            call.complain(f"Job {job} for {name} has failed: {gnt.result_words(data)}")
    if bad:
        # The exit code is 0 all the same.
        call.say(f"There were errors during the failover:\n{bad} error(s) out of {len(submitted)} instance(s).")
    else:
        call.say(f"All {len(submitted)} instance(s) failed over successfully.")
    return 0
