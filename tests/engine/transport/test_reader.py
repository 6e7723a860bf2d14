"""Within one moment, a host that did not answer is not asked again; the next moment tries anew."""

import pytest

from engine.errors import HostUnreachableError
from engine.transport.interface import Host, Result
from engine.transport.reader import Reader
from engine.transport.reads import read

DEAD, ALIVE = Host("dead"), Host("alive")
ONE, TWO = read("date", "+%s"), read("hostname", "--fqdn")


class Counted:
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

    def close(self) -> None: ...


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
