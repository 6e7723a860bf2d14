"""The commands of gnt-instance that submit a job. Words: lib/client/gnt_instance.py."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from checks.world import jobs
from checks.world.ganeti import instances, migration, replacing, scheduler, waiting
from checks.world.ganeti.drbd_disk import side_on
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import Options, parse_gnt
from checks.world.programs.registry import program

ONE_OF = "One and only one of the -p, -s, -a, -n and -I options must be passed"
MODES = {"-p": "p", "-s": "s", "-a": "a"}


def activate(call: ProgramCall, name: str) -> str:
    """Submit and follow the activation of an instance's disks; returns the error, if there was one."""
    config, instance = instances.fresh(call.machine, name)
    job = scheduler.begin(
        call.cluster,
        call.machine,
        {"OP_ID": "OP_INSTANCE_ACTIVATE_DISKS", "instance_name": name, "ignore_size": False},
        gnt.instance_locks(config, instance),
        seconds=8.0,
        action=partial(instances.activate_disks, call.cluster, call.machine, name),
    )
    data = gnt.wait_for(call, job)
    return "" if jobs.status(data) == "success" else gnt.result_words(data)


def _submit(
    call: ProgramCall, options: Options, name: str, op: str, turn: jobs.Turn, *, seconds: float, **fields: Any
) -> None:
    config, instance = instances.fresh(call.machine, name)
    gnt.run_job(
        call,
        {"OP_ID": op, "instance_name": name, **fields},
        gnt.instance_locks(config, instance),
        seconds=seconds,
        action=turn,
        options=options,
    )


def _one(call: ProgramCall, options: Options) -> str:
    gnt.arguments(call, options.rest, 1, 1)
    config = gnt.client(call)
    return str(gnt.find_instance(call, config, options.rest[0])["name"])


@program("gnt-instance activate-disks")
def activate_disks(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--ignore-size", "--wait-for-sync", *gnt.JOB_FLAGS})
    name = _one(call, options)
    waits = "--wait-for-sync" in options.flags

    def turn() -> Iterator[str | float]:
        yield from instances.activate_disks(call.cluster, call.machine, name)
        if waits:
            yield from _until_synced(call, name)

    _submit(
        call, options, name, "OP_INSTANCE_ACTIVATE_DISKS", turn, seconds=8.0, ignore_size=False, wait_for_sync=waits
    )
    config, instance = instances.fresh(call.machine, name)
    call.say(*instances.devices(config, instance))
    return 0


def _until_synced(call: ProgramCall, name: str) -> Iterator[str | float]:
    config, instance = instances.fresh(call.machine, name)
    primary = call.cluster.by_uuid(config, instance["primary_node"])
    sides = [side for disk in config.disks(instance) if (side := side_on(config, disk, primary)) is not None]
    try:
        yield from waiting.until_synced(call.cluster, sides)
    except scheduler.JobFailedError as error:
        raise scheduler.JobFailedError("Some disks of the instance are degraded!") from error


@program("gnt-instance deactivate-disks")
def deactivate_disks(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--force", *gnt.JOB_FLAGS})
    name = _one(call, options)
    turn = partial(instances.deactivate_disks, call.cluster, call.machine, name, force="--force" in options.flags)
    _submit(call, options, name, "OP_INSTANCE_DEACTIVATE_DISKS", turn, seconds=6.0)
    return 0


@program("gnt-instance start", "gnt-instance startup")
def startup(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--force", "--ignore-offline", *gnt.JOB_FLAGS})
    gnt.arguments(call, options.rest, 1, None)
    config = gnt.client(call)
    for given in options.rest:
        name = gnt.find_instance(call, config, given)["name"]
        if len(options.rest) > 1:
            call.say(f"Waiting for job for {name} ...")
        turn = partial(instances.start, call.cluster, call.machine, name, force="--force" in options.flags)
        _submit(call, options, name, "OP_INSTANCE_STARTUP", turn, seconds=12.0)
    return 0


@program("gnt-instance shutdown", "gnt-instance stop")
def shutdown(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--force", "--ignore-offline", *gnt.JOB_FLAGS}, {"--timeout"})
    gnt.arguments(call, options.rest, 1, None)
    config = gnt.client(call)
    for given in options.rest:
        name = gnt.find_instance(call, config, given)["name"]
        if len(options.rest) > 1:
            call.say(f"Waiting for job for {name} ...")
        turn = partial(instances.stop, call.cluster, call.machine, name)
        _submit(call, options, name, "OP_INSTANCE_SHUTDOWN", turn, seconds=10.0)
    return 0


@program("gnt-instance failover")
def failover(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--force", "--ignore-consistency", *gnt.JOB_FLAGS})
    name = _one(call, options)
    if "--force" not in options.flags:
        # It asks on the terminal, and there is none.
        return 1
    turn = partial(instances.failover, call.cluster, call.machine, name)
    _submit(call, options, name, "OP_INSTANCE_FAILOVER", turn, seconds=25.0)
    return 0


@program("gnt-instance migrate")
def migrate(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--force", "--cleanup", "--non-live", *gnt.JOB_FLAGS})
    name = _one(call, options)
    if "--force" not in options.flags:
        # It asks on the terminal, and there is none.
        return 1
    cleanup = "--cleanup" in options.flags
    turn = partial(migration.cleanup if cleanup else migration.migrate, call.cluster, call.machine, name)
    _submit(call, options, name, "OP_INSTANCE_MIGRATE", turn, seconds=1.0, cleanup=cleanup, mode="live",
            allow_failover=False)  # fmt: skip
    return 0


@program("gnt-instance replace-disks")
def replace_disks(call: ProgramCall, args: list[str]) -> int:
    flags = {*MODES, "--early-release", "--ignore-ipolicy", *gnt.JOB_FLAGS}
    aliases = {"--on-primary": "-p", "--on-secondary": "-s", "--auto": "-a", "--new-secondary": "-n",
               "--iallocator": "-I"}  # fmt: skip
    options = parse_gnt(call, args, flags, {"--disks", "-n", "-I"}, aliases)
    name = _one(call, options)
    config, instance = instances.fresh(call.machine, name)
    if len(options.flags & MODES.keys()) + ("-n" in options.values) + ("-I" in options.values) != 1:
        gnt.prereq(call, ONE_OF)
    if "-n" in options.values:
        new = gnt.find_node(call, config, options.value("-n"))
        ends = [instance["primary_node"], *config.secondaries(instance)]
        if new["uuid"] == ends[0]:
            gnt.prereq(call, "The specified node is the primary node of the instance")
        if new["uuid"] in ends:
            gnt.prereq(call, "The specified node is already the secondary node of the instance")
    if not options.flags & MODES.keys():
        gnt.prereq(call, "Instances of this cluster are not moved to other nodes here")
    mode = next(MODES[flag] for flag in options.flags if flag in MODES)
    if mode == "a" and "--disks" in options.values:
        gnt.prereq(call, "Cannot specify disks to be replaced")
    text = options.value("--disks")
    if text and not all(word.isdecimal() for word in text.split(",")):
        gnt.prereq(call, f"Invalid disk index passed: invalid literal for int() with base 10: '{text}'")
    chosen = tuple(map(int, text.split(","))) if text else ()
    turn = partial(replacing.replace, call.cluster, call.machine, name, mode=mode, chosen=chosen,
                   early="--early-release" in options.flags)  # fmt: skip
    word = {"p": "replace_on_primary", "s": "replace_on_secondary", "a": "replace_auto"}[mode]
    _submit(call, options, name, "OP_INSTANCE_REPLACE_DISKS", turn, seconds=1.0, mode=word, disks=list(chosen))
    return 0
