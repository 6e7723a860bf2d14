"""Is a node silent, and what is it marked as?"""

from dataclasses import replace

import pytest

from checks.cluster.checks import nodes
from engine.errors import HostKeyError, HostUnreachableError
from engine.hosts.declared_dead import WithoutTheDead
from engine.hosts.reader import Reader
from tests.checks.imitation import ONE, THREE, TWO, Imitation, Nodes

PING = f"{ONE} ping -n -c 2 -W 2 10.78.0.2"
NODED = f"{ONE} socat -u OPEN:/dev/null TCP4:10.77.0.2:1811,connect-timeout=3"


def test_silent_everywhere(cluster: Imitation) -> None:
    cluster.silence(TWO)
    found = nodes.is_silent(cluster.context(), node="hwhost-2")
    assert found.holds is True
    assert "Silence is no proof" in found.summary
    # From here once; from each of two other nodes two addresses by three ways.
    assert len(found.evidence) == 1 + 2 * 2 * 3
    assert f"from {ONE}: TCP 10.77.0.2 port 2222: no answer" in found.evidence
    assert f"from {THREE}: TCP 10.78.0.2 port 1811: no answer" in found.evidence
    assert f"from {THREE}: ping 10.77.0.2: no answer" in found.evidence


@pytest.mark.parametrize("probe", [PING, NODED])
def test_one_answer_is_enough_to_be_there(cluster: Imitation, probe: str) -> None:
    cluster.silence(TWO)
    cluster.probes[probe] = (0, "")
    found = nodes.is_silent(cluster.context(), node=TWO)
    assert found.holds is False
    assert found.summary.startswith(f"{TWO} is there: from {ONE}")


def test_a_machine_that_refuses_is_running(cluster: Imitation) -> None:
    cluster.silence(TWO)
    cluster.probes[NODED] = (1, "2026 socat[9] E connect(5, AF=2 10.77.0.2:1811, 16): Connection refused\n")
    assert nodes.is_silent(cluster.context(), node=TWO).holds is False


def test_our_own_word_for_its_death_is_no_evidence(cluster: Imitation) -> None:
    cluster.probes[PING] = (0, "")
    context = cluster.context()
    context = replace(context, reader=Reader(WithoutTheDead(Nodes(cluster), [TWO])))
    assert nodes.is_silent(context, node=TWO).holds is False
    assert nodes.answers(context, node=TWO).holds is None


def test_a_node_that_we_may_not_use_is_there_all_the_same(cluster: Imitation) -> None:
    cluster.errors[TWO] = HostKeyError(f"{TWO} has another key.")
    assert nodes.is_silent(cluster.context(), node=TWO).holds is False
    assert nodes.answers(cluster.context(), node=TWO).holds is False


def test_a_node_that_answers(cluster: Imitation) -> None:
    assert nodes.is_silent(cluster.context(), node=TWO).holds is False
    assert nodes.answers(cluster.context(), node=TWO).holds is True


def test_with_nobody_else_to_ask_it_is_not_known(cluster: Imitation) -> None:
    cluster.silence(ONE, TWO, THREE)
    found = nodes.is_silent(cluster.context(), node=TWO)
    assert found.holds is None
    assert f"from {ONE}: does not answer itself" in found.evidence


def test_probes_that_could_not_be_made_prove_nothing(cluster: Imitation) -> None:
    cluster.silence(TWO, THREE)
    for address in ("10.77.0.2", "10.78.0.2"):
        cluster.probes[f"{ONE} ping -n -c 2 -W 2 {address}"] = (2, "ping: connect: Network is unreachable\n")
        for port in (2222, 1811):
            way = f"{ONE} socat -u OPEN:/dev/null TCP4:{address}:{port},connect-timeout=3"
            cluster.probes[way] = (127, "sh: 1: socat: not found\n")
    found = nodes.is_silent(cluster.context(), node=TWO)
    assert found.holds is None
    assert f"from {ONE}: ping 10.77.0.2: ping failed: ping: connect: Network is unreachable" in found.evidence


def test_a_host_that_let_us_in_and_then_hangs_is_not_silent(cluster: Imitation) -> None:
    cluster.errors[TWO] = HostUnreachableError(f"{TWO} did not answer.", code="host-silent")
    assert nodes.is_silent(cluster.context(), node=TWO).holds is None


def test_roles_by_the_word_of_the_acting_master(cluster: Imitation) -> None:
    cluster.ssconf(ONE, "offline_nodes", f"{THREE}\n")
    context = cluster.context()
    assert nodes.is_candidate(context, node=TWO).holds is True
    assert nodes.is_candidate(context, node=THREE).holds is False
    assert nodes.is_offline(context, node=THREE).holds is True
    assert nodes.is_online(context, node=THREE).holds is False
    assert nodes.is_offline(context, node=TWO).holds is False
    assert nodes.is_online(context, node=TWO).evidence == (f"{ONE}: ssconf_offline_nodes: {THREE}",)
