"""Copies of the configuration, and the nodes, instances and disks in the newest."""

import json
from collections.abc import Callable

import pytest

from checks.cluster.facts import copies, nodes
from checks.drbd.facts import disks
from checks.instances.facts import instances
from checks.instances.facts.instances import Minor
from checks.paths import CONFIG_DATA
from engine.errors import FactError
from tests.checks.imitation import ONE, SECRET, THREE, TWO, UUIDS, Imitation, configuration


def test_all_copies_are_the_same(cluster: Imitation) -> None:
    found = copies.serials(cluster.context())
    assert (found.newest, found.unknown, found.highest) == ((ONE, TWO), (), 40)
    first = found.of(ONE)
    assert (first.serial, first.modified, first.candidate) == (40, "2026-11-22 11:41:02 UTC", True)
    assert (found.of(THREE).serial, found.of(THREE).candidate) == (None, False)


def test_a_newer_copy_and_a_silent_candidate(cluster: Imitation) -> None:
    cluster.files[TWO][CONFIG_DATA] = json.dumps(configuration(41))
    assert copies.serials(cluster.context()).newest == (TWO,)
    cluster.silence(TWO)
    found = copies.serials(cluster.context())
    assert (found.newest, found.unknown) == ((ONE,), (TWO,))
    assert not found.of(TWO).answers


def test_a_node_is_a_candidate_if_any_node_says_so(cluster: Imitation) -> None:
    cluster.ssconf(ONE, "master_candidates", f"{ONE}\n")
    assert copies.serials(cluster.context()).of(TWO).candidate


def test_a_damaged_copy_is_unknown_and_a_missing_one_is_not(cluster: Imitation) -> None:
    cluster.files[TWO][CONFIG_DATA] = "{"
    assert copies.serials(cluster.context()).unknown == (TWO,)
    del cluster.files[TWO][CONFIG_DATA]
    found = copies.serials(cluster.context())
    assert (found.unknown, found.of(TWO).answers) == ((), True)


def test_node(cluster: Imitation) -> None:
    found = nodes.node(cluster.context(), node="hwhost-2")
    assert (found.name, found.uuid, found.secondary_ip) == (TWO, UUIDS[TWO], "10.78.0.2")
    assert found.own_parameters == ("ssh_port=2222",)
    assert (found.primary_instances, found.secondary_instances) == (("inst2.lab.example",), ("inst1.lab.example",))
    assert found.instances == ("inst2.lab.example", "inst1.lab.example")
    assert (found.candidate, found.offline, found.answers) == (True, False, True)


def test_a_node_from_the_newest_copy_while_it_is_dead(cluster: Imitation) -> None:
    newer = configuration(50)
    newer["nodes"][UUIDS[ONE]]["offline"] = True
    cluster.files[TWO][CONFIG_DATA] = json.dumps(newer)
    cluster.silence(ONE)
    found = nodes.node(cluster.context(), node=ONE)
    assert (found.offline, found.answers) == (True, False)


def test_no_copy_at_all(cluster: Imitation) -> None:
    cluster.silence(ONE, TWO)
    with pytest.raises(FactError) as caught:
        nodes.node(cluster.context(), node=ONE)
    assert caught.value.code == "config-unreadable"


def test_instance_with_the_minors_of_its_primary_node_first(cluster: Imitation) -> None:
    found = instances.instance(cluster.context(), instance="inst2")
    assert (found.name, found.primary, found.secondaries) == ("inst2.lab.example", TWO, (ONE,))
    assert not found.configured_up
    (disk,) = found.disks
    assert (disk.template, disk.size, disk.minors) == ("drbd", 64, (Minor(TWO, 6), Minor(ONE, 1)))
    assert SECRET not in repr(found)


def test_instance_without_drbd(cluster: Imitation) -> None:
    found = instances.instance(cluster.context(), instance="plain1.lab.example")
    assert (found.secondaries, found.disks[0].volumes) == ((), ("vg0/aa.disk0",))
    assert disks.of(cluster.context(), instance="plain1") == ()


def test_an_unknown_instance_names_those_there_are(cluster: Imitation) -> None:
    with pytest.raises(FactError) as caught:
        instances.instance(cluster.context(), instance="inst9")
    assert caught.value.code == "instance-unknown"
    assert "inst1.lab.example" in caught.value.hint


def healthy(cluster: Imitation, data: Callable[[str], str]) -> None:
    cluster.files[ONE]["/proc/drbd"] = data("drbd-connected.txt")
    cluster.files[TWO]["/proc/drbd"] = data("drbd-connected-peer.txt").replace(" 0: cs", " 5: cs", 1)


def test_disks_joined_with_the_minors_of_each_node(cluster: Imitation, data: Callable[[str], str]) -> None:
    healthy(cluster, data)
    mine, theirs = disks.of(cluster.context(), instance="inst1")
    assert (mine.node, mine.minor, mine.role, mine.in_sync) == (ONE, 0, "Primary", True)
    assert (theirs.node, theirs.minor, theirs.role, theirs.in_sync) == (TWO, 5, "Secondary", True)


def test_disks_that_cannot_be_seen(cluster: Imitation, data: Callable[[str], str]) -> None:
    healthy(cluster, data)
    cluster.files[ONE]["/proc/drbd"] = data("drbd-bitmap-stuck.txt")
    cluster.silence(TWO)
    mine, theirs = disks.of(cluster.context(), instance="inst1")
    assert (mine.connection, mine.peer_disk, mine.in_sync) == ("WFBitMapS", "Consistent", False)
    assert (theirs.seen, theirs.connection, theirs.in_sync) == (False, "unknown", False)


def test_disks_without_the_module_and_without_the_device(cluster: Imitation) -> None:
    del cluster.files[TWO]["/proc/drbd"]
    mine, theirs = disks.of(cluster.context(), instance="inst1")
    assert {mine.connection, theirs.connection} == {"Unconfigured"}
    assert "module" in theirs.line
