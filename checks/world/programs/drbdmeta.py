"""drbdmeta: DRBD's metadata on their volume while no device uses them (drbd-utils, user/shared/drbdmeta.c)."""

from __future__ import annotations

import re

from checks.world.node.blocks import KIB, Blocks
from checks.world.node.drbd_metadata import Metadata
from checks.world.node.lvm import MIB, LogicalVolume
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

USAGE = 20
LEAST = 128 * MIB
"""What metadata with an index need; Ganeti's volumes are of just this size."""
_DEVICE = re.compile(r"(?:/dev/drbd)?(\d+)")
GUARDS = "Device '/dev/drbd{minor}' is configured!"


@program("drbdmeta")
def drbdmeta(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"--force"}, (), {"-f": "--force"}, code=USAGE)
    commands = {"create-md": create, "dump-md": dump, "get-gi": identifiers, "show-gi": identifiers, "wipe-md": wipe}
    words = options.rest
    match = _DEVICE.fullmatch(words[0]) if words else None
    if len(words) < 5 or match is None or words[1] not in {"v08", "08"} or words[4] not in commands:  # noqa: PLR2004
        call.fail("USAGE: drbdmeta [--force] DEVICE FORMAT [FORMAT ARGS...] COMMAND [CMD ARGS...]", code=USAGE)
    if words[3] not in {"flex-external", "0"}:
        call.fail(f"Index number '{words[3]}' invalid", code=USAGE)
    if words[2].startswith("/dev/drbd"):
        call.fail("drbdmeta: a DRBD device holds no metadata of DRBD", code=USAGE)
    volume = call.machine.storage.find(words[2])
    if volume is None:
        call.fail(f"open({words[2]}) failed: No such file or directory", code=USAGE)
    if int(match[1]) in call.machine.drbd:
        call.fail(GUARDS.format(minor=match[1]), code=USAGE)
    if call.machine.uses(volume):
        call.fail(f"open({words[2]}) failed: Device or resource busy", code=USAGE)
    if volume.suspended:
        call.wait_to_the_end()
    commands[words[4]](call, volume, force="--force" in options.flags)
    return 0


def create(call: ProgramCall, volume: LogicalVolume, *, force: bool) -> None:
    if volume.size < LEAST:
        call.fail(f"Device '{volume.path}' is too small for metadata", code=USAGE)
    if volume.metadata is not None:
        _ask(call, "Valid meta data seems to be in place.\nDo you really want to overwrite?", force=force)
    call.complain("initializing bitmap (4 KB) to all zero")
    call.say("initializing activity log", "Writing meta data...", "New drbd meta data block successfully created.")
    volume.metadata = Metadata(Blocks(0))
    volume.write(0, 1, call.cluster.new_generation())


def wipe(call: ProgramCall, volume: LogicalVolume, *, force: bool) -> None:
    _require(call, volume)
    _ask(call, "Do you really want to wipe out the DRBD meta data?", force=force)
    volume.metadata = None
    call.say("Wiping meta data...", "DRBD meta data block successfully wiped out.")


def _ask(call: ProgramCall, question: str, *, force: bool) -> None:
    """It asks on its standard input, and nobody is there."""
    if not force:
        call.complain("", question, "stdin not a TTY, not waiting for confirmation")
        call.say("Operation cancelled.")
        call.fail(code=1)


def _require(call: ProgramCall, volume: LogicalVolume) -> Metadata:
    if volume.metadata is None:
        call.fail("No valid meta data found", code=255)
    return volume.metadata


def dump(call: ProgramCall, volume: LogicalVolume, **_: bool) -> None:
    metadata = _require(call, volume)
    flags = sum(
        flag << place
        for place, flag in enumerate(
            (metadata.consistent, metadata.primary, metadata.connected, metadata.full_sync, metadata.was_up_to_date,
             metadata.peer_outdated, metadata.crashed)
        )
    )  # fmt: skip
    first, second = metadata.history
    call.say(
        "# DRBD meta data dump",
        f"# {call.cluster.clock.now():%Y-%m-%d %H:%M:%S %z} [{int(call.cluster.now)}]",
        f"# {call.machine.name.split('.', 1)[0]}> drbdmeta {' '.join(call.argv[1:])}",
        "#",
        "",
        'version "v08";',
        "",
        "# md_size_sect 262144",
        "# md_offset 0",
        "# al_offset 4096",
        "# bm_offset 36864",
        "",
        f"uuid {{\n    0x{metadata.current:016X}; 0x{metadata.bitmap:016X}; 0x{first:016X}; 0x{second:016X};",
        f"    flags 0x{flags:08X};\n}}",
        f"# al-extents 1237;\nla-size-sect {metadata.bits.length * KIB * 2};\nbm-byte-per-bit 4096;",
        "device-uuid 0x0000000000000000;",
        f"# bits-set {metadata.bits.count()};",
    )


def identifiers(call: ProgramCall, volume: LogicalVolume, **_: bool) -> None:
    metadata = _require(call, volume)
    call.say(f"{metadata.identifiers}:{metadata.flags}")
