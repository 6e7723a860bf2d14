"""drbdsetup of drbd-utils 9 with the kernel module 8.4 (user/v84/drbdsetup_84.c; the transcripts)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from checks.drbd.states import Connection
from checks.world.drbd import operations
from checks.world.drbd.operations import DrbdError
from checks.world.ganeti.drbd_disk import NO_MODULE
from checks.world.node.machine import Net, SimulatedSide
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

USAGE = 20
FAILURE = 10
UNKNOWN_MINOR = "Failure: (127) Device minor not allocated\nadditional info from kernel:\nunknown minor"
UNKNOWN_CONNECTION = "Failure: (162) Invalid configuration request\nadditional info from kernel:\nunknown connection"
SHOWN = {Connection.WF_CONNECTION: "Connecting", Connection.WF_REPORT_PARAMS: "Connecting"}


@program("drbdsetup")
def drbdsetup(call: ProgramCall, args: list[str]) -> int:
    command, *rest = args or [""]
    action = COMMANDS.get(command)
    if action is None:
        call.complain(f"{command}: unknown command" if command else "", "USAGE: drbdsetup command device arguments")
        return USAGE
    if not call.machine.drbd_loaded:
        call.complain(NO_MODULE.split(",", maxsplit=1)[0].replace("The file", "Could not open"))
        call.fail("Could not connect to 'drbd' generic netlink family", code=USAGE)
    if _somebody_hangs(call):
        _hang(call)
    try:
        return action(call, rest)
    except DrbdError as error:
        call.fail(f"{rest[0] if rest else ''}: {error.text}", code=error.code)


def _somebody_hangs(call: ProgramCall) -> bool:
    """One that hangs in the kernel keeps the others out."""
    return any(one.stat.startswith("D") and "drbdsetup" in one.args for one in call.machine.processes.values())


def _hang(call: ProgramCall) -> None:
    """Never come back: the process stays, and no signal ends it."""
    process = call.machine.spawn(" ".join(call.argv), at=call.cluster.clock.monotonic())
    process.stat = "D"
    call.wait_to_the_end()


def _minor(call: ProgramCall, word: str, command: str) -> SimulatedSide:
    plain = word.removeprefix("/dev/drbd")
    if not plain.isdecimal():
        call.fail(f"Cannot determine minor device number of device '{word}'", code=USAGE)
    side = call.machine.drbd.get(int(plain))
    if side is None:
        call.fail(f"{plain}: {UNKNOWN_MINOR}", code=FAILURE)
    _one_argument(call, [word], command)
    return side


def _one_argument(call: ProgramCall, words: list[str], command: str) -> None:
    if len(words) != 1:
        call.fail(f"USAGE:\n drbdsetup {command} {{minor}}", code=USAGE)


def _resource(call: ProgramCall, word: str) -> SimulatedSide:
    plain = word.removeprefix("resource")
    side = call.machine.drbd.get(int(plain)) if word != plain and plain.isdecimal() else None
    if side is None:
        call.fail(f"{word}: Failure: (158) Unknown resource", code=FAILURE)
    return side


def _on_minor(
    show: Callable[[ProgramCall, SimulatedSide], str | None], command: str
) -> Callable[[ProgramCall, list[str]], int]:
    """A command about one device, given by its number."""

    def run(call: ProgramCall, args: list[str]) -> int:
        _one_argument(call, args, command)
        text = show(call, _minor(call, args[0], command))
        if text is not None:
            call.say(text)
        return 0

    return run


def _identifiers(call: ProgramCall, side: SimulatedSide) -> str:
    metadata = side.metadata
    if metadata is None:
        call.fail("Device has no disk")
    return f"{metadata.identifiers}:{metadata.flags}"


def _detach(call: ProgramCall, side: SimulatedSide) -> None:
    if side.frozen and side.queued:
        side.queued.append(partial(operations.detach, call.cluster, side))
        _hang(call)
    operations.detach(call.cluster, side)


def _invalidate(call: ProgramCall, side: SimulatedSide) -> None:
    if side.frozen:
        _hang(call)
    operations.invalidate(call.cluster, side)


def primary(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"--force"}, (), {"--overwrite-data-of-peer": "--force"}, code=USAGE)
    _one_argument(call, options.rest, "primary")
    side = _minor(call, options.rest[0], "primary")
    operations.promote(call.cluster, side, force="--force" in options.flags)
    return 0


def status(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"--verbose", "--statistics"}, (), code=USAGE)
    machine = call.machine
    sides = [_resource(call, options.rest[0])] if options.rest else [machine.drbd[one] for one in sorted(machine.drbd)]
    for side in sides:
        call.say(f"resource{side.minor} role:{side.role}", f"  disk:{side.disk}")
        if side.linked:
            call.say(f"  peer role:{side.seen_role}")
            replication = "Established" if side.state == Connection.CONNECTED else side.state
            call.say(f"    replication:{replication} peer-disk:{side.seen_disk}")
        elif side.state != Connection.STANDALONE:
            call.say(f"  peer connection:{SHOWN.get(side.state, side.state)}")
        call.say("")
    return 0


def connect(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(
        call,
        args,
        {"--discard-my-data", "--tentative"},
        {"--protocol", "--after-sb-0pri", "--after-sb-1pri", "--cram-hmac-alg", "--shared-secret"},
        code=USAGE,
    )
    if len(options.rest) != 3:  # noqa: PLR2004  # the resource and both ends
        call.fail("USAGE:\n drbdsetup connect {resource} [{af}:]{local_addr}[:{port}] [{af}:]{remote_addr}[:{port}]",
                  code=USAGE)  # fmt: skip
    side = _resource(call, options.rest[0])
    net = Net(
        _address(options.rest[1]),
        _address(options.rest[2]),
        options.value("--shared-secret"),
        options.value("--after-sb-0pri", "disconnect"),
        options.value("--after-sb-1pri", "disconnect"),
        discard="--discard-my-data" in options.flags,
    )
    operations.connect(call.cluster, side, net)
    return 0


def _address(word: str) -> str:
    return word.removeprefix("ipv4:").removeprefix("ipv6:")


def disconnect(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"--force"}, (), code=USAGE)
    if len(options.rest) != 2:  # noqa: PLR2004  # both ends
        call.fail(
            "USAGE:\n drbdsetup disconnect [{af}:]{local_addr}[:{port}] [{af}:]{remote_addr}[:{port}]\n"
            "    [--force={yes|no}]",
            code=USAGE,
        )
    local, remote = map(_address, options.rest)
    for side in call.machine.drbd.values():
        if side.net is not None and (side.net.local, side.net.remote) == (local, remote):
            if side.frozen and side.queued:
                side.queued.insert(0, partial(operations.disconnect, call.cluster, side))
                _hang(call)
            operations.disconnect(call.cluster, side)
            return 0
    return call.fail(f"{options.rest[0]}: {UNKNOWN_CONNECTION}", code=FAILURE)


def down(call: ProgramCall, args: list[str]) -> int:
    _one_argument(call, args, "down")
    side = _resource(call, args[0]) if args[0].startswith("resource") else _minor(call, args[0], "down")
    if side.frozen and side.queued:
        _hang(call)
    operations.demote(call.cluster, side)
    operations.down(call.cluster, side)
    return 0


def new_minor(call: ProgramCall, args: list[str]) -> int:
    if len(args) != 3 or not args[1].isdecimal():  # noqa: PLR2004  # resource, minor, volume
        call.fail("USAGE:\n drbdsetup new-minor {resource} {minor} {volume}", code=USAGE)
    minor = int(args[1])
    if minor in call.machine.drbd:
        call.fail(f"{minor}: Failure: (161) Minor or volume exists already (delete it first)", code=FAILURE)
    call.machine.drbd[minor] = SimulatedSide(call.machine, minor)
    return 0


def new_resource(call: ProgramCall, args: list[str]) -> int:
    _one_argument(call, args, "new-resource")
    return 0


def attach(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, (), {"--on-io-error", "--size", "--disk-barrier", "--disk-flushes"}, code=USAGE)
    if len(options.rest) != 4:  # noqa: PLR2004  # minor, data, metadata, index
        call.fail("USAGE:\n drbdsetup attach {minor} {lower_dev} {meta_data_dev} {meta_data_index}", code=USAGE)
    minor, data, meta, _index = options.rest
    side = _minor(call, minor, "attach")
    found = [call.machine.storage.find(one) for one in (data, meta)]
    if found[0] is None or found[1] is None:
        call.fail(f"{minor}: Failure: (104) Can not open backing device.", code=FAILURE)
    operations.attach(call.cluster, side, found[0], found[1])
    return 0


COMMANDS: dict[str, Callable[[ProgramCall, list[str]], int]] = {
    "attach": attach,
    "connect": connect,
    "cstate": _on_minor(lambda _call, side: side.state, "cstate"),
    "detach": _on_minor(_detach, "detach"),
    "disconnect": disconnect,
    "down": down,
    "dstate": _on_minor(lambda _call, side: f"{side.disk}/{side.seen_disk}", "dstate"),
    "get-gi": _on_minor(_identifiers, "get-gi"),
    "invalidate": _on_minor(_invalidate, "invalidate"),
    "new-minor": new_minor,
    "new-resource": new_resource,
    "primary": primary,
    "role": _on_minor(lambda _call, side: f"{side.role}/{side.seen_role}", "role"),
    "secondary": _on_minor(lambda call, side: operations.demote(call.cluster, side), "secondary"),
    "status": status,
}
