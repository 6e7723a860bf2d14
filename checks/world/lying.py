"""Nodes that answer and are not well: a wrong clock, file systems that take nothing, programs that hang.

What is wrong is told as a real node tells it. What is written there all the same is not refused: nothing may be.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from checks.world.machine import Machine

MOUNTS = "/proc/mounts"
BLOCK = 4096
FREE = (262144, 150000)
"""Free blocks and inodes of a node that is well."""
INODES = 196608


def mounts(machine: Machine) -> str:
    """What /proc/mounts shows; the state of a node is on its only disk."""
    options = "ro,relatime,errors=remount-ro" if machine.read_only else "rw,relatime,errors=remount-ro"
    return f"/dev/ubda / ext4 {options} 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"


def room(machine: Machine) -> tuple[int, int]:
    """Free blocks and inodes."""
    return (0, FREE[1]) if machine.full else FREE


def _set_clock(machine: Machine, seconds: str) -> None:
    machine.clock_off = int(seconds)


def _hang(machine: Machine, program: str) -> None:
    machine.hangs.add(program)


def _answer(machine: Machine, program: str) -> None:
    machine.hangs.discard(program)


def _set_read_only(machine: Machine, *, so: bool) -> None:
    machine.read_only = so


def _set_full(machine: Machine, *, so: bool) -> None:
    machine.full = so


SAYING: dict[str, Callable[[Machine, str], None]] = {
    "clock-off": _set_clock,
    "hangs": _hang,
    "answers": _answer,
}
PLAIN: dict[str, Callable[[Machine], None]] = {
    "read-only": partial(_set_read_only, so=True),
    "writable": partial(_set_read_only, so=False),
    "var-full": partial(_set_full, so=True),
    "var-free": partial(_set_full, so=False),
}
