"""Whether a process of a lock is surely gone: only this very machine can tell, since its last boot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told apart from any other that has or had its number.

    Attributes:
        kernel: boot of the kernel and namespace that the number belongs to: a container has numbers of its own.
        began: when it was started, in the kernel's ticks since that boot.
    """

    kernel: str
    pid: int
    began: str

    @property
    def gone(self) -> bool:
        """Whether it has surely ended; False wherever that cannot be told from here."""
        if not self.kernel or self.kernel != kernel():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):  # somebody else's lives, too
            pass
        began = began_at(self.pid)
        return bool(began and self.began) and began != self.began


def this() -> Process:
    """The process that asks."""
    return Process(kernel(), os.getpid(), began_at(os.getpid()))


def kernel() -> str:
    """The boot and the namespace of process numbers; nothing where the system does not tell."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    except (OSError, ValueError):
        return ""


def began_at(pid: int) -> str:
    """When a process was started; nothing if that cannot be seen."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    # The second field is its name, in parentheses, and may hold anything; the start is field 22 (proc(5)).
    fields = text.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""  # noqa: PLR2004 - as above
