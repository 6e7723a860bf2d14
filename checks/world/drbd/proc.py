"""The text of /proc/drbd (drbd_proc.c of 8.4)."""

from __future__ import annotations

from collections.abc import Mapping

from checks.drbd.states import Connection, Disk, Role
from checks.world.node.blocks import KIB
from checks.world.node.machine import SimulatedSide

HEADER = "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 059B1B470318F053F5077D5 \n"
IN_MIB = 1 << 20
"""More blocks than this are shown in MiB."""


def render(sides: Mapping[int, SimulatedSide], now: float) -> str:
    """All devices, as they are at this moment of the clock."""
    return HEADER + "".join(_device(sides[minor], now) for minor in sorted(sides))


def remaining(side: SimulatedSide, now: float) -> int:
    """Blocks that are still to be copied, or known to differ."""
    return side.sync.blocks - side.sync.done(now) if side.sync is not None else side.dirty


def _device(side: SimulatedSide, now: float) -> str:
    if (side.state, side.disk, side.role) == (Connection.STANDALONE, Disk.DISKLESS, Role.SECONDARY):
        return f"{side.minor:2d}: cs:Unconfigured\n"
    protocol = " " if side.state == Connection.STANDALONE else "C"
    counted = " ".join(f"{name}:{kib}" for name, kib in side.traffic.items())
    text = (
        f"{side.minor:2d}: cs:{side.state} ro:{side.role}/{side.seen_role} ds:{side.disk}/{side.seen_disk}"
        f" {protocol} r-----\n    {counted} bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:{remaining(side, now) * KIB}\n"
    )
    return text + (_progress(side, now) if side.state in {Connection.SYNC_SOURCE, Connection.SYNC_TARGET} else "")


def percent(side: SimulatedSide, now: float) -> tuple[float, int]:
    """How much of a resync is done, and the seconds it will still take."""
    total, left = (side.sync.blocks, remaining(side, now)) if side.sync is not None else (side.dirty, side.dirty)
    speed = side.sync.speed if side.sync is not None else 0.0
    done = 1000 * (total - left) // total if total else 0
    return done / 10, round(left * KIB / speed) if speed else 0


def _progress(side: SimulatedSide, now: float) -> str:
    done, seconds = percent(side, now)
    total, left = (side.sync.blocks if side.sync is not None else side.dirty), remaining(side, now)
    filled = int(done * 10) // 50
    amounts = f"({left * KIB}/{total * KIB})K"
    if total > IN_MIB:
        amounts = f"({left * KIB >> 10}/{total * KIB >> 10})M"
    speed = f"{int(side.sync.speed) if side.sync is not None else 0:,}"
    want = f" want: {speed}" if side.state == Connection.SYNC_TARGET else ""
    finish = f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return (
        f"\t[{'=' * (filled - 1)}>{'.' * (20 - filled)}] sync'ed:{done:5.1f}% {amounts}\n"
        f"\tfinish: {finish} speed: {speed} ({speed}){want} K/sec\n"
    )
