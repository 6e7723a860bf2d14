"""One run at a time: the lock of a site, which is the locks of all its hosts that answer.

The hosts are taken in the order of their names, the first one alone: of two runs that come at once it lets one through,
and the other one has nothing to give back. A host that does not answer takes no lock and is no reason to refuse; it
gets the lock before something is changed on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from engine.crashpoints import reached
from engine.english import join_and
from engine.errors import NOTHING_CHANGED, HostError, StoppedError
from engine.hosts.host import Host
from engine.journal.events import Event, Locked, LockTakenOver, StepBegun
from engine.locks.holder import Holder
from engine.locks.hosts import NOBODY, Heartbeat, HostLocks
from engine.locks.other_holder import OtherHolder, declined, explained, impossible, lost, refused, standings, take_over
from engine.locks.script import LockReply
from engine.log import tell
from engine.operator.interface import Line, Operator, Style

BEAT = 30.0
"""Seconds between two signs of life."""
FRESH = 45.0
"""Seconds for which a sign of life counts: nobody takes the lock over that soon. An older one is renewed first."""
ATTEMPTS = 3
AT_THE_END = 10.0
"""Seconds that the end of a run waits for one host."""

Record = Callable[[Event], object]


class SiteLocks:
    """The lock of one run.

    Args:
        at: how to ask the hosts for theirs.
        hosts: all hosts of the site.
        holder: the run.
        resumes: the run that this one goes on with, if it does.
        beat: seconds between two signs of life, see `Heartbeat`.
    """

    def __init__(
        self, at: HostLocks, hosts: Iterable[Host], holder: Holder, *, resumes: str = "", beat: float | None = BEAT
    ) -> None:
        self._at = at
        self._all = sorted(hosts, key=lambda host: host.name)
        self._holder = holder
        self._resumes = resumes
        self._heartbeat = Heartbeat(self._renew, beat)
        self._record: Record = lambda _event: None
        self._tried: set[Host] = set()
        self._renewed: dict[Host, float] = {}
        self._lost: tuple[Host, LockReply] | None = None
        self._late = threading.Lock()

    def take(self, operator: Operator, record: Record) -> None:
        """Take it, with the operator's leave from a run that is dead. Give it back by `release`, however this ends.

        Raises:
            RefusedError: `locked`, another run holds it; `lock-impossible`, no host that answers can hold it.
            StoppedError: there was no answer.
        """
        self._record = record
        answering, without = self._at.answering(self._all)
        others: list[OtherHolder] = []
        for _ in range(ATTEMPTS):
            told = self._take(answering, others)
            held = standings(told)
            if not held:
                break
            self._give_back()
            # Where two began at once, the other one may be gone by now; then it is free.
            if others := self._others(answering):
                self._confirm(others, operator)
                # The question may have stood there for long.
                others = self._others(answering)
        else:
            raise refused(held[0])
        without |= {name: one.text for name, one in told.items() if one.state == "failed"}
        taken = [host for host in answering if told[host.name].state == "ours"]
        if answering and not taken:
            raise impossible(without)
        for host in taken:
            self._keep(host)
        for one in others:
            record(LockTakenOver(tuple(sorted(one.silent)), one.told, one.seconds))
        names = [host.name for host in taken]
        record(Locked(tuple(names), without))
        words = f"Lock taken on {join_and(names)}" if names else "No host answers that could hold the lock"
        missing = f"; not on {join_and(sorted(without))}" if names and without else ""
        operator.show(Line(Style.FAINT, f"{words}{missing}."))

    def heard(self, event: Event) -> None:
        """The locks say soon at which step the run is."""
        if isinstance(event, StepBegun):
            self._holder = self._holder.at(event.step)
            self._heartbeat.now()

    def before_change(self, host: Host) -> None:
        """Make sure of the lock before something is changed on a host.

        Raises:
            StoppedError: `lock-lost`, another run has taken it over.
            RefusedError: `locked`, another run holds it on this host, which did not answer before.
            HostError: `lock-impossible`, the host does not take it.
        """
        self._check()
        if host not in self._renewed:
            with self._late:
                self._take_late(host)
        elif _now() - self._renewed[host] > FRESH:
            self._renew(host)
            self._check()

    def release(self) -> list[Line]:
        """Give it back wherever it may be; a warning for each host where that failed. Raises nothing."""
        self._heartbeat.end()
        kept = {host.name for host in self._renewed}
        return [
            Line(Style.WARNING, f"The lock on {name} was not given back: {one.text}. It counts as dead soon.")
            for name, one in self._give_back().items()
            if one.state == "failed" and name in kept
        ]

    def leave(self) -> None:
        """Let it lie: it counts as dead soon, and whoever comes is told what it was about. Raises nothing."""
        self._heartbeat.end()

    def _take(self, hosts: Sequence[Host], others: Sequence[OtherHolder]) -> dict[str, LockReply]:
        """Try one after the other until one has it, then the rest at once; somebody else's lock ends it."""
        former = {name: one.former for one in others for name in one.silent}

        def take(host: Host) -> LockReply:
            self._tried.add(host)
            return self._at.ask(host, "take", self._holder, former.get(host.name, NOBODY))

        told: dict[str, LockReply] = {}
        rest = list(hosts)
        while rest:
            first = rest.pop(0)
            told[first.name] = take(first)
            if told[first.name].state == "held":
                return told
            if told[first.name].state == "ours":
                reached("during-lock", first.name)
                break
        return told | self._at.each(rest, take)

    def _others(self, hosts: Sequence[Host]) -> list[OtherHolder]:
        """The runs that hold the lock on any of these hosts; all of them are dead, or else this one is refused."""
        found = standings(self._at.each(hosts, lambda host: self._at.ask(host, "look", self._holder)))
        if alive := [one for one in found if not one.dead]:
            raise refused(alive[0])
        return found

    def _confirm(self, others: Sequence[OtherHolder], operator: Operator) -> None:
        """The operator's leave to take it from runs that are dead."""
        operator.show(*explained(others, self._resumes))
        try:
            answer = operator.ask(take_over(others))
        except StoppedError as error:
            if error.code not in {"unanswered", "answer-refused"}:
                raise
            raise declined(others[0], error.what) from error
        if answer.key != "go":
            raise declined(others[0], "You did not take its lock over.")

    def _take_late(self, host: Host) -> None:
        if host in self._renewed:
            return
        self._tried.add(host)
        told = self._at.ask(host, "take", self._holder)
        if others := standings({host.name: told}):
            raise declined(others[0], "It holds the lock there.") if others[0].dead else refused(others[0])
        if told.state != "ours":
            raise HostError(
                f"{host} does not take the lock of this run, so nothing is changed there.",
                why=told.text,
                changed=NOTHING_CHANGED,
                hint=f"Make {self._at.folder} there writable and give it room; a change needs that as well.",
                code="lock-impossible",
            )
        self._record(Locked((host.name,)))
        self._keep(host)

    def _keep(self, host: Host) -> None:
        self._renewed[host] = _now()
        self._heartbeat.watch(host)

    def _renew(self, host: Host) -> None:
        """A sign of life. That it fails harms nothing: the lock grows older there, and is renewed the next time."""
        told = self._at.ask(host, "refresh", self._holder)
        if told.state == "ours":
            self._renewed[host] = _now()
        elif told.state == "lost":
            self._lost = host, told
        else:
            tell("lock not renewed", host=host.name, why=told.text)

    def _check(self) -> None:
        if self._lost is not None:
            host, told = self._lost
            raise lost(host.name, standings({host.name: told}))

    def _give_back(self) -> dict[str, LockReply]:
        tried, self._tried = sorted(self._tried, key=lambda host: host.name), set()
        ask = self._at.ask
        return self._at.each(tried, lambda host: ask(host, "release", self._holder, timeout=AT_THE_END))


def _now() -> float:
    """Seconds, those in which this machine slept among them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
