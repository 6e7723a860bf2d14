"""Finding the cluster, from whatever hosts were named."""

from pathlib import Path

import pytest

from checks import site
from checks.look.output import ParseError
from engine.errors import FactError, HostIdentityError, HostUnreachableError
from engine.hosts.host import Host
from tests.checks.imitation import ONE, SSCONF_PREFIX, THREE, TWO, Imitation


def test_hosts_with_addresses_and_ports(cluster: Imitation) -> None:
    found = site.discover(cluster.reader(), [Host(TWO)])
    assert found.label == "cluster.lab.example"
    assert list(found.hosts) == [ONE, TWO, THREE]
    assert found.hosts[ONE] == Host(ONE, ("10.77.0.1", "10.78.0.1"), 2222)
    assert found.entry == found.hosts[TWO]


def test_the_master_keeps_the_anchors_and_where_it_does_not_the_entry(cluster: Imitation) -> None:
    found = site.discover(cluster.reader(), [Host(TWO)])
    assert found.witnesses == (found.hosts[ONE], found.entry)
    assert site.discover(cluster.reader(), [Host(ONE)]).witnesses == (found.hosts[ONE],)


def test_an_old_cluster_knows_no_ports(cluster: Imitation) -> None:
    del cluster.files[ONE][f"{SSCONF_PREFIX}ssh_ports"]
    assert site.discover(cluster.reader(), [Host(ONE)]).hosts[TWO].port is None


def test_the_first_that_answers(cluster: Imitation) -> None:
    cluster.silence(ONE)
    assert site.discover(cluster.reader(), [Host(ONE), Host(TWO)]).entry.name == TWO


def test_a_node_whose_files_are_damaged_is_passed_over(cluster: Imitation) -> None:
    cluster.ssconf(ONE, "cluster_name", "")
    assert site.discover(cluster.reader(), [Host(ONE), Host(TWO)]).entry.name == TWO
    with pytest.raises(ParseError, match="ssconf"):
        site.discover(cluster.reader(), [Host(ONE)])


def test_none_answers(cluster: Imitation) -> None:
    cluster.silence(ONE, TWO)
    with pytest.raises(HostUnreachableError, match=ONE) as caught:
        site.discover(cluster.reader(), [Host(ONE), Host(TWO)])
    assert caught.value.why.count(f"Tried: {ONE}, {TWO}.") == 1


def test_a_host_that_is_no_node(cluster: Imitation) -> None:
    cluster.files[THREE] = {}
    cluster.silence(ONE)
    with pytest.raises(FactError) as caught:
        site.discover(cluster.reader(), [Host(ONE), Host(THREE)])
    assert caught.value.code == "not-a-node"


def test_hosts_of_two_clusters(cluster: Imitation) -> None:
    cluster.ssconf(TWO, "cluster_name", "other.lab.example\n")
    with pytest.raises(FactError) as caught:
        site.discover(cluster.reader(), [Host(ONE), Host(TWO)])
    assert caught.value.code == "two-clusters"
    assert f"{TWO} to other.lab.example" in caught.value.why


def test_nothing_to_try(cluster: Imitation) -> None:
    with pytest.raises(FactError) as caught:
        site.discover(cluster.reader(), [])
    assert caught.value.code == "no-entry"


@pytest.mark.parametrize("given", ["10.77.0.2", "hwhost-2"])
def test_a_host_by_its_address_or_short_name_gets_its_full_name(cluster: Imitation, given: str) -> None:
    refused = HostIdentityError(f"{given} calls itself {TWO}")
    refused.calls_itself = TWO
    cluster.errors[given] = refused
    found = site.discover(cluster.reader(), [Host(given, port=22)])
    assert found.entry == Host(TWO, tuple(dict.fromkeys((given, "10.77.0.2", "10.78.0.2"))), 22)
    assert found.hosts[TWO] == found.entry


def test_another_name_than_the_one_given_stays_refused(cluster: Imitation) -> None:
    refused = HostIdentityError(f"{ONE} calls itself {TWO}")
    refused.calls_itself = TWO
    cluster.errors[ONE] = refused
    with pytest.raises(HostIdentityError):
        site.discover(cluster.reader(), [Host(ONE)])


def test_a_node_that_was_removed(cluster: Imitation) -> None:
    cluster.ssconf(THREE, "node_list", f"{ONE}\n{TWO}\n")
    with pytest.raises(FactError) as caught:
        site.discover(cluster.reader(), [Host(THREE)])
    assert caught.value.code == "not-a-node"


def test_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.local_entry(tmp_path) is None
    folder = tmp_path / "var/lib/ganeti"
    folder.mkdir(parents=True)
    (folder / "ssconf_node_list").write_text(f"{ONE}\n{TWO}\n")
    (folder / "ssconf_node_primary_ips").write_text(f"{ONE} 10.77.0.1\n{TWO} 10.77.0.2\n")
    monkeypatch.setattr("socket.getfqdn", lambda: "localhost")
    monkeypatch.setattr("socket.gethostname", lambda: "hwhost-2")
    assert site.local_entry(tmp_path) == Host(TWO, ("10.77.0.2",))
    monkeypatch.setattr("socket.gethostname", lambda: "laptop")
    assert site.local_entry(tmp_path) is None
