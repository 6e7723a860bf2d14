"""Hosts whose locks are real files, kept by a real shell, each in a folder of its own on this machine."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.clock import SystemClock
from engine.errors import HostUnreachableError
from engine.hosts.host import Host, Result
from engine.hosts.supervisor import STATE
from engine.locks.holder import Holder
from tests.support.links import FakeLink, FakeLinks, said

KNOWN = {"login": "alice", "account": "root", "from": "192.0.2.7", "machine": "desk"}


@dataclass
class Machines(FakeLinks):
    """Links to them.

    Attributes:
        dead: names of those that do not answer.
        asked: each script that was run: the host, and what the lock was asked to do.
    """

    folder: Path
    dead: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def to(self, host: Host) -> Machine:
        if host.name in self.dead:
            raise HostUnreachableError(f"{host} cannot be reached.")
        return Machine(self, host)

    def lock(self, name: str) -> Path:
        return self.folder / name / "lock"

    def holder(self, name: str) -> Holder | None:
        """Whoever holds the lock on a host."""
        path = self.lock(name)
        return Holder.from_line(path.read_text()) if path.exists() else None

    def age(self, seconds: float, *names: str) -> None:
        """Let the last sign of life on these hosts be this long ago."""
        for name in names:
            then = time.time() - seconds
            os.utime(self.lock(name), (then, then))


class Machine(FakeLink):
    def __init__(self, machines: Machines, host: Host) -> None:
        super().__init__(host)
        self.machines = machines

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        own = str(self.machines.folder / self.host.name)
        words = [own if word == STATE else word for word in argv]
        self.machines.asked.append((self.host.name, argv[4]))
        ended = subprocess.run(
            words, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout
        )
        return said(argv, ended.stdout, ended.stderr, ended.returncode)


def somebody(run: str, by: str = "alice", **fields: object) -> Holder:
    """A run of another machine, of which nobody here can tell whether its process lives."""
    kernel = secrets.token_hex(8)
    holder = Holder.of(run, "toy", {**KNOWN, "login": by}, SystemClock())
    return holder.model_copy(update={"kernel": kernel, **fields})
