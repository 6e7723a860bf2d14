"""Readers that keep what they are told, and readers that answer from what was kept."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta

from engine.capture.model import Capture, CapturedRead, question
from engine.errors import HostError
from engine.hosts.budget import Budget
from engine.hosts.host import Host, Link, Links
from engine.hosts.reader import Reader
from engine.hosts.reads import Read
from engine.hosts.rounds import Answer


class Recording:
    """All answers so far, over all moments."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[CapturedRead] = []

    def add(self, host: Host, reads: Sequence[Read], answers: Sequence[Answer]) -> None:
        with self._lock:
            self._entries += [CapturedRead(host, one.argv, answer) for one, answer in zip(reads, answers, strict=True)]

    @property
    def entries(self) -> tuple[CapturedRead, ...]:
        return tuple(self._entries)


class RecordingReader(Reader):
    """A reader like any other; each answer it gets is kept as well, also by the readers of later moments."""

    def __init__(
        self,
        links: Links,
        recording: Recording,
        pool: Executor | None = None,
        budgets: Mapping[Host, Budget] | None = None,
    ) -> None:
        super().__init__(links, pool, budgets)
        self._recording = recording

    def moment(self) -> Reader:
        return RecordingReader(self._links, self._recording, self._pool, self._budgets)

    def _ask_host(self, host: Host, reads: Sequence[Read]) -> Sequence[Answer]:
        answers = super()._ask_host(host, reads)
        self._recording.add(host, reads, answers)
        return answers


class NotCapturedError(HostError):
    """The capture has no answer to this: nobody asked when it was taken."""

    code = "not-captured"


class ReplayingReader(Reader):
    """Answers from a capture: the first look gets what was seen first, a later one what was seen later."""

    def __init__(self, capture: Capture) -> None:
        super().__init__(_NoLinks())
        self._capture = capture
        self._left = _Left(capture.by_question())

    def moment(self) -> Reader:
        later = ReplayingReader(self._capture)
        later._left = self._left
        return later

    def _ask_host(self, host: Host, reads: Sequence[Read]) -> Sequence[Answer]:
        return [self._left.take(host, one) or not_captured(host, one) for one in reads]


def not_captured(host: Host, read: Read) -> NotCapturedError:
    """The error for a question that nobody asked."""
    return NotCapturedError(
        f"The capture does not hold what {read.argv[0]} would say on {host}.",
        why="it was not asked for when the capture was taken",
        hint="Take a new capture with this version, or look at the cluster itself.",
    )


class _Left:
    """The answers that were not given yet; shared by all moments."""

    def __init__(self, answers: Mapping[tuple[Host, tuple[str, ...]], list[Answer]]) -> None:
        self._lock = threading.Lock()
        self._answers = {key: list(some) for key, some in answers.items()}
        self._taken: dict[tuple[Host, tuple[str, ...]], int] = defaultdict(int)

    def take(self, host: Host, read: Read) -> Answer | None:
        key = (host, question(read.argv))
        with self._lock:
            some, number = self._answers.get(key, []), self._taken[key]
            self._taken[key] += 1
        return some[number] if number < len(some) else None


class _NoLinks:
    def to(self, host: Host) -> Link:
        raise NotCapturedError(f"{host} is not reached from a capture.")

    def close(self) -> None:
        """Nothing is open."""


class ReplayClock:
    """The time at which a capture was taken; it passes only when it is waited for."""

    def __init__(self, taken: datetime) -> None:
        self._taken = taken
        self._passed = 0.0

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        self._passed += max(0.0, seconds)

    def now(self) -> datetime:
        return self._taken + timedelta(seconds=self._passed)
