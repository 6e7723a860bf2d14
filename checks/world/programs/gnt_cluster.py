"""gnt-cluster: who is master, is it well, push the configuration. Words: lib/client/gnt_cluster.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from checks.drbd.states import Connection, Disk
from checks.world.config import SimulatedConfig
from checks.world.ganeti import scheduler, verify, verify_storage
from checks.world.ganeti.drbd_disk import side_on
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.gnt_instance_jobs import activate
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program

WATCHER_PAUSE = "/var/lib/ganeti/watcher.pause"

COPIED = (
    "/var/lib/ganeti/spice-ca.pem",
    "/var/lib/ganeti/known_hosts",
    "/var/lib/ganeti/hmac.key",
    "/var/lib/ganeti/cluster-domain-secret",
    "/var/lib/ganeti/spice.pem",
    "/etc/hosts",
    "/var/lib/ganeti/rapi.pem",
)
"""What redist-conf sends to every node besides the configuration, in the order it was seen to."""


@program("gnt-cluster getmaster")
def getmaster(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, ())
    gnt.arguments(call, options.rest, 0, 0)
    gnt.log(call)
    call.spend(4.0)
    master = call.machine.ssconf("master_node")
    if master is None:
        gnt.prereq(call, "Cluster not initialized", "wrong_state")
    call.say(master)
    return 0


@program("gnt-cluster master-ping")
def master_ping(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, ())
    gnt.arguments(call, options.rest, 0, 0)
    gnt.log(call)
    if scheduler.luxid_works(call.machine):
        call.spend(4.0)
        return 0
    call.spend(gnt.TIMEOUT_SECONDS if call.machine.ssconf("master_node") == call.machine.name else 5.0)
    return 1


@program("gnt-cluster redist-conf")
def redistribute(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--submit"})
    gnt.arguments(call, options.rest, 0, 0)
    gnt.client(call)
    cluster, machine = call.cluster, call.machine

    def act() -> list[str]:
        config = _now(call)
        config.touch(cluster.now, config.cluster)
        missed = cluster.commit(machine, config)
        lines = []
        for path in COPIED:
            text = machine.files.get(path)
            for node in config.nodes:
                other = cluster.machines[node["name"]]
                if other in missed:
                    lines.append(
                        f" - WARNING: Copy of file {path} to node {other.name} failed: {cluster.rpc_error(other)}"
                    )
                elif other is not machine and not node["offline"] and text is not None:
                    other.files.put(path, text)
        return lines

    nodes = {f"node/{node['uuid']}": "shared" for node in _now(call).nodes}
    gnt.run_job(call, {"OP_ID": "OP_CLUSTER_REDIST_CONF"}, {"cluster/BGL": "shared", **nodes}, seconds=25.0, action=act)
    return 0


def _now(call: ProgramCall) -> SimulatedConfig:
    config = SimulatedConfig.read(call.machine)
    if config is None:
        raise scheduler.JobFailedError("Corrupt configuration file")
    return config


@program("gnt-cluster verify")
def verify_cluster(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(
        call,
        args,
        {"--error-codes", "-v", "--no-nplus1-mem"},
        {"--ignore-errors", "--node-group"},
        {"--verbose": "-v", "-I": "--ignore-errors"},
    )
    gnt.arguments(call, options.rest, 0, 0)
    config = gnt.client(call)
    codes = "--error-codes" in options.flags
    ignored = set(options.values.get("--ignore-errors", []))
    cluster, machine = call.cluster, call.machine
    group = next(iter(config.data["nodegroups"]))
    shared: dict[str, str] = {"cluster/BGL": "shared"}
    for instance in config.instances:
        shared |= gnt.instance_locks(config, instance, "shared")
    bad: list[bool] = []

    def lines(found: Any) -> list[str]:
        shown = []
        for finding in found:
            weight = verify.WARNING if finding.code in ignored else finding.weight
            bad.append(weight == verify.ERROR)
            shown.append(
                verify.VerifyFinding(weight, finding.code, finding.kind, finding.name, finding.words).line(codes=codes)
            )
        return shown

    def first() -> list[str]:
        return [
            "* Verifying cluster config",
            "* Verifying cluster certificate files",
            "* Verifying hypervisor parameters",
            "* Verifying all nodes belong to an existing group",
        ]

    def second() -> list[str]:
        live = _now(call)
        online = len(live.nodes)
        return [
            "* Verifying group 'default'",
            f"* Gathering data ({online} nodes)",
            f"* Gathering information about nodes ({online} nodes)",
            f"* Gathering disk information ({online} nodes)",
            "* Verifying configuration file consistency",
            *lines(verify.files(cluster, live, machine)),
            *lines(verify.ssh(cluster, live, machine)),
            "* Verifying node status",
            *lines(verify.nodes(cluster, live, machine)),
            *lines(verify.versions(cluster, live, machine)),
            "* Verifying instance status",
            *lines(verify.instances(cluster, live, machine)),
            "* Verifying orphan volumes",
            *lines(verify.orphans(cluster, live, machine)),
            "* Verifying N+1 Memory redundancy",
            "* Other Notes",
            *verify.notes(live),
            "* Hooks Results",
            *lines(verify.hooks(cluster, live, machine)),
        ]

    one = scheduler.begin(
        cluster, machine, {"OP_ID": "OP_CLUSTER_VERIFY_CONFIG"}, {"cluster/BGL": "shared"}, seconds=2.0, action=first
    )
    two = scheduler.begin(
        cluster,
        machine,
        {"OP_ID": "OP_CLUSTER_VERIFY_GROUP", "group_name": group},
        shared,
        seconds=12.0,
        action=second,
    )
    call.say(f"Submitted jobs {one}, {two}")
    for number in (one, two):
        call.say(f"Waiting for job {number} ...")
        gnt.show_log(call, gnt.wait_for(call, number))
    return int(any(bad))


def _needs_disks(call: ProgramCall, config: SimulatedConfig, instance: dict[str, Any], broken: dict[str, str]) -> bool:
    """Whether a disk of an instance is not set up where it can be (lib/backend.py, DrbdNeedsActivation)."""
    for disk in config.disks(instance):
        for uuid in disk["logical_id"][:2]:
            other = call.cluster.by_uuid(config, uuid)
            if config.data["nodes"][uuid]["offline"] or other.name in broken:
                continue
            side = side_on(config, disk, other)
            if side is None or side.state is Connection.STANDALONE or side.disk is Disk.DISKLESS:
                return True
    return False


def _tell_missing(call: ProgramCall, missing: dict[str, list[tuple[str, str]]]) -> int:
    """Name the volumes that are gone; returns the exit code that goes with it."""
    for name, volumes in missing.items():
        call.say(f"Instance {name} has missing logical volumes:", *(f"\t{on} /dev/{volume}" for on, volume in volumes))
    if missing:
        call.say(
            "You need to replace or recreate disks for all the above instances if this message persists after fixing"
            " broken nodes."
        )
    return int(bool(missing))


@program("gnt-cluster verify-disks")
def verify_disks(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, (), {"--node-group"})
    gnt.arguments(call, options.rest, 0, 0)
    config = gnt.client(call)
    cluster, machine = call.cluster, call.machine
    group = next(iter(config.data["nodegroups"]))
    names: list[str] = []
    broken: dict[str, str] = {}
    missing: dict[str, list[tuple[str, str]]] = {}

    def act() -> list[str]:
        live = _now(call)
        broken.update(
            (node["name"], cluster.rpc_error(cluster.machines[node["name"]]))
            for node in live.nodes
            if not node["offline"] and not cluster.answers(cluster.machines[node["name"]], asked_by=machine)
        )
        for one in live.instances:
            lost = [(where.name, volume) for where, volume in verify_storage.missing(cluster, live, machine, one)]
            if one["disks_active"] and lost:
                missing[one["name"]] = sorted(lost)
            elif one["disks_active"] and _needs_disks(call, live, one, broken):
                names.append(one["name"])
        return []

    shared: dict[str, str] = {"cluster/BGL": "shared"}
    for instance in config.instances:
        shared |= gnt.instance_locks(config, instance, "shared")
    job = scheduler.begin(
        cluster, machine, {"OP_ID": "OP_GROUP_VERIFY_DISKS", "group_name": group}, shared, seconds=8.0, action=act
    )
    call.say(f"Submitted jobs {job}", f"Waiting for job {job} ...")
    gnt.wait_for(call, job)
    code = 0
    for name, text in broken.items():
        call.say(f"Error gathering data on node {name}: {text}")
        call.say("You need to fix these nodes first before fixing instances")
        code = 1
    for name in names:
        call.say(f"Activating disks for instance '{name}'")
        error = activate(call, name)
        if error:
            call.complain(f"Error activating disks for instance {name}: {error}")
            code = 1
    code = max(code, _tell_missing(call, missing))
    if not names and not missing:
        call.say("No disks need to be activated.")
    return code


@program("gnt-cluster info")
def info(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--roman"})
    gnt.arguments(call, options.rest, 0, 0)
    config = gnt.client(call)
    cluster = config.cluster
    call.say(
        f"Cluster name: {cluster['cluster_name']}",
        f"Cluster UUID: {cluster['uuid']}",
        f"Master node: {config.master}",
        "Architecture (this node): 64bits (x86_64)",
        "Tags: (none)",
        "Default hypervisor: fake",
        "Enabled hypervisors: fake",
        "Cluster parameters: ",
        f"  candidate pool size: {cluster['candidate_pool_size']}",
        f"  master netdev: {cluster['master_netdev']}",
        f"  master netmask: {cluster['master_netmask']}",
        f"  lvm volume group: {cluster['volume_group_name']}",
        f"  drbd usermode helper: {cluster['drbd_usermode_helper']}",
        f"  enabled disk templates: {', '.join(cluster['enabled_disk_templates'])}",
        "Default node parameters: ",
        f"  ssh_port: {cluster['ndparams']['ssh_port']}",
    )
    return 0


def _seconds(call: ProgramCall, text: str) -> int:
    """A duration such as `15m`, as lib/cli.py (ParseTimespec) reads it."""
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}.get(text[-1:], 0)
    number = text[:-1] if unit else text
    if not number.isdecimal():
        gnt.prereq(call, f"Invalid time specification '{text}'")
    return int(number) * (unit or 1)


@program("gnt-cluster watcher")
def watcher(call: ProgramCall, args: list[str]) -> int:
    """Pause the watcher, let it go on, or say what it does; the pause is a file on the master."""
    options = parse_gnt(call, args, ())
    gnt.arguments(call, options.rest, 1, 2)
    gnt.client(call)
    files = call.machine.files
    match options.rest:
        case ["continue"]:
            files.remove(WATCHER_PAUSE)
            call.say("The watcher is no longer paused.")
        case ["pause", duration]:
            end = int(call.cluster.now) + _seconds(call, duration)
            files.write(WATCHER_PAUSE, f"{end}\n", owner="gnt-masterd", group="gnt-daemons", mtime=call.cluster.now)
            call.say(f"The watcher is paused until {datetime.fromtimestamp(end, UTC):%a %b %e %H:%M:%S %Y}.")
        case ["pause"]:
            gnt.prereq(call, "Missing pause duration")
        case ["info"]:
            text = (files.read(WATCHER_PAUSE) or "").strip()
            if text.isdecimal() and int(text) > call.cluster.now:
                end = int(text)
                call.say(f"The watcher is paused until {datetime.fromtimestamp(end, UTC):%a %b %e %H:%M:%S %Y}.")
            else:
                call.say("The watcher is not paused.")
        case _:
            gnt.prereq(call, f"Command '{options.rest[0]}' is not supported.")
    return 0


@program("gnt-cluster activate-master-ip")
def activate_master_ip(call: ProgramCall, args: list[str]) -> int:
    """Bring the cluster's address up on the master. Refused while another node still has it."""
    options = parse_gnt(call, args, ())
    gnt.arguments(call, options.rest, 0, 0)
    config = gnt.client(call)

    def act() -> list[str]:
        other = call.cluster.holder_of_master_ip(seen_from=call.machine)
        if other is not None and other is not call.machine:
            raise scheduler.JobFailedError("Could not activate the master IP: Someone else has the master ip")
        call.machine.holds_master_ip = True
        return []

    locks = {"cluster/BGL": "shared"} | {f"node/{node['uuid']}": "shared" for node in config.nodes}
    gnt.run_job(call, {"OP_ID": "OP_CLUSTER_ACTIVATE_MASTER_IP"}, locks, seconds=4.0, action=act)
    return 0


@program("gnt-cluster deactivate-master-ip")
def deactivate_master_ip(call: ProgramCall, args: list[str]) -> int:
    """Take the cluster's address down on the master; asks unless told not to."""
    options = parse_gnt(call, args, {"--yes"})
    gnt.arguments(call, options.rest, 0, 0)
    config = gnt.client(call)
    if "--yes" not in options.flags:
        # It asks on its standard input, and nobody is there.
        return 1

    def act() -> list[str]:
        call.machine.holds_master_ip = False
        return []

    locks = {"cluster/BGL": "shared"} | {f"node/{node['uuid']}": "shared" for node in config.nodes}
    gnt.run_job(call, {"OP_ID": "OP_CLUSTER_DEACTIVATE_MASTER_IP"}, locks, seconds=4.0, action=act)
    return 0
