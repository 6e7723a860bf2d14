"""What is recorded over moments is replayed in the same order; what was never asked is said to be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from engine.capture.model import Capture
from engine.capture.recording import NotCapturedError, Recording, RecordingReader, ReplayClock, ReplayingReader
from engine.errors import HostUnreachableError
from engine.hosts.host import Host, Result
from engine.hosts.reader import Reader
from engine.hosts.reads import read
from tests.support.links import FakeLink

A, DEAD = Host("a"), Host("dead")
TAKEN = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
DATE, ID = read("date", "+%s"), read("id")


@dataclass
class Ticking(FakeLink):
    """Each command prints how many there were before."""

    host: Host = A
    count: int = 0
    asked: list[str] = field(default_factory=list)

    def to(self, host: Host) -> Ticking:
        if host == DEAD:
            raise HostUnreachableError("dead does not answer.", code="host-unreachable")
        return self

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        self.count += 1
        self.asked.append(argv[0])
        return Result(tuple(argv), f"{self.count}\n", "", 0, timeout)


def survey(reader: Reader) -> list[str]:
    first = reader.read(A, DATE).stdout
    reader.read_all([(A, ID), (A, DATE), (DEAD, DATE)])
    with pytest.raises(HostUnreachableError):
        reader.read(DEAD, DATE)
    later = reader.moment()
    return [first, reader.read(A, ID).stdout, reader.read(A, DATE).stdout, later.read(A, DATE).stdout]


def test_a_replay_answers_as_it_was_answered_then() -> None:
    recording, links = Recording(), Ticking()
    seen = survey(RecordingReader(links, recording))
    assert seen == ["1\n", "2\n", "1\n", "3\n"]
    assert len(recording.entries) == 4
    capture = Capture(TAKEN, "x", (A,), recording.entries)
    assert survey(ReplayingReader(capture)) == seen
    assert links.count == 3


def test_what_nobody_asked_then_is_unknown_now() -> None:
    reader = ReplayingReader(Capture(TAKEN, "x", (A,), ()))
    for one in (A, DEAD):
        with pytest.raises(NotCapturedError) as caught:
            reader.read(one, DATE)
        assert caught.value.code == "not-captured"
    recording = Recording()
    RecordingReader(Ticking(), recording).read(A, DATE)
    again = ReplayingReader(Capture(TAKEN, "x", (A,), recording.entries))
    assert again.read(A, DATE).ok
    with pytest.raises(NotCapturedError):
        again.moment().read(A, DATE)


def test_the_time_of_a_replay_is_that_of_the_capture() -> None:
    clock = ReplayClock(TAKEN)
    clock.sleep(5)
    clock.sleep(-1)
    assert (clock.monotonic(), clock.now()) == (5, TAKEN + timedelta(seconds=5))
