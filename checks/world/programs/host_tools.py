"""Tools for a host that is set up: dpkg-query, apt-get, lsblk, wipefs. Words: dpkg, apt and util-linux of Debian 12."""

from __future__ import annotations

from checks.world.node import packages
from checks.world.programs.call import ProgramCall
from checks.world.programs.lvm_report import FAILED
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

_FORMAT = r"${Package} ${Version} ${db:Status-Status}\n"
_COLUMNS = "NAME,TYPE,SIZE,MOUNTPOINT,FSTYPE,PKNAME"
ROOT_DISK = ("/dev/ubda", 3 << 30)
APT_FAILED = 100


@program("dpkg-query")
def dpkg_query(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-W"}, {"-f"}, {"--show": "-W", "--showformat": "-f"}, code=2)
    if "-W" not in options.flags or options.value("-f") != _FORMAT:
        call.fail("dpkg-query: error: only one format is known here", code=2)
    there = packages.installed(call.machine)
    code = 0
    for name in sorted(options.rest):
        if name in there:
            call.say(f"{name} {there[name]} installed")
        else:
            call.complain(f"dpkg-query: no packages found matching {name}")
            code = 1
    return code


@program("apt-get")
def apt_get(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-y", "--no-remove"}, (), {"--yes": "-y", "--assume-yes": "-y"}, code=APT_FAILED)
    verb, *names = options.rest or [""]
    if verb != "install":
        call.fail(f"E: Invalid operation {verb}", code=APT_FAILED)
    if "-y" not in options.flags:
        # It asks on its standard input, and nobody is there.
        call.say("Do you want to continue? [Y/n] Abort.")
        return 1
    known = packages.available(call.cluster.version)
    chosen = {}
    for word in names:
        name, _, version = word.partition("=")
        if name not in known:
            call.fail(f"E: Unable to locate package {name}", code=APT_FAILED)
        if version not in ("", known[name]):
            call.fail(f"E: Version '{version}' for '{name}' was not found", code=APT_FAILED)
        chosen[name] = known[name]
    call.spend(60.0)
    packages.install(call.machine, chosen, call.cluster.version, call.cluster.now)
    for name, version in chosen.items():
        call.say(f"Setting up {name} ({version}) ...")
    return 0


@program("lsblk")
def lsblk(call: ProgramCall, args: list[str]) -> int:
    flags = {"-P", "-b", "-p"}
    names = {"--pairs": "-P", "--bytes": "-b", "--paths": "-p", "--output": "-o"}
    options = parse_unix(call, args, flags, {"-o"}, names)
    if options.flags != flags or options.value("-o") != _COLUMNS or options.rest:
        call.fail("lsblk: only one form is known here")
    storage = call.machine.storage
    call.say(_pair(*ROOT_DISK, mounted="/", holds="ext4"))
    for disk, size in storage.disks.items():
        holds = "LVM2_member" if disk in storage.physical else next(iter(storage.marks.get(disk, [])), "")
        call.say(_pair(disk, size, holds=holds))
        for group in storage.groups.values():
            for volume in group.volumes.values() if disk in group.devices else ():
                call.say(_pair(f"/dev/mapper/{volume.mapper_name}", volume.size, kind="lvm", parent=disk))
    return 0


def _pair(path: str, size: int, *, kind: str = "disk", mounted: str = "", holds: str = "", parent: str = "") -> str:
    return f'NAME="{path}" TYPE="{kind}" SIZE="{size}" MOUNTPOINT="{mounted}" FSTYPE="{holds}" PKNAME="{parent}"'


@program("wipefs")
def wipefs(call: ProgramCall, args: list[str]) -> int:
    """Tell what is marked on disks (`--no-act --parsable`), or take the marks off (`--all`)."""
    names = {"--no-act": "-n", "--parsable": "-p", "--all": "-a"}
    options = parse_unix(call, args, {"-n", "-p", "-a"}, (), names)
    storage = call.machine.storage
    for path in options.rest:
        if path not in storage.disks:
            call.fail(f"wipefs: error: {path}: probing initialization failed: No such file or directory")
        found = ["LVM2_member"] if path in storage.physical else storage.marks.get(path, [])
        if "-a" in options.flags and "-n" not in options.flags:
            if any(path in group.devices for group in storage.groups.values()):
                call.fail(f"wipefs: error: {path}: probing initialization failed: Device or resource busy")
            storage.marks.pop(path, None)
            storage.physical = [one for one in storage.physical if one != path]
            call.say(*(f"{path}: 2 bytes were erased at offset 0x00000438 ({one}): 53 ef" for one in found))
        elif found:
            call.say("# offset,uuid,label,type", *(f"0x438,,,{one}" for one in found))
    return 0


def require_free(call: ProgramCall, device: str) -> None:
    """End pvcreate or vgcreate as LVM does where something is marked on the device, and nobody is there to ask."""
    for one in call.machine.storage.marks.get(device, []):
        call.fail(
            f"WARNING: {one} signature detected on {device} at offset 1080. Wipe it? [y/n]: [n]",
            f"  Aborted wiping of {one}.",
            "  1 existing signature left on the device.",
            code=FAILED,
        )
