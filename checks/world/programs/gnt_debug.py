"""gnt-debug: the locks, and wconfd's own commands. Words: lib/client/gnt_debug.py."""

from __future__ import annotations

from checks.world.ganeti import scheduler
from checks.world.ganeti.locks import LockTable
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program

_HEADERS = ("name", "mode", "owner", "pending")


@program("gnt-debug locks")
def locks(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, {"--no-headers", "-v"}, {"-o", "--separator"}, {"--output": "-o"})
    gnt.arguments(call, options.rest, 0, 0)
    gnt.client(call)
    fields = options.value("-o", "name,mode,owner,pending").split(",")
    unknown = [field for field in fields if field not in _HEADERS]
    rows = [dict(zip(_HEADERS, row, strict=True)) for row in LockTable.read(call.machine).rows()]
    call.say(
        *gnt.table(
            [field.capitalize() if field in _HEADERS else field for field in fields],
            [[row.get(field, "??") for field in fields] for row in rows],
            separator=options.value("--separator") if "--separator" in options.values else None,
            headers="--no-headers" not in options.flags,
        )
    )
    if unknown:
        call.complain(f"Warning: Queried for unknown fields {', '.join(unknown)}")
        return 14
    return 0


@program("gnt-debug wconfd")
def wconfd(call: ProgramCall, args: list[str]) -> int:
    options = parse_gnt(call, args, ())
    gnt.arguments(call, options.rest, 1, None)
    gnt.log(call)
    command, *rest = options.rest
    call.spend(gnt.CLIENT_SECONDS)
    known = {"cleanuplocks", "listalllocks", "flushconfig"}
    if command not in known:
        call.fail(f"Command '{command}' not supported")
    if rest:
        call.fail(f"Command '{command}' takes no arguments.")
    if call.machine.daemon("wconfd") is None:
        call.fail(
            "Cannot communicate with socket '/var/run/ganeti/socket/ganeti-wconfd'."
            "\nIs the process running and listening for connections?"
        )
    if command == "cleanuplocks":
        scheduler.clean_locks(call.cluster, call.machine)
        call.say("Stale locks cleaned up.")
    elif command == "listalllocks":
        call.say(f"Answer: {[row[0] for row in LockTable.read(call.machine).rows()]}")
    else:
        call.say("Configuration flushed.")
    return 0
