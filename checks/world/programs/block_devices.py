"""What reads and writes block devices and their mapping: blockdev, dd, dmsetup."""

from __future__ import annotations

import re

from checks.world.drbd.operations import thaw
from checks.world.node.blocks import BLOCK
from checks.world.node.lvm import LogicalVolume
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

_UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "K": 1 << 10, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30, "KiB": 1 << 10,
          "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1000, "MB": 10**6, "GB": 10**9}  # fmt: skip
_SIZE = re.compile(r"(\d+)([A-Za-z]*)")
_DRBD = re.compile(r"/dev/drbd(\d+)")
SUSPEND_FLAGS = frozenset({"--nolockfs", "--noflush"})
SPEED = 100e6


@program("blockdev")
def blockdev(call: ProgramCall, args: list[str]) -> int:
    known = {"--getsize64", "--getsz", "--flushbufs"}
    if len(args) < 2 or args[0] not in known:  # noqa: PLR2004  # what is asked, and of which device
        call.fail("blockdev: bad usage", "Try 'blockdev --help' for more information.")
    for path in args[1:]:
        size = _size(call, path)
        if size is None:
            call.fail(f"blockdev: cannot open {path}: No such file or directory")
        if args[0] != "--flushbufs":
            call.say(str(size if args[0] == "--getsize64" else size // 512))
    return 0


def _size(call: ProgramCall, path: str) -> int | None:
    machine = call.machine
    match = _DRBD.fullmatch(path)
    if match is not None:
        side = machine.drbd.get(int(match[1]))
        return None if side is None else side.size
    volume = machine.storage.find(path)
    return volume.size if volume is not None else machine.storage.disks.get(path)


@program("dd")
def dd(call: ProgramCall, args: list[str]) -> int:
    given = dict(word.partition("=")[::2] for word in args)
    unknown = given.keys() - {"if", "of", "bs", "count", "seek", "skip", "oflag", "iflag", "conv", "status"}
    if unknown:
        call.fail(f"dd: unrecognized operand '{min(unknown)}'", "Try 'dd --help' for more information.")
    target = call.machine.storage.find(given.get("of", ""))
    source = call.machine.storage.find(given.get("if", ""))
    if target is None:
        call.fail(f"dd: failed to open '{given.get('of', '')}': No such file or directory")
    if source is None and given.get("if") != "/dev/zero":
        call.fail(f"dd: failed to open '{given.get('if', '')}': No such file or directory")
    for volume in (source, target):
        if volume is not None and volume.suspended:
            call.wait_to_the_end()
    block = _bytes(call, given.get("bs", "512"))
    most = source.size if source is not None else target.size
    length = min(_bytes(call, given["count"]) * block if "count" in given else most, most)
    start = _bytes(call, given.get("seek", "0")) * block
    room = target.size - start
    _copy(target, source, start, min(length, room))
    copied = min(length, room)
    seconds = max(0.1, copied / SPEED)
    call.spend(seconds)
    if ("count" not in given and source is None) or length > room:
        call.complain(f"dd: error writing '{given['of']}': No space left on device")
    whole = copied // block
    call.complain(f"{whole}+0 records in", f"{whole}+0 records out", f"{copied} bytes copied, {seconds:.6g} s")
    return int(("count" not in given and source is None) or length > room)


def _copy(target: LogicalVolume, source: LogicalVolume | None, start: int, length: int) -> None:
    low, high = start // BLOCK, -(-(start + length) // BLOCK)
    if source is None:
        target.write(low, high, 0)
        if low == 0:
            target.metadata = None
    else:
        target.take(source, low, high)
        if low == 0:
            target.metadata = source.metadata


def _bytes(call: ProgramCall, text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None or match[2] not in _UNITS:
        call.fail(f"dd: invalid number: '{text}'")
    return int(match[1]) * _UNITS[match[2]]


@program("dmsetup")
def dmsetup(call: ProgramCall, args: list[str]) -> int:
    command, *rest = args or [""]
    commands = {"info": _info, "suspend": _suspend, "resume": _resume}
    if command not in commands:
        call.fail("Usage:", "", "dmsetup [--version] [-h|--help ...] <command>")
    return commands[command](call, rest)


def _info(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(
        call, args, {"-c", "--noheadings"}, {"-o", "--separator"}, {"--columns": "-c", "--options": "-o"}
    )
    some = call.machine.storage.all()
    if options.rest:
        some = [_named(call, name) for name in options.rest]
    if not some:
        call.say("No devices found")
        return 0
    if "-c" not in options.flags:
        for number, volume in enumerate(some):
            call.say(
                f"Name:              {volume.mapper_name}",
                f"State:             {'SUSPENDED' if volume.suspended else 'ACTIVE'}",
                f"Major, minor:      254, {number}",
                "",
            )
        return 0
    fields = options.value("-o", "name,suspended").split(",")
    headings = {"name": "Name", "suspended": "Suspended", "open": "Open"}
    if any(field not in headings for field in fields):
        call.fail(f"Unrecognised field: {next(field for field in fields if field not in headings)}", code=3)
    rows = [
        [
            {
                "name": volume.mapper_name,
                "suspended": "Suspended" if volume.suspended else "Active",
                "open": str(int(call.machine.uses(volume))),
            }[field]
            for field in fields
        ]
        for volume in some
    ]
    if "--noheadings" not in options.flags:
        rows.insert(0, [headings[field] for field in fields])
    if "--separator" in options.values:
        call.say(*(options.value("--separator").join(row) for row in rows))
        return 0
    widths = [max(len(row[index]) for row in rows) for index in range(len(fields))]
    call.say(*(" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows))
    return 0


def _named(call: ProgramCall, name: str) -> LogicalVolume:
    volume = call.machine.storage.find(name)
    if volume is None:
        call.fail("Device does not exist.", "Command failed.")
    return volume


def _suspend(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, SUSPEND_FLAGS)
    for name in options.rest:
        _named(call, name).suspended = True
    return 0


def _resume(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, ())
    for name in options.rest:
        _named(call, name).suspended = False
    thaw(call.machine)
    return 0
