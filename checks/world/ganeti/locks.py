"""Locks as wconfd keeps them: owners with what they hold, and requests that wait; saved in locks.data.

File format: src/Ganeti/Locking/Allocation.hs and Waiting.hs at v3.0.2.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.world.node.machine import Machine

PATH = "/var/lib/ganeti/locks.data"

Wanted = dict[str, str]
"""Lock name to `shared` or `exclusive`."""


@dataclass(slots=True)
class LockOwner:
    """A job with its process: who holds or waits."""

    job: int
    livelock: str
    pid: int
    held: Wanted = field(default_factory=dict)
    pending: Wanted = field(default_factory=dict)

    @property
    def key(self) -> list[object]:
        return [self.job, self.livelock, self.pid]


class LockTable:
    """The locks of the cluster. They live on the master; what is in the file outlives the daemon."""

    def __init__(self, owners: Iterable[LockOwner] = ()) -> None:
        self.owners = list(owners)

    @classmethod
    def read(cls, machine: Machine) -> LockTable:
        """What is saved on this node; nothing if the file is missing or broken, as wconfd assumes."""
        try:
            held, waiting = json.loads(machine.files.read(PATH) or "[[],[]]")
            owners = {str(key): LockOwner(key[0], key[1], key[2], held=dict(locks)) for key, locks in held}
            for _, key, requests in waiting:
                owners.setdefault(str(key), LockOwner(key[0], key[1], key[2])).pending = dict(requests)
        except (ValueError, TypeError, LookupError):
            return cls()
        return cls(owners.values())

    def save(self, machine: Machine, now: float) -> None:
        held = [[owner.key, [list(item) for item in owner.held.items()]] for owner in self.owners if owner.held]
        waiting = [
            [0, owner.key, [list(item) for item in owner.pending.items()]] for owner in self.owners if owner.pending
        ]
        machine.files.write(
            PATH,
            json.dumps([held, waiting], separators=(",", ":")),
            owner="gnt-masterd",
            group="gnt-confd",
            mode=0o600,
            mtime=now,
        )

    def free_for(self, owner: LockOwner) -> bool:
        """Whether everything the owner waits for could be given to it now."""
        for other in self.owners:
            if other is owner:
                continue
            for name, mode in owner.pending.items():
                theirs = other.held.get(name)
                if theirs is not None and "exclusive" in (mode, theirs):
                    return False
        return True

    def settle(self) -> list[LockOwner]:
        """Give locks to those who wait, the lowest job first; returns who got them."""
        granted = []
        for owner in sorted(self.owners, key=lambda owner: owner.job):
            if owner.pending and self.free_for(owner):
                owner.held.update(owner.pending)
                owner.pending = {}
                granted.append(owner)
        return granted

    def drop(self, job: int) -> None:
        self.owners = [owner for owner in self.owners if owner.job != job]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Name, mode, owners and pending of each lock, as `gnt-debug locks` shows them."""
        names: set[str] = set()
        for owner in self.owners:
            for name in (*owner.held, *owner.pending):
                names |= {name, name.split("/", 1)[0] + "/[lockset]", "cluster/[lockset]"}
        rows = []
        for name in sorted(names):
            holders = [owner for owner in self.owners if name in owner.held]
            waiters = [owner for owner in self.owners if name in owner.pending]
            rows.append(
                (
                    name,
                    holders[0].held[name] if holders else "-",
                    ",".join(str(owner.job) for owner in holders) or "-",
                    ", ".join(f"{owner.pending[name]}:{owner.job}" for owner in waiters) or "-",
                )
            )
        return rows
