"""Within one moment, a host that did not answer is not asked again; the next moment tries anew.

Only a link that was lost while it was read through is opened once more.
"""

from collections.abc import Sequence

import pytest

from engine.errors import HostUnreachableError
from engine.hosts.budget import Budget, silent
from engine.hosts.host import Host, Result
from engine.hosts.reader import LONG, Reader
from engine.hosts.reads import Read, read
from engine.hosts.rounds import Answer
from tests.support.links import FakeLinks

DEAD, ALIVE = Host("dead"), Host("alive")
ONE, TWO = read("date", "+%s"), read("hostname", "--fqdn")


class Counted(FakeLinks):
    """Links that count how often a host is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def to(self, host: Host) -> object:
        self.calls.append(host.name)
        if host == DEAD:
            raise HostUnreachableError("dead cannot be reached.")
        return self

    def run(self, argv: tuple[str, ...], *, timeout: float) -> Result:
        return Result(tuple(argv), f"{timeout:g}\n", "", 0, 0.1)


def test_a_dead_host_costs_one_attempt_a_moment() -> None:
    links = Counted()
    reader = Reader(links)
    reader.read_all([(DEAD, ONE), (ALIVE, ONE)])
    for what in (ONE, TWO):
        with pytest.raises(HostUnreachableError):
            reader.read(DEAD, what)
    assert reader.read(ALIVE, TWO).ok
    assert links.calls.count("dead") == 1
    with pytest.raises(HostUnreachableError):
        reader.moment().read(DEAD, ONE)
    assert links.calls.count("dead") == 2


class Torn(FakeLinks):
    """Links that are lost before they have answered all; the last one is not."""

    def __init__(self, links: int) -> None:
        self._left = links
        self.asked: list[list[Read]] = []
        self.alive = True

    def to(self, host: Host) -> "Torn":
        if not self.alive:
            self._left -= 1
            self.alive = True
        if self._left < 0:
            raise HostUnreachableError(f"{host} cannot be reached.")
        return self

    def make_reads(self, reads: Sequence[Read], budget: Budget) -> list[Answer]:
        self.asked.append(list(reads))
        answers: list[Answer] = [Result(one.argv, "said\n", "", 0, 0.1) for one in reads]
        if self._left:
            answers[-1] = silent(ALIVE, "The connection was lost.")
            self.alive = False
        return answers


def test_what_was_not_heard_over_a_link_that_was_lost_is_asked_for_once_more() -> None:
    links = Torn(1)
    answers = Reader(links).read_all([(ALIVE, ONE), (ALIVE, TWO)])  # type: ignore[arg-type]
    assert [one.ok for one in answers.values() if isinstance(one, Result)] == [True, True]
    assert links.asked == [[ONE, TWO], [TWO]]


def test_a_link_that_is_lost_again_is_not_tried_for_ever() -> None:
    links = Torn(2)
    with pytest.raises(HostUnreachableError, match="did not answer"):
        Reader(links).read(ALIVE, ONE)  # type: ignore[arg-type]
    assert links.asked == [[ONE], [ONE]]


def test_a_host_that_is_away_when_its_link_was_lost_is_not_asked_again_in_the_same_moment() -> None:
    links = Torn(1)
    reader = Reader(links)  # type: ignore[arg-type]
    links.to = lambda host: links if links.alive else _gone(host)  # type: ignore[method-assign]
    with pytest.raises(HostUnreachableError, match="cannot be reached"):
        reader.read(ALIVE, ONE)
    with pytest.raises(HostUnreachableError, match="cannot be reached"):
        reader.read(ALIVE, TWO)
    assert links.asked == [[ONE]]


def _gone(host: Host) -> Torn:
    raise HostUnreachableError(f"{host} cannot be reached.")


class Alike(FakeLinks):
    """Two hosts with the same long file, each in words of its own."""

    def to(self, host: Host) -> "Alike":
        return self

    def run(self, argv: tuple[str, ...], *, timeout: float) -> Result:
        return Result(argv, "".join(["serial 7\n"] * LONG), "", 0, 0.0)


def test_a_long_text_that_several_hosts_have_is_kept_once() -> None:
    reader, file = Reader(Alike()), read("cat", "/var/lib/ganeti/config.data")
    reader.read_all([(Host("one"), file), (Host("two"), file)])
    first, second = (reader.read(Host(name), file) for name in ("one", "two"))
    assert first.stdout is second.stdout
    assert first.ok
