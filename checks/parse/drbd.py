"""/proc/drbd of the kernel modules 8.3 and 8.4: the only reliable word on a disk while a job is stuck."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checks.parse.errors import ParseError

VERSION = re.compile(r"version: (\d{1,4})\.(\d{1,4})\S*.*")
DEVICE = re.compile(r" *(\d{1,7}): cs:(\w+)(?: (?:ro|st):(\w+)/(\w+))?(?: (?:ds|ld):(\w+)/(\w+))?(?: .*)?", re.ASCII)
STARTS_DEVICE = re.compile(r" *\d+: ", re.ASCII)
SYNCED = re.compile(r".*sync'ed: *(\d{1,3}(?:\.\d{1,6})?)%.*", re.ASCII)
FINISH = re.compile(r"\s+finish: *(\d{1,6}):(\d{2}):(\d{2}) .*", re.ASCII)
OUT_OF_SYNC = re.compile(r" .*\boos:(\d{1,18})(?: .*)?", re.ASCII)
SOURCE = "/proc/drbd"
NEWEST_MAJOR = 8


@dataclass(frozen=True, slots=True)
class Device:
    """One DRBD device as its node sees it; what is not known of a peer is `Unknown` and `DUnknown`.

    Attributes:
        connection: such as Connected, WFConnection, StandAlone, SyncTarget, or Unconfigured.
        synced: per cent done, while it is resynchronised.
        line: the line of /proc/drbd that says so.
        out_of_sync: KiB that the two sides do not have in common yet; finer than the percentage.
        remaining: seconds until it is done, as DRBD itself estimates while it is resynchronised.
    """

    minor: int
    connection: str
    role: str
    peer_role: str
    disk: str
    peer_disk: str
    line: str
    synced: float | None = None
    out_of_sync: int | None = None
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class ProcDrbd:
    """All of /proc/drbd: the version of the module and its devices by minor."""

    version: str
    devices: Mapping[int, Device]


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
            hint="Ganeti up to 3.1 needs DRBD 8.4: load that module.",
            code="drbd-9",
        )
    devices: dict[int, Device] = {}
    last: int | None = None
    for line in lines[1:]:
        if STARTS_DEVICE.match(line):
            device = _device(line)
            devices[device.minor] = device
            last = device.minor
        elif last is not None and (percent := SYNCED.fullmatch(line)):
            devices[last] = replace(devices[last], synced=float(percent[1]))
        elif last is not None and (finish := FINISH.fullmatch(line)):
            hours, minutes, seconds = (int(one) for one in finish.groups())
            devices[last] = replace(devices[last], remaining=hours * 3600 + minutes * 60 + seconds)
        elif last is not None and (kib := OUT_OF_SYNC.fullmatch(line)):
            devices[last] = replace(devices[last], out_of_sync=int(kib[1]))
    return ProcDrbd(f"{match[1]}.{match[2]}", devices)


def _device(line: str) -> Device:
    match = DEVICE.fullmatch(line)
    if match is None:
        raise ParseError(SOURCE, "not the state of a device", line=line)
    minor, connection, role, peer_role, disk, peer_disk = match.groups()
    return Device(
        minor=int(minor),
        connection=connection,
        role=role or "Unknown",
        peer_role=peer_role or "Unknown",
        disk=disk or "DUnknown",
        peer_disk=peer_disk or "DUnknown",
        line=line.strip(),
    )
