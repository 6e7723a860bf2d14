"""A healthy cluster, from nothing: files, daemons, devices, instances and a queue with a past."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from checks.drbd.states import Role
from checks.releases import SYSLOG_FILES
from checks.world import config as configuration
from checks.world import jobs, kernel, layout
from checks.world.cluster import DEFAULTS, DEFAULTS_PATH, SimulatedCluster
from checks.world.ganeti import daemons, host_keys, mirroring, root_keys
from checks.world.ganeti.locks import LockTable
from checks.world.layout import Layout
from checks.world.node import host_setup, packages
from checks.world.node.blocks import BLOCK, Blocks
from checks.world.node.drbd_metadata import Metadata
from checks.world.node.lvm import DISK, MIB, SimulatedGroup
from checks.world.node.machine import Machine
from checks.world.simclock import SimulatedClock

META_MIB = 128
"""The size of a volume with metadata (Constants.hs, drbdMetaSize)."""

WATCHER = {"OP_ID": "OP_GROUP_VERIFY_DISKS", "group_name": layout.GROUP_UUID}


def _past(plan: Layout) -> list[dict[str, str]]:
    """What a new cluster has done; later jobs are the watcher's."""
    return [
        {"OP_ID": "OP_CLUSTER_POST_INIT"},
        {"OP_ID": "OP_NODE_ADD", "node_name": plan.node_names[1]},
        *({"OP_ID": "OP_INSTANCE_CREATE", "instance_name": one.name} for one in plan.instances[: layout.AT_LEAST]),
        *({"OP_ID": "OP_INSTANCE_STARTUP", "instance_name": one.name} for one in plan.instances[: layout.AT_LEAST]),
        {"OP_ID": "OP_CLUSTER_VERIFY"},
        {"OP_ID": "OP_CLUSTER_VERIFY_CONFIG"},
        {"OP_ID": "OP_CLUSTER_VERIFY_GROUP", "group_name": layout.GROUP_UUID},
    ]


def healthy(plan: Layout, version: str, past_jobs: int) -> SimulatedCluster:
    """A cluster of these nodes and instances, all well; the first node is its master."""
    clock = SimulatedClock()
    machines = [
        Machine(name, number, *plan.addresses(number), ssh_port=plan.ssh_port)
        for number, name in enumerate(plan.node_names, 1)
    ]
    cluster = SimulatedCluster(machines, version, clock, configuration.build(plan, machines, version, clock.epoch()))
    for machine in machines:
        machine.syslog = SYSLOG_FILES.on(version)
    made = clock.epoch() - 5000
    files = configuration.files(cluster.first_config, version)
    for machine in machines:
        furnish(machine, machines, made, cluster=plan.cluster, master_ip=plan.master_ip)
        machine.storage.make_group(plan.volume_group, [DISK])
        configuration.install(machine, files, now=made, full=True)
    host_keys.furnish(machines, made, cluster=plan.cluster)
    for machine in machines:
        packages.furnish(machine, version, made)
        packages.furnish_site(machine, made)
    root_keys.furnish(machines, plan.node_uuids, version, made)
    master = machines[0]
    LockTable().save(master, made)
    # The master comes last: its daemons want the others' votes.
    for machine in reversed(machines):
        daemons.start_all(cluster, machine)
    past = _past(plan)
    for number in range(1, past_jobs + 1):
        op = past[number - 1] if number <= len(past) else WATCHER
        received = made + 60.0 * number
        data = jobs.new(number, op, received)
        jobs.set_status(data, "running", received + 1)
        jobs.set_status(data, "success", received + 9)
        for machine in machines:
            jobs.store(machine, data, received + 9)
    for machine in machines:
        write_serial(machine, past_jobs, cluster.now)
    _start_instances(cluster, plan)
    since = clock.monotonic() - 4000
    for machine in machines:
        for process in machine.processes.values():
            process.started = since
    return cluster


def write_serial(machine: Machine, number: int, now: float) -> None:
    machine.files.write(
        f"{jobs.QUEUE}/serial", f"{number}\n", owner="gnt-masterd", group="gnt-luxid", mode=0o600, mtime=now
    )


def furnish(machine: Machine, machines: list[Machine], made: float, *, cluster: str, master_ip: str) -> None:
    """The files that every node has besides the configuration, and the modules that are loaded at boot."""
    files = machine.files
    files.write(DEFAULTS_PATH, DEFAULTS, mtime=made)
    host_setup.prepared(machine, made)
    kernel.boot(machine)
    hosts = "".join(f"{m.primary_ip}\t{m.name} {m.name.split('.', 1)[0]}\n" for m in machines)
    files.write("/etc/hosts", f"127.0.0.1\tlocalhost\n{master_ip}\t{cluster}\n{hosts}", mtime=made)
    files.make_dir("/var/lib/ganeti/queue/archive", owner="gnt-masterd", group="gnt-daemons", mode=0o750)
    files.make_dir("/var/lib/ganeti/rapi", owner="gnt-rapi", group="gnt-masterd", mode=0o750)
    for name, text in (
        ("hmac.key", "8f1d0c7ab2"),
        ("cluster-domain-secret", "51bf0de733"),
        ("rapi.pem", "(certificate)"),
    ):
        files.write(f"/var/lib/ganeti/{name}", f"{text}\n", owner="gnt-masterd", mode=0o440, mtime=made)
    for name, text in (("lock", ""), ("version", "1\n")):
        files.write(f"{jobs.QUEUE}/{name}", text, owner="gnt-masterd", group="gnt-daemons", mode=0o640, mtime=made)
    when = datetime.fromtimestamp(made, UTC)
    files.write(
        "/var/log/ganeti/commands.log",
        f"{when:%Y-%m-%d %H:%M:%S},000: gnt-cluster init pid=611 INFO run with arguments '{cluster}'\n",
        mtime=made,
    )


def _start_instances(cluster: SimulatedCluster, plan: Layout) -> None:
    config = cluster.first_config
    for one in plan.instances:
        ends = [cluster.machines[plan.node_names[number - 1]] for number in (one.primary, one.secondary)]
        ends[0].domains.add(one.name)
        for disk in one.disks:
            for machine in ends:
                _create(machine.storage.groups[plan.volume_group], disk, one.name)
        mirroring.assemble(cluster, config, config.data["instances"][one.uuid], master=ends[0])
    for machine in cluster.machines.values():
        machine.kernel_log.clear()
        for side in machine.drbd.values():
            side.traffic.update({"ns": 4096, "dr": 4096} if side.role == Role.PRIMARY else {"nr": 4096, "dw": 4096})


def _create(group: SimulatedGroup, disk: layout.DiskPlan, instance: str) -> None:
    """The two volumes of a disk, in sync with those of the other node and in use before."""
    data = group.create(f"{disk.volume}_data", disk.size * MIB)
    meta = group.create(f"{disk.volume}_meta", META_MIB * MIB)
    for volume in (data, meta):
        volume.tags.append(f"originstname+{instance}")
    data.write(0, data.size // BLOCK, 2 + disk.minor)
    seen = [int.from_bytes(hashlib.sha256(f"{disk.uuid} {number}".encode()).digest()[:8], "big") & ~1
            for number in range(3)]  # fmt: skip
    meta.metadata = Metadata(
        Blocks(data.size // BLOCK), seen[0], 0, [seen[1], seen[2]], consistent=True, was_up_to_date=True
    )
