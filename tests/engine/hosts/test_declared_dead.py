"""Names of dead hosts, before and after it is known which hosts there are."""

import pytest

from engine.errors import HostDeclaredDeadError, UsageError
from engine.hosts.declared_dead import WithoutTheDead
from engine.hosts.host import Host, Link

KNOWN = ("node1.example.org", "node2.example.org", "node2.example.net", "master.example.org")


class Tried(Exception):  # noqa: N818 - no error
    """A link that is not refused leads here."""


class Nowhere:
    closed = False

    def to(self, host: Host) -> Link:
        raise Tried(host.name)

    def close(self) -> None:
        self.closed = True


def links(*dead: str) -> WithoutTheDead:
    return WithoutTheDead(Nowhere(), dead)


@pytest.mark.parametrize("host", ["node1", "node1.example.org", "NODE1.example.org"])
@pytest.mark.parametrize("dead", ["node1", "node1.example.org.", " Node1.Example.Org "])
def test_whatever_of_its_names_is_used_a_dead_host_is_not_tried(host: str, dead: str) -> None:
    with pytest.raises(HostDeclaredDeadError) as caught:
        links(dead).to(Host(host))
    assert caught.value.code == "host-declared-dead"
    assert caught.value.changed


@pytest.mark.parametrize("host", ["node10", "node10.example.org", "1.node1", "10.0.0.1"])
def test_all_others_are(host: str) -> None:
    with pytest.raises(Tried):
        links("node1", "node1.example.org").to(Host(host))


def test_once_the_hosts_are_known_only_that_very_one_is_dead() -> None:
    some = links("node2.example.net", "NODE1")
    assert some.settle(KNOWN) == ("node2.example.net", "node1.example.org")
    with pytest.raises(HostDeclaredDeadError):
        some.to(Host("node2.example.net"))
    with pytest.raises(Tried):
        some.to(Host("node2.example.org"))


@pytest.mark.parametrize(
    ("dead", "says"),
    [
        ("noed1.example.org", "did you mean 'node1.example.org'?"),
        ("node2", "can be node2.example.org or node2.example.net"),
        ("elsewhere", "known: master.example.org"),
    ],
)
def test_a_name_of_no_host_or_of_several_is_refused(dead: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        links(dead).settle(KNOWN)
    assert caught.value.code == "dead-unknown"
    assert says in caught.value.what
