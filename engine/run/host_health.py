"""Whether a host may be changed: one that lies about the time, takes nothing or hangs is told before the intent."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.clock import Clock
from engine.english import duration, join_and, plural
from engine.errors import NOTHING_CHANGED, HostError
from engine.hosts.host import Host
from engine.hosts.reader import Reader
from engine.hosts.reads import Read, read
from engine.hosts.rounds import Answer
from engine.hosts.supervisor import STATE
from engine.journal.events import PreconditionSeen
from engine.operator.interface import Line, Operator, Style
from engine.run.overrides import Overrides

LIMIT = 10.0
"""Seconds after which a program that answers at once on a host that is well counts as one that hangs."""

VARIABLE = "/var"
WRITTEN = ("/", STATE)
"""Paths that have to take something."""

CLOCK = read("date", "+%s", timeout=LIMIT)
MOUNTS = read("cat", "/proc/mounts", timeout=LIMIT)
ROOM = read("stat", "-f", "-c", "%a %S %c %d", VARIABLE, timeout=LIMIT)
"""Free blocks and their size in bytes, inodes and free inodes; where they have no number, 0 of 0."""
READS: tuple[Read, ...] = (CLOCK, MOUNTS, ROOM)

_UNWRITABLE = frozenset({"ro", "emergency_ro", "shutdown"})
"""Options of a file system that takes nothing: mounted so, or put so by the kernel after an error."""
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system where it is mounted; `options` as the kernel tells them."""

    device: str
    point: str
    options: str

    @property
    def unwritable(self) -> bool:
        return not _UNWRITABLE.isdisjoint(self.options.split(","))


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """What is free: bytes, and inodes; None where the file system has no number of them."""

    size: int
    inodes: int | None


