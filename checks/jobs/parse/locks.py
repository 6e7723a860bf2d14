"""locks.data: which job holds which lock, and who waits (src/Ganeti/Locking: Locks, Allocation, Waiting)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import StrictStr, TypeAdapter

from checks.look.grammar import JobId
from checks.look.json_files import read_document

Mode = Literal["exclusive", "shared"]

_Owner = tuple[JobId | StrictStr, str, int]
_FORM: TypeAdapter[
    tuple[
        list[tuple[_Owner, list[tuple[str, Mode]]]],
        list[tuple[int, _Owner, list[tuple[str, Mode | Literal["release"]]]]],
    ]
] = TypeAdapter(
    tuple[
        list[tuple[_Owner, list[tuple[str, Mode]]]],
        list[tuple[int, _Owner, list[tuple[str, Mode | Literal["release"]]]]],
    ]
)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock by name, such as `instance/inst1.lab.example` or `node/UUID`, and how it is or would be held."""

    name: str
    mode: Mode

    def clashes(self, other: Lock) -> bool:
        """Whether both cannot be held at once by different owners.

        Holding all of a kind (`node/[lockset]`) clashes with holding one of it (lockImplications there).
        """
        if "exclusive" not in (self.mode, other.mode):
            return False
        if self.name == other.name:
            return True
        kind, _, what = self.name.partition("/")
        other_kind, _, other_what = other.name.partition("/")
        # cluster/config stands alone: it only guards writes of the configuration.
        alone = "cluster/config" in (self.name, other.name)
        return kind == other_kind and "[lockset]" in (what, other_what) and not alone


@dataclass(frozen=True, slots=True)
class LocksOwner:
    """Who holds or wants locks.

    Attributes:
        job: the number of the job, or None for another task.
        name: what the task calls itself; the job's number as text.
        pid: the process that asked, as it was when it asked.
    """

    job: int | None
    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class LockClaim:
    """What one owner holds, or waits for."""

    owner: LocksOwner
    locks: tuple[Lock, ...]


@dataclass(frozen=True, slots=True)
class Locks:
    """All locks of a cluster."""

    held: tuple[LockClaim, ...] = ()
    pending: tuple[LockClaim, ...] = ()

    def of_job(self, job: int) -> tuple[Lock, ...]:
        """What this job holds."""
        return tuple(lock for claim in self.held if claim.owner.job == job for lock in claim.locks)

    def waiting_behind(self, job: int) -> tuple[int, ...]:
        """The jobs which want a lock that clashes with one this job holds, in order of their numbers."""
        held = self.of_job(job)
        return tuple(sorted({claim.owner.job for claim in self.pending
                             if claim.owner.job not in (None, job) and _any_clash(held, claim.locks)
                             and claim.owner.job is not None}))  # fmt: skip


def _any_clash(held: Iterable[Lock], wanted: Iterable[Lock]) -> bool:
    wanted = tuple(wanted)
    return any(lock.clashes(other) for lock in held for other in wanted)


def _owner(owner: tuple[int | str, str, int]) -> LocksOwner:
    name, _livelock, pid = owner
    return LocksOwner(job=name if isinstance(name, int) else None, name=str(name), pid=pid)


def parse_locks(text: str) -> Locks:
    """Read locks.data: `[[[owner, [[lock, mode]…]]…], [[priority, owner, [[lock, mode]…]]…]]`.

    An owner is `[job number or name, livelock file, process id]`; the form is the same from 2.12 to 3.1.

    Raises:
        ParseError: it is of another form.
    """
    held, pending = read_document(_FORM, text, "locks.data")
    return Locks(
        held=tuple(LockClaim(_owner(owner), tuple(Lock(name, mode) for name, mode in locks)) for owner, locks in held),
        pending=tuple(
            # What is given back in the same request cannot block anyone.
            LockClaim(_owner(owner), tuple(Lock(name, mode) for name, mode in locks if mode != "release"))
            for _priority, owner, locks in pending
        ),
    )
