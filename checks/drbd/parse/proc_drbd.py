"""/proc/drbd of the kernel modules 8.3 and 8.4: the only reliable word on a disk while a job is stuck."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checks.drbd.states import NOT_KNOWN, Connection, Disk, Role
from checks.look.output import ParseError
from checks.releases import NEWEST

VERSION = re.compile(r"version: (\d{1,4})\.(\d{1,4})\S*.*")
DEVICE = re.compile(r" *(\d{1,7}): cs:(\w+)(?: (?:ro|st):(\w+)/(\w+))?(?: (?:ds|ld):(\w+)/(\w+))?(?: .*)?", re.ASCII)
STARTS_DEVICE = re.compile(r" *\d+: ", re.ASCII)
SYNCED = re.compile(r".*(?:sync'ed|verified): *(\d{1,3}(?:\.\d{1,6})?)%.*", re.ASCII)
FINISH = re.compile(r"\bfinish: {0,8}(\d{1,6}):(\d{2}):(\d{2})\b", re.ASCII)
"""On a line of its own, or, where DRBD is older, behind the percentage."""
OUT_OF_SYNC = re.compile(r" .*\boos:(\d{1,18})(?: .*)?", re.ASCII)
SOURCE = "/proc/drbd"
NEWEST_MAJOR = 8


@dataclass(frozen=True, slots=True)
class DrbdDevice:
    """One DRBD device as its node sees it; what is not known of a peer is `Unknown` and `DUnknown`.

    Attributes:
        connection: such as Connected, WFConnection, StandAlone, SyncTarget, or Unconfigured.
        synced: per cent done, while it is resynchronised or verified.
        line: the line of /proc/drbd that says so.
        out_of_sync: KiB that the two sides do not have in common yet; finer than the percentage.
        remaining: seconds until it is done, as DRBD itself estimates while it is resynchronised.
    """

    minor: int
    connection: Connection
    role: Role
    peer_role: Role
    disk: Disk
    peer_disk: Disk
    line: str
    synced: float | None = None
    out_of_sync: int | None = None
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class ProcDrbd:
    """All of /proc/drbd.

    Attributes:
        version: of the module.
        devices: by minor.
        strange: by minor, the lines of devices in a state that DRBD 8.4 does not have: nothing is known of these.
    """

    version: str
    devices: Mapping[int, DrbdDevice]
    strange: Mapping[int, str]


def parse_proc_drbd(text: str) -> ProcDrbd:
    """Read /proc/drbd.

    Raises:
        ParseError: it is not that of DRBD 8; version 9 shows no devices there.
    """
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    match = VERSION.fullmatch(lines[0]) if lines else None
    if match is None:
        raise ParseError(SOURCE, "it does not begin with a version", line=lines[0] if lines else "")
    if int(match[1]) > NEWEST_MAJOR:
        raise ParseError(
            SOURCE,
            "DRBD 9 does not show its devices there",
            line=lines[0],
            hint=f"Ganeti up to {NEWEST} needs DRBD 8.4: load that module.",
            code="drbd-9",
        )
    devices: dict[int, DrbdDevice] = {}
    strange: dict[int, str] = {}
    last: int | None = None
    for line in lines[1:]:
        if STARTS_DEVICE.match(line):
            minor, device = _device(line)
            if device is None:
                strange[minor], last = line.strip(), None
            else:
                devices[minor], last = device, minor
        elif last is not None:
            devices[last] = _with_progress(devices[last], line)
    return ProcDrbd(f"{match[1]}.{match[2]}", devices, strange)


def _with_progress(device: DrbdDevice, line: str) -> DrbdDevice:
    """The device with what a line below it says of it, if anything that is asked for."""
    if percent := SYNCED.fullmatch(line):
        device = replace(device, synced=float(percent[1]))
    if finish := FINISH.search(line):
        hours, minutes, seconds = (int(one) for one in finish.groups())
        device = replace(device, remaining=hours * 3600 + minutes * 60 + seconds)
    if kib := OUT_OF_SYNC.fullmatch(line):
        device = replace(device, out_of_sync=int(kib[1]))
    return device


def _device(line: str) -> tuple[int, DrbdDevice | None]:
    """The minor and its device; no device where it is in a state that DRBD 8.4 does not have."""
    match = DEVICE.fullmatch(line)
    if match is None:
        raise ParseError(SOURCE, "not the state of a device", line=line)
    minor, connection, role, peer_role, disk, peer_disk = match.groups()
    try:
        found = DrbdDevice(
            minor=int(minor),
            connection=Connection(connection),
            role=Role(role or Role.UNKNOWN),
            peer_role=Role(peer_role or Role.UNKNOWN),
            disk=Disk(disk or Disk.UNKNOWN),
            peer_disk=Disk(peer_disk or Disk.UNKNOWN),
            line=line.strip(),
        )
    except ValueError:
        return int(minor), None
    # The words for what is not known are our own.
    return found.minor, None if found.connection in NOT_KNOWN else found