def clock(text: str) -> datetime | None:
    """The time a host says it is; None where it says something else."""
    try:
        return datetime.fromtimestamp(int(text.strip()), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def room_in(text: str) -> FreeSpace | None:
    """What is free, as ROOM tells it; None where it tells something else."""
    words = text.split()
    if len(words) != 4 or not all(word.isascii() and word.isdecimal() for word in words):  # noqa: PLR2004 - see ROOM
        return None
    blocks, size, inodes, free = map(int, words)
    return FreeSpace(blocks * size, free if inodes else None)


def mount_of(path: str, text: str) -> Mount | None:
    """The file system a path is on, by /proc/mounts; of several at one place the last one counts. None if not told."""
    best: Mount | None = None
    for line in text.splitlines():
        words = [_ESCAPED.sub(lambda match: chr(int(match[1], 8)), word) for word in line.split()]
        if len(words) < 4 or not _holds(words[1], path):  # noqa: PLR2004 - device, place, type, options (fstab(5))
            continue
        if best is None or len(words[1]) >= len(best.point):
            best = Mount(words[0], words[1], words[3])
    return best


def _holds(point: str, path: str) -> bool:
    return path == point or path.startswith(f"{point.rstrip('/')}/")


FRESH = 180.0
"""Seconds for which a host that was found fit is not looked at again."""
APART = timedelta(minutes=5)
"""How far two clocks may be apart before what is told by their times cannot be compared."""
LEAST_SIZE = 8 << 20
LEAST_INODES = 100
"""What has to be free: bytes, and inodes."""
WITNESSES = 3
"""How many other hosts are asked what time it is, where two clocks disagree."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """Between these two times here, hosts were asked; the clock of one may be anywhere between."""

    begun: datetime
    ended: datetime

    def off(self, there: datetime) -> timedelta:
        """How much a clock is ahead of the one here at least (negative: behind it); nothing if it may be the same."""
        return max(there - self.ended, timedelta()) + min(there - self.begun, timedelta())


class HostHealth:
    """Looks at a host before it is changed.

    Args:
        reader: reaches the hosts.
        clock: the time here.
        probes: further reads, each with a limit of its own, of programs that may hang.
        others: hosts to compare clocks with.
        forced: what the operator overrides, by these codes.
        despite: what the runbook says does not stop it, likewise.
        record: writes down what was overridden.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        probes: Sequence[Read],
        others: Iterable[Host],
        forced: Overrides,
        despite: Collection[str],
        record: Callable[[PreconditionSeen], object],
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._reads = (*READS, *probes)
        self._others = tuple(others)
        self._forced = forced
        self._despite = despite
        self._record = record
        self._lock = threading.Lock()
        self._fit_until: dict[str, float] = {}
        self._overridden: set[tuple[str, str]] = set()

    def require(self, host: Host, operator: Operator) -> None:
        """Return if a change may be made there, as it was found some minutes ago at most.

        Raises:
            HostError: it may not, or it did not answer; nothing was changed.
            JournalError: what is overridden cannot be recorded.
        """
        with self._lock:
            if self._clock.monotonic() < self._fit_until.get(host.name, 0.0):
                return
        found = self._wrong(host)
        barred = [one for one in found if one.code not in {*self._forced.codes, *self._despite}]
        if barred:
            # Each is named once; what is put right first is the first.
            rest = "; ".join(one.what for one in found if one is not barred[0])
            barred[0].why = f"{barred[0].why} Besides: {rest}" if rest else barred[0].why
            raise barred[0]
        for one in found:
            self._override(host, one, operator)
        with self._lock:
            self._fit_until[host.name] = self._clock.monotonic() + FRESH

    def _override(self, host: Host, error: HostError, operator: Operator) -> None:
        with self._lock:
            if (host.name, error.code) in self._overridden:
                return
            self._overridden.add((host.name, error.code))
        if error.code in self._forced.codes:
            why, words = self._forced.reason, f"Overridden by --force {error.code}: {self._forced.reason}"
        else:
            why = words = "The runbook is made for that, and goes on."
        evidence = (error.why,) if error.why else ()
        self._record(PreconditionSeen(error.code, holds=False, summary=error.what, evidence=evidence, forced=why))
        operator.show(Line(Style.WARNING, f"{error.what} {words}"))

    def _wrong(self, host: Host) -> list[HostError]:
        """All that is wrong, the worst first.

        Raises:
            HostError: it did not answer at all.
        """
        begun = self._clock.now()
        answers = self._reader.moment().read_all((host, one) for one in self._reads)
        moment = _Moment(begun, self._clock.now())
        errors = [one for one in answers.values() if isinstance(one, HostError)]
        if len(errors) == len(answers):
            raise errors[0]
        text = {one: _text(answers, host, one) for one in READS}
        found = (
            *(_hangs(host, one, answers[host, one]) for one in self._reads),
            *(_read_only(host, path, text[MOUNTS]) for path in WRITTEN),
            _full(host, text[ROOM]),
            self._clock_off(host, text[CLOCK], moment),
        )
        return list({one.what: one for one in found if one is not None}.values())

    def _clock_off(self, host: Host, text: str, moment: _Moment) -> HostError | None:
        there = clock(text)
        off = moment.off(there) if there is not None else timedelta()
        if there is None or abs(off) < APART:
            return None
        apart = f"{duration(abs(off).total_seconds())} {'ahead of' if off > timedelta() else 'behind'}"
        return HostError(
            f"The clock of {host} is {apart} the one here.",
            why=f"There it is {there:%Y-%m-%d %H:%M:%S} UTC, here {moment.ended:%Y-%m-%d %H:%M:%S}. "
            + self._which_is_wrong(host, off),
            changed=NOTHING_CHANGED,
            hint=_hint("Set the wrong one right (chronyc makestep, or date), then retry.", "host-clock"),
            code="host-clock",
        )

    def _which_is_wrong(self, host: Host, off: timedelta) -> str:
        others = [one for one in self._others if one.name != host.name][:WITNESSES]
        begun = self._clock.now()
        answers = self._reader.moment().read_all((one, CLOCK) for one in others)
        moment = _Moment(begun, self._clock.now())
        told = {one: clock(_text(answers, one, CLOCK)) for one in others}
        offs = {one.name: moment.off(there) for one, there in told.items() if there is not None}
        ours = [name for name, one in offs.items() if abs(one) < APART]
        theirs = [name for name, one in offs.items() if abs(one - off) < APART]
        if ours and not theirs:
            return f"The time at {join_and(ours)} is the one here, so {host} is wrong."
        if theirs and not ours:
            return f"The time at {join_and(theirs)} is that of {host}, so the clock here is wrong."
        return "Either may be wrong; the other hosts do not settle it."


def _text(answers: Mapping[tuple[Host, Read], Answer], host: Host, one: Read) -> str:
    answer = answers[host, one]
    return "" if isinstance(answer, HostError) or not answer.ok else answer.stdout


def _hangs(host: Host, one: Read, answer: Answer) -> HostError | None:
    if not isinstance(answer, HostError):
        return None
    program = one.argv[0]
    return HostError(
        f"{program} on {host} does not end.",
        why=answer.why or answer.what,
        changed=NOTHING_CHANGED,
        hint=_hint(f"Look there what {program} waits for: a disk, or a device that is suspended. Then retry.",
                   "host-hangs"),
        code="host-hangs",
    )  # fmt: skip


def _read_only(host: Host, path: str, mounts: str) -> HostError | None:
    mount = mount_of(path, mounts)
    if mount is None or not mount.unwritable:
        return None
    return HostError(
        f"The file system {mount.point} on {host} takes nothing: it is read-only.",
        why=f"/proc/mounts there: {mount.device} {mount.point} {mount.options}",
        changed=NOTHING_CHANGED,
        hint=_hint("The kernel makes it so when a disk fails: see dmesg there. Repair that, then retry.",
                   "host-read-only"),
        code="host-read-only",
    )  # fmt: skip


def _full(host: Host, told: str) -> HostError | None:
    room, where = room_in(told), VARIABLE
    if room is None or (room.size >= LEAST_SIZE and (room.inodes is None or room.inodes >= LEAST_INODES)):
        return None
    inodes = f" and {plural(room.inodes, 'inode')}" if room.inodes is not None else ""
    return HostError(
        f"{where} on {host} is full: {room.size / (1 << 20):.1f} MiB{inodes} are free.",
        why=f"It needs {LEAST_SIZE >> 20} MiB and {LEAST_INODES} inodes to work and to say what it did.",
        changed=NOTHING_CHANGED,
        hint=_hint(f"Make room there (df -h {where}; df -i {where}), then retry.", "host-full"),
        code="host-full",
    )


def _hint(what: str, code: str) -> str:
    return f"{what} If it does not matter here: run it with --force {code} --reason 'why'."
