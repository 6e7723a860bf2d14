"""What changes LVM: pvcreate, vgcreate, vgremove, lvcreate, lvremove, lvrename, lvchange. Words: lvm2, tools/."""

from __future__ import annotations

import re

from checks.world.node.lvm import EXTENT, LogicalVolume, SimulatedGroup, VolumeError
from checks.world.programs.call import ProgramCall
from checks.world.programs.host_tools import require_free
from checks.world.programs.lvm_report import FAILED, amount_in_words, not_found, volumes_named
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([bBsSkKmMgGtT]?)")
_UNITS = {"b": 1, "s": 512, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
BAD_COMMAND = 3
_YES = {"--yes": "-y", "--force": "-f"}


@program("pvcreate")
def pvcreate(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y", "-f"}, (), _YES, code=BAD_COMMAND)
    if not options.rest:
        call.fail("  Please enter a physical volume path.", code=BAD_COMMAND)
    for device in options.rest:
        require_free(call, device)
        try:
            call.machine.storage.make_physical(device)
        except VolumeError as error:
            call.fail(error.text, code=error.code)
        call.say(f'  Physical volume "{device}" successfully created.')
    return 0


@program("vgcreate")
def vgcreate(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y", "-f"}, (), _YES, code=BAD_COMMAND)
    if len(options.rest) < 2:  # noqa: PLR2004  # a name and at least one disk
        call.fail("  Please provide volume group name and physical volumes", code=BAD_COMMAND)
    name, *devices = options.rest
    for device in devices:
        require_free(call, device)
    new = [device for device in devices if device not in call.machine.storage.physical]
    try:
        call.machine.storage.make_group(name, devices)
    except VolumeError as error:
        call.fail(error.text, code=error.code)
    call.say(*(f'  Physical volume "{device}" successfully created.' for device in new))
    call.say(f'  Volume group "{name}" successfully created')
    return 0


@program("vgremove")
def vgremove(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y", "-f"}, (), _YES, code=BAD_COMMAND)
    for name in options.rest:
        group = _group(call, name)
        if group.volumes and not options.flags:
            # It asks on its standard input, and nobody is there.
            call.fail(f'  Volume group "{group.name}" not removed', code=FAILED)
        del call.machine.storage.groups[group.name]
        call.say(f'  Volume group "{group.name}" successfully removed')
    return 0


@program("lvcreate")
def lvcreate(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(
        call,
        args,
        {"-s", "-y"},
        {"-L", "-n", "-W", "-Z", "-i", "--addtag"},
        {
            **_YES,
            "--size": "-L",
            "--name": "-n",
            "--snapshot": "-s",
            "--wipesignatures": "-W",
            "--zero": "-Z",
            "--stripes": "-i",
        },
        code=BAD_COMMAND,
    )
    if "-L" not in options.values or not options.rest:
        call.fail("  Please specify either size or extents, and a volume group.", code=BAD_COMMAND)
    size = _bytes(call, options.value("-L"))
    origin = None
    if "-s" in options.flags:
        (origin,) = volumes_named(call, options.rest[:1])
        group = call.machine.storage.groups[origin.group]
    else:
        group = _group(call, options.rest[0])
    name = options.value("-n").removeprefix(f"{group.name}/") or _free_name(group)
    if size % EXTENT:
        rounded = -(-size // EXTENT) * EXTENT
        call.say(f"  Rounding up size to full physical extent {amount_in_words(rounded)}")
    call.spend(1.0)
    try:
        if origin is not None:
            volume = group.snapshot(origin, name, size)
        else:
            volume = group.create(name, size, zero=options.value("-Z", "y") != "n")
    except VolumeError as error:
        call.fail(error.text, code=error.code)
    volume.tags += options.values.get("--addtag", [])
    call.say(f'  Logical volume "{name}" created.')
    return 0


def _bytes(call: ProgramCall, text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        call.fail(f"  Invalid argument for --size: {text}", "  Error during parsing of command line.", code=BAD_COMMAND)
    size = round(float(match[1]) * _UNITS[match[2].lower() or "m"])
    if not size:
        call.fail("  Unable to create new logical volume with no extents.", code=FAILED)
    return size


def _group(call: ProgramCall, name: str) -> SimulatedGroup:
    group = call.machine.storage.groups.get(name.removeprefix("/dev/"))
    if group is None:
        not_found(call, name)
        call.fail(code=FAILED)
    return group


def _free_name(group: SimulatedGroup) -> str:
    return next(name for number in range(1000) if (name := f"lvol{number}") not in group.volumes)


@program("lvremove")
def lvremove(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y", "-f"}, (), _YES, code=BAD_COMMAND)
    if not options.rest:
        call.fail("  Please enter one or more volume names.", code=BAD_COMMAND)
    for volume in volumes_named(call, options.rest):
        if call.machine.uses(volume):
            call.fail(f"  Logical volume {volume.group}/{volume.name} in use.", code=FAILED)
        if not options.flags:
            # It asks on its standard input, and nobody is there.
            call.fail(f"  Logical volume {volume.group}/{volume.name} not removed.", code=FAILED)
        call.machine.storage.groups[volume.group].remove(volume)
        call.say(f'  Logical volume "{volume.name}" successfully removed.')
    return 0


@program("lvrename")
def lvrename(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y"}, (), _YES, code=BAD_COMMAND)
    match options.rest:
        case [group, old, new]:
            old = f"{group}/{old.rsplit('/', 1)[-1]}"
        case [old, new]:
            pass
        case _:
            call.fail("  Old and new logical volume names required", code=BAD_COMMAND)
    (volume,) = volumes_named(call, [old])
    before, name = volume.name, new.rsplit("/", 1)[-1]
    try:
        call.machine.storage.groups[volume.group].rename(volume, name)
    except VolumeError as error:
        call.fail(error.text, code=error.code)
    call.say(f'  Renamed "{before}" to "{name}" in volume group "{volume.group}"')
    return 0


@program("lvchange")
def lvchange(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y"}, {"--addtag", "--deltag"}, _YES, code=BAD_COMMAND)
    if not options.values:
        call.fail("  Need 1 or more of the options to change.", code=BAD_COMMAND)
    for volume in volumes_named(call, options.rest):
        _tag(volume, options.values.get("--addtag", []), options.values.get("--deltag", []))
        call.say(f"  Logical volume {volume.group}/{volume.name} changed.")
    return 0


def _tag(volume: LogicalVolume, new: list[str], old: list[str]) -> None:
    volume.tags = sorted({*volume.tags, *new} - set(old))
