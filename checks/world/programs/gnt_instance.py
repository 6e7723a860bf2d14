"""gnt-instance: list and info; what submits jobs is in a module of its own. Words: lib/client/gnt_instance.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from checks.drbd.states import SYNCING
from checks.world.config import SimulatedConfig
from checks.world.drbd.proc import percent
from checks.world.ganeti import instances, scheduler
from checks.world.ganeti.drbd_disk import disk_status, side_on
from checks.world.node.machine import SimulatedSide
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import Options, parse_gnt
from checks.world.programs.registry import program

_HEADERS = {
    "name": "Instance",
    "hypervisor": "Hypervisor",
    "os": "OS",
    "pnode": "Primary_node",
    "snodes": "Secondary_Nodes",
    "status": "Status",
    "oper_ram": "Memory",
    "admin_state": "InstState",
    "oper_state": "Running",
    "disk_template": "Disk_template",
    "disks_active": "DisksActive",
    "uuid": "UUID",
}
_DEFAULT = "name,hypervisor,os,pnode,status,oper_ram"


def fields_of(options: Options, default: str) -> list[str]:
    """The columns asked for with -o; a leading plus adds to the usual ones."""
    text = options.value("-o", default)
    return (f"{default},{text[1:]}" if text.startswith("+") else text).split(",")


@program("gnt-instance list")
def list_instances(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--no-headers", "-v"}, {"-o", "--separator", "--units"}, {"--output": "-o"})
    config = gnt.client(call)
    cluster, master = call.cluster, call.machine
    fields = fields_of(options, _DEFAULT)
    chosen = config.instances
    if options.rest:
        chosen = [gnt.find_instance(call, config, name) for name in options.rest]
    rows = []
    for instance in chosen:
        status = instances.status(cluster, config, master, instance)
        memory = {"running": "32M", "ERROR_nodedown": "?", "ERROR_nodeoffline": "*"}.get(status, "-")
        values = {
            "name": instance["name"],
            "hypervisor": instance["hypervisor"],
            "os": instance["os"],
            "pnode": config.name_of(instance["primary_node"]),
            "snodes": ",".join(config.name_of(uuid) for uuid in config.secondaries(instance)),
            "status": status,
            "oper_ram": memory,
            "admin_state": instance["admin_state"],
            "oper_state": {"running": "Y", "ERROR_nodedown": "?", "ERROR_nodeoffline": "*"}.get(status, "N"),
            "disk_template": "drbd",
            "disks_active": "Y" if instance["disks_active"] else "N",
            "uuid": instance["uuid"],
        }
        rows.append([values.get(field, "??") for field in fields])
    if any("ERROR_node" in cell for row in rows for cell in row):
        call.spend(6.0)
    call.say(
        *gnt.table(
            [_HEADERS.get(field, field) for field in fields],
            rows,
            right={"Memory"},
            separator=options.value("--separator") if "--separator" in options.values else None,
            headers="--no-headers" not in options.flags,
        )
    )
    unknown = [field for field in fields if field not in _HEADERS]
    if unknown:
        call.complain(f"Warning: Queried for unknown fields {', '.join(unknown)}")
        return 14
    return 0


@program("gnt-instance info")
def info(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"-s", "--all", "--roman"}, (), {"--static": "-s"})
    config = gnt.client(call)
    if bool(options.rest) == ("--all" in options.flags):
        gnt.prereq(call, "Please specify either the --all option or instance names, but not both")
    chosen = [gnt.find_instance(call, config, name) for name in options.rest] or config.instances
    static = "-s" in options.flags
    cluster, master = call.cluster, call.machine
    if not static:
        wanted: dict[str, str] = {"cluster/BGL": "shared"}
        for instance in chosen:
            wanted |= gnt.instance_locks(config, instance, "shared")

        def reachable() -> list[str]:
            for instance in chosen:
                for uuid in (instance["primary_node"], *config.secondaries(instance)):
                    machine = cluster.by_uuid(config, uuid)
                    offline = config.data["nodes"][uuid]["offline"]
                    if not offline and not cluster.answers(machine, asked_by=master):
                        raise scheduler.JobFailedError(
                            f"Can't compute disk status for {instance['name']}: {cluster.rpc_error(machine)}"
                        )
            return []

        gnt.run_job(call, {"OP_ID": "OP_INSTANCE_QUERY_DATA"}, wanted, seconds=14.0, action=reachable)
    for instance in chosen:
        _show(call, config, instance, static=static)
    return 0


def _show(call: ProgramCall, config: SimulatedConfig, instance: dict[str, Any], *, static: bool) -> None:
    primary = call.cluster.by_uuid(config, instance["primary_node"])
    actual = "" if static else f", actual state is {'up' if instance['name'] in primary.domains else 'down'}"
    group, group_data = next(iter(config.data["nodegroups"].items()))
    call.say(
        f"- Instance name: {instance['name']}",
        f"  UUID: {instance['uuid']}",
        f"  Serial number: {instance['serial_no']}",
        f"  Creation time: {datetime.fromtimestamp(instance['ctime'], UTC):%Y-%m-%d %H:%M:%S}",
        f"  Modification time: {datetime.fromtimestamp(instance['mtime'], UTC):%Y-%m-%d %H:%M:%S}",
        f"  State: configured to be {instance['admin_state']}{actual}",
        "  Nodes: ",
        f"    - primary: {primary.name}",
        f"      group: {group_data['name']} (UUID {group})",
        *(
            f"    - secondaries: {config.name_of(uuid)} (group {group_data['name']}, group UUID {group})"
            for uuid in config.secondaries(instance)
        ),
        f"  Operating system: {instance['os']}",
        "  Disk template: drbd",
        "  Disks: ",
    )
    for index, disk in enumerate(config.disks(instance)):
        ends = [instance["primary_node"], *config.secondaries(instance)]
        call.say(f"    - disk/{index}: drbd, size {disk['size']}M", "      access mode: rw")
        for letter, uuid in zip("AB", ends, strict=False):
            call.say(f"      node{letter}: {config.name_of(uuid)}, minor={config.minor(disk, uuid)}")
        call.say(f"      port: {disk['logical_id'][2]}")
        for role, uuid in zip(("primary", "secondary"), ends, strict=False):
            side = side_on(config, disk, call.cluster.by_uuid(config, uuid))
            if static or side is None or config.data["nodes"][uuid]["offline"]:
                continue
            minor = config.minor(disk, uuid)
            call.say(f"      on {role}: /dev/drbd{minor} (147:{minor}) {status_words(call, side)}")
        call.say("      name: None", f"      UUID: {disk['uuid']}", "      child devices: ")
        for number, child in enumerate(disk["children"]):
            call.say(
                f"        - child {number}: plain, size {child['size']}M",
                f"          logical_id: {'/'.join(child['logical_id'])}",
                *(() if static else _child(call, config, instance, child)),
                "          name: None",
                f"          UUID: {child['uuid']}",
            )


def _child(call: ProgramCall, config: SimulatedConfig, instance: dict[str, Any], child: dict[str, Any]) -> list[str]:
    """Where a volume is; a line is left out where it is not."""
    lines = []
    ends = [instance["primary_node"], *config.secondaries(instance)]
    for role, uuid in zip(("primary", "secondary"), ends, strict=False):
        storage = call.cluster.by_uuid(config, uuid).storage
        volume = storage.find("/".join(child["logical_id"]))
        if volume is not None and not config.data["nodes"][uuid]["offline"]:
            lines.append(f"          on {role}: {volume.path} (254:{storage.all().index(volume)})")
    return lines


def status_words(call: ProgramCall, side: SimulatedSide) -> str:
    """How a side is described; what the words stand for differs by version (lib/client/gnt_instance.py)."""
    local = disk_status(side, call.cluster)
    words = "in sync"
    if side.state in SYNCING:
        done, seconds = percent(side, call.cluster.clock.monotonic()) if side.sync is not None else (0.0, 0)
        words = f"*RECOVERING* {done:5.2f}%, ETA {f'{seconds}s' if seconds else 'unknown'}"
    state = "*DEGRADED*" if side.degraded else "ok"
    missing = {"faulty": " *MISSING DISK*", "unknown": " *UNCERTAIN STATE*"}.get(local, "")
    return f"{words}, status {state}{missing}"
