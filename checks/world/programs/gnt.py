"""What all gnt commands share: who may run them, how they submit a job and wait for it, fail, and print tables.

Words: lib/cli.py (GetClient, FormatError, PollJob) at v3.0.2, and the transcripts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from checks.world import jobs
from checks.world.config import SimulatedConfig
from checks.world.ganeti import scheduler
from checks.world.ganeti.locks import Wanted
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import Options

TIMEOUT_WORDS = (
    "Timeout while talking to the master daemon. Jobs might have been submitted and will continue to run even if"
    ' the call timed out. Useful commands in this situation are "gnt-job list", "gnt-job cancel" and "gnt-job'
    ' watch". Error:\nConnect timed out'
)
CLIENT_SECONDS = 4.0
TIMEOUT_SECONDS = 39.0


def log(call: ProgramCall) -> None:
    """Note the command as Ganeti does, in commands.log."""
    path = "/var/log/ganeti/commands.log"
    files = call.machine.files
    when = call.cluster.clock.now()
    line = (
        f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d}: {call.program} {call.argv[1]}"
        f" pid={call.machine.next_pid} INFO run with arguments '{' '.join(call.argv[2:])}'\n"
    )
    files.write(path, (files.read(path) or "") + line, mtime=call.cluster.now)


def prereq(call: ProgramCall, text: str, kind: str = "wrong_input") -> NoReturn:
    """End as on a failed prerequisite."""
    call.fail(f"Failure: prerequisites not met for this operation:\nerror type: {kind}, error details:\n{text}")


def client(call: ProgramCall) -> SimulatedConfig:
    """Talk to luxid here, as every command does that needs the cluster.

    Ends the command when this is not the master or luxid does not answer.
    """
    log(call)
    master = call.machine.ssconf("master_node")
    config = SimulatedConfig.read(call.machine)
    if scheduler.luxid_works(call.machine) and config is not None:
        call.spend(CLIENT_SECONDS)
        return config
    if master == call.machine.name:
        call.spend(TIMEOUT_SECONDS)
        call.fail(TIMEOUT_WORDS)
    call.spend(CLIENT_SECONDS)
    if master is None:
        prereq(call, "Cluster not initialized", "wrong_state")
    return prereq(call, f"This is not the master node, please connect to node '{master}' and rerun the command")


def wait_for(call: ProgramCall, job: int) -> dict[str, Any]:
    """Wait until a job has ended, however long its locks take; returns the job."""
    clock = call.cluster.clock
    while True:
        data = jobs.load(call.machine, job)
        if data is None:
            call.fail(f"Error checking job status: Job with id {job} lost")
        if jobs.status(data) in jobs.FINAL:
            return data
        due = clock.next_due()
        if due is None or due > call.deadline:
            call.wait_to_the_end()
        clock.pass_to(due)


def told(seconds: float, text: str) -> str:
    """A line of a job's log as a client prints it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%a %b %e %H:%M:%S %Y} {text}"


def show_log(call: ProgramCall, data: dict[str, Any]) -> None:
    for _, when, _, text in data["ops"][0]["log"]:
        call.say(told(when[0], text))


def result_words(data: dict[str, Any]) -> str:
    """A failed job's error as lib/cli.py words it."""
    kind, words = (data["ops"][0]["result"] or ["OpExecError", ["unknown error"]])[:2]
    if kind == "OpPrereqError":
        return f"Failure: prerequisites not met for this operation:\nerror type: {words[1]}, error details:\n{words[0]}"
    return f"Failure: command execution error:\n{words[0]}"


JOB_FLAGS = frozenset({"--submit", "--print-jobid"})
"""What every command takes that submits one job."""


def run_job(
    call: ProgramCall,
    op: dict[str, Any],
    wanted: Wanted,
    *,
    seconds: float,
    action: jobs.Turn,
    options: Options | None = None,
) -> dict[str, Any]:
    """Submit a job, follow it to its end, print what it says; ends the command if it fails.

    With --submit it ends at once, with the number of the job.
    """
    op = {**op, "reason": reason(call, options)}
    job = scheduler.begin(call.cluster, call.machine, op, wanted, seconds=seconds, action=action)
    if options is not None and "--submit" in options.flags:
        if "--print-jobid" in options.flags:
            call.say(str(job))
        call.fail(f"JobID: {job}", code=0)
    data = wait_for(call, job)
    show_log(call, data)
    if jobs.status(data) != "success":
        call.fail(result_words(data))
    return data


def reason(call: ProgramCall, options: Options | None) -> list[list[Any]]:
    """The reason trail: what the user gave, then the command (lib/cli.py, _InitReasonTrail)."""
    now = int(call.cluster.now * 1e9)
    trail: list[list[Any]] = []
    if options is not None and "--reason" in options.values:
        trail.append(["gnt:user", options.value("--reason"), now])
    trail.append([f"gnt:client:{call.program}", call.argv[1], now])
    return trail


def instance_locks(config: SimulatedConfig, instance: dict[str, Any], mode: str = "exclusive") -> Wanted:
    """What an operation on an instance and its disks locks."""
    ends = [instance["primary_node"], *config.secondaries(instance)]
    return {
        "cluster/BGL": "shared",
        f"instance/{instance['name']}": mode,
        **{f"node/{uuid}": mode for uuid in ends},
    }


def find_instance(call: ProgramCall, config: SimulatedConfig, name: str) -> dict[str, Any]:
    instance = config.instance(name)
    if instance is None:
        prereq(call, f"Instance '{name}' not known", "unknown_entity")
    return instance


def find_node(call: ProgramCall, config: SimulatedConfig, name: str) -> dict[str, Any]:
    node = config.node(name)
    if node is None:
        prereq(call, f"Node '{name}' not known", "unknown_entity")
    return node


def arguments(call: ProgramCall, given: list[str], minimum: int, maximum: int | None) -> None:
    """Refuse a wrong number of arguments (lib/cli.py, _CheckArguments)."""
    command = call.argv[1]
    if maximum == 0 and given:
        call.fail(f"Error: Command {command} expects no arguments")
    if minimum == maximum and len(given) != minimum:
        call.fail(f"Error: Command {command} expects {minimum} argument(s)")
    if maximum is not None and len(given) > maximum:
        call.fail(f"Error: Command {command} expects only {maximum} argument(s)")
    if len(given) < minimum:
        call.fail(f"Error: Command {command} expects at least {minimum} argument(s)")


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    separator: str | None = None,
    headers: bool = True,
) -> list[str]:
    """Lines of a table: columns as wide as their widest cell, the last one not padded.

    With a separator nothing is padded.
    """
    lines = [list(header), *map(list, rows)] if headers else [list(row) for row in rows]
    if separator is not None:
        return [separator.join(line) for line in lines]
    if not lines:
        return []
    widths = [max(len(line[index]) for line in lines) for index in range(len(header))]
    done = []
    for line in lines:
        cells = []
        for index, cell in enumerate(line):
            last = index == len(line) - 1
            if header[index] in right:
                cells.append(cell.rjust(widths[index]))
            else:
                cells.append(cell if last else cell.ljust(widths[index]))
        done.append(" ".join(cells))
    return done
