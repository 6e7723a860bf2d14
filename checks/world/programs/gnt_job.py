"""gnt-job: list, info, cancel. Words: lib/client/gnt_job.py and src/Ganeti/JQueue.hs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from checks.releases import JOB_KILL
from checks.world import jobs
from checks.world.ganeti import scheduler
from checks.world.ganeti.locks import LockTable
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program

_FILTERS = {
    "--running": {"running"},
    "--waiting": {"waiting"},
    "--queued": {"queued"},
    "--pending": {"queued", "waiting", "canceling"},
    "--error": {"error"},
    "--finished": {"success", "error", "canceled"},
}
_HEADERS = {"id": "ID", "status": "Status", "summary": "Summary", "oplog": "OpLog"}
SIGNAL_SECONDS = 1.0


@program("gnt-job list")
def list_jobs(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--no-headers", *_FILTERS}, {"-o", "--separator"}, {"--output": "-o"})
    gnt.client(call)
    text = options.value("-o", "id,status,summary")
    fields = ("id,status,summary," + text[1:] if text.startswith("+") else text).split(",")
    unknown = [field for field in fields if field not in _HEADERS]
    wanted: set[str] = set()
    for flag in options.flags & _FILTERS.keys():
        wanted |= _FILTERS[flag]
    rows = []
    for number in jobs.numbers(call.machine):
        data = jobs.load(call.machine, number)
        if data is None or (wanted and jobs.status(data) not in wanted):
            continue
        if options.rest and str(number) not in options.rest:
            continue
        values = {
            "id": str(number),
            "status": jobs.status(data),
            "summary": jobs.summary(data),
            "oplog": str([op["log"] for op in data["ops"]]),
        }
        rows.append([values.get(field, "??") for field in fields])
    call.say(
        *gnt.table(
            [_HEADERS.get(field, field) for field in fields],
            rows,
            right={"ID"},
            separator=options.value("--separator") if "--separator" in options.values else None,
            headers="--no-headers" not in options.flags,
        )
    )
    if unknown:
        call.complain(f"Warning: Queried for unknown fields {', '.join(unknown)}")
        return 14
    return 0


def _when(value: list[int] | None) -> str:
    if not value:
        return "unknown (None)"
    return f"{datetime.fromtimestamp(value[0], UTC):%Y-%m-%d %H:%M:%S}.{value[1]:06d}"


@program("gnt-job info")
def info(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, ())
    gnt.arguments(call, options.rest, 1, None)
    gnt.client(call)
    for word in options.rest:
        data = jobs.load(call.machine, int(word)) if word.isdecimal() else None
        if data is None:
            call.say(f"- Job ID {word} not found")
            continue
        _show(call, data)
    return 0


def _show(call: ProgramCall, data: dict[str, Any]) -> None:
    op = data["ops"][0]
    call.say(
        f"- Job ID: {data['id']}",
        f"  Status: {jobs.status(data)}",
        f"  Received:         {_when(data['received_timestamp'])}",
        f"  Processing start: {_when(data['start_timestamp'])}",
        f"  Processing end:   {_when(data['end_timestamp'])}",
        "  Opcodes: ",
        f"    - Opcode: {op['input']['OP_ID']}",
        f"      Status: {op['status']}",
        "      Input fields: ",
        *(f"        {key}: {value}" for key, value in sorted(op["input"].items())),
        f"      Result: {op['result']}",
        "      Execution log: ",
    )
    for number, when, kind, text in op["log"]:
        call.say(f"        - Time: {_when(when)}", f"          Content: [{number}, {kind}, {text}]")


@program("gnt-job cancel")
def cancel(call: ProgramCall, args: list[str]) -> int:
    flags = {"--force", "--pending", "--queued", "--waiting"}
    if JOB_KILL.on(call.cluster.version):
        flags |= {"--kill", "--yes-do-it"}
    options = parse_gnt(call, args, flags, (), {"--ya-rly": "--yes-do-it"})
    if "--kill" in options.flags and "--yes-do-it" not in options.flags:
        gnt.log(call)
        call.spend(gnt.CLIENT_SECONDS)
        gnt.prereq(call, "The --kill option must be confirmed with --yes-do-it")
    gnt.client(call)
    chosen = options.flags & _FILTERS.keys()
    if bool(options.rest) == bool(chosen):
        gnt.prereq(call, "Either a status filter or job ID(s) must be specified and never both")
    numbers = [int(word) for word in options.rest if word.isdecimal()]
    if len(numbers) != len(options.rest):
        bad = next(word for word in options.rest if not word.isdecimal())
        gnt.prereq(call, f"Invalid job ID '{bad}'")
    if chosen:
        wanted = set().union(*(_FILTERS[flag] for flag in chosen))
        numbers = [
            number
            for number in jobs.numbers(call.machine)
            if (data := jobs.load(call.machine, number)) is not None and jobs.status(data) in wanted
        ]
        if not numbers:
            gnt.prereq(call, "No jobs with the requested status have been found", "wrong_state")
        if "--force" not in options.flags:
            # It would ask on the terminal, and there is none.
            call.say(*gnt.table(["ID", "Status", "Summary"], [], right={"ID"}))
            return 13
    code = 0
    for number in numbers:
        done, text = _cancel(call, number, kill="--kill" in options.flags)
        call.say(text)
        code = code or int(not done)
    return code


def _cancel(call: ProgramCall, number: int, *, kill: bool) -> tuple[bool, str]:
    cluster, master = call.cluster, call.machine
    data = jobs.load(master, number)
    if data is None:
        return False, "Can't load job file"
    if jobs.status(data) == "queued":
        jobs.set_status(data, "canceled", cluster.now)
        scheduler.replicate(cluster, master, data)
        return True, f"Dequeued job {number}"
    pid = data.get("process_id")
    if pid not in master.processes:
        return True, f"Job {number} has been already dead"
    call.spend(SIGNAL_SECONDS)
    if kill:
        del master.processes[pid]
        scheduler.process_died(cluster, master, scheduler.KILL_NOTICED_SECONDS)
        return True, "SIGKILL send to the process"
    if jobs.status(data) == "running":
        return False, "Job no longer waiting, can't cancel (informed it anyway)"
    table = LockTable.read(master)
    table.drop(number)
    table.save(master, cluster.now)
    del master.processes[pid]
    jobs.set_status(data, "canceled", cluster.now)
    scheduler.replicate(cluster, master, data)
    scheduler.settle(cluster, master)
    return True, f"Job {number} canceled"
