"""Which node the new master has taken the place of, when the failover is done and the rest is not."""

import json

import pytest

from checks.cluster.facts import former_master, masters
from checks.cluster.facts.copies import newest_config
from checks.paths import CONFIG_DATA
from engine.errors import FactError
from tests.checks.imitation import ONE, THREE, TWO, UUIDS, Imitation


def taken_over(cluster: Imitation) -> None:
    for node in (TWO, THREE):
        cluster.ssconf(node, "master_node", f"{TWO}\n")
    cluster.silence(ONE)


def of(cluster: Imitation, named: str = former_master.AUTOMATIC) -> str:
    return former_master.former(cluster.context(), by=TWO, named=named)


def test_before_the_failover_it_is_the_master_whatever_is_named(cluster: Imitation) -> None:
    cluster.silence(ONE)
    assert (of(cluster), of(cluster, THREE)) == (ONE, ONE)


def test_after_the_failover_it_is_the_node_that_does_not_answer(cluster: Imitation) -> None:
    taken_over(cluster)
    assert of(cluster) == ONE


def test_with_two_dead_nodes_it_is_the_one_that_is_not_dealt_with(cluster: Imitation) -> None:
    taken_over(cluster)
    cluster.silence(ONE, THREE)
    data = json.loads(cluster.files[TWO][CONFIG_DATA])
    data["nodes"][UUIDS[THREE]]["offline"] = True
    for instance in data["instances"].values():
        instance["primary_node"] = UUIDS[ONE]
    cluster.files[TWO][CONFIG_DATA] = json.dumps(data)
    assert of(cluster) == ONE


def test_with_two_dead_nodes_alike_it_cannot_be_told_and_has_to_be_named(cluster: Imitation) -> None:
    taken_over(cluster)
    cluster.silence(ONE, THREE)
    assert (of(cluster), of(cluster, "hwhost-1")) == (TWO, ONE)


def test_when_all_answer_there_is_nothing_to_go_on_with(cluster: Imitation) -> None:
    for node in (ONE, TWO, THREE):
        cluster.ssconf(node, "master_node", f"{TWO}\n")
    assert of(cluster) == TWO


def test_a_name_that_no_node_has_is_refused(cluster: Imitation) -> None:
    taken_over(cluster)
    with pytest.raises(FactError, match="hwhost-9"):
        of(cluster, "hwhost-9")


def test_a_node_whose_node_daemon_is_dead_gives_no_vote(cluster: Imitation) -> None:
    cluster.commands[ONE] = []
    seen = masters.claims(cluster.context())
    assert [claim.runs_noded for claim in seen.claims] == [False, True, True]
    assert seen.of(ONE).answers


def test_the_acting_master_is_believed_although_the_old_one_counted_on(cluster: Imitation) -> None:
    data = json.loads(cluster.files[TWO][CONFIG_DATA])
    cluster.files[ONE][CONFIG_DATA] = json.dumps({**data, "serial_no": data["serial_no"] + 9})
    cluster.commands[TWO] += [one for one in cluster.commands[ONE] if "luxid" in one or "wconfd" in one]
    cluster.commands[ONE] = ["/usr/sbin/ganeti-confd"]
    assert newest_config(cluster.context())[0] == TWO
    cluster.commands[TWO] = []
    assert newest_config(cluster.context())[0] == ONE
