"""Whether a host may be changed: one that lies about the time, takes nothing or hangs is told before the intent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.errors import NOTHING_CHANGED, HostError
from engine.journal.events import Precondition
from engine.operator.interface import Line, Operator, Style
from engine.run.overrides import Forced
from engine.template.filters import duration, join_and, plural
from engine.transport import condition
from engine.transport.interface import Host
from engine.transport.reader import Reader
from engine.transport.reads import Read
from engine.transport.together import Answer

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


class Fitness:
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
        forced: Forced,
        despite: Collection[str],
        record: Callable[[Precondition], object],
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._reads = (*condition.READS, *probes)
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
        self._record(Precondition(error.code, holds=False, summary=error.what, evidence=evidence, forced=why))
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
        text = {one: _text(answers, host, one) for one in condition.READS}
        found = (
            *(_hangs(host, one, answers[host, one]) for one in self._reads),
            *(_read_only(host, path, text[condition.MOUNTS]) for path in condition.WRITTEN),
            _full(host, text[condition.ROOM]),
            self._clock_off(host, text[condition.CLOCK], moment),
        )
        return list({one.what: one for one in found if one is not None}.values())

    def _clock_off(self, host: Host, text: str, moment: _Moment) -> HostError | None:
        there = condition.clock(text)
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
        answers = self._reader.moment().read_all((one, condition.CLOCK) for one in others)
        moment = _Moment(begun, self._clock.now())
        told = {one: condition.clock(_text(answers, one, condition.CLOCK)) for one in others}
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
    mount = condition.mount_of(path, mounts)
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
    room, where = condition.room_in(told), condition.VARIABLE
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
