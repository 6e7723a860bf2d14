"""The cluster, its masters, its daemons: from ssconf files and processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cluster.facts import daemons, masters, voting, watcher
from checks.cluster.facts import overview as facts
from checks.paths import DEFAULTS, WATCHER_PAUSE
from checks.version import Version
from engine.errors import FactError, HostUnreachableError
from tests.checks.imitation import MASTER_IP, NOW, ONE, THREE, TWO, Imitation


def test_overview(cluster: Imitation) -> None:
    seen = facts.overview(cluster.context())
    assert (seen.name, seen.version, seen.master, seen.master_ip) == (
        "cluster.lab.example",
        "3.0.2",
        ONE,
        MASTER_IP,
    )
    assert (seen.nodes, seen.candidates, seen.other_nodes) == ((ONE, TWO, THREE), (ONE, TWO), (TWO, THREE))


def test_overview_with_a_candidate_marked_offline(cluster: Imitation) -> None:
    cluster.ssconf(ONE, "offline_nodes", f"{TWO}\n")
    seen = facts.overview(cluster.context())
    assert (seen.offline, seen.online_candidates) == ((TWO,), (ONE,))


def test_overview_from_another_node_when_the_entry_is_dead(cluster: Imitation) -> None:
    cluster.silence(ONE)
    cluster.ssconf(TWO, "master_node", f"{TWO}\n")
    seen = facts.overview(cluster.context())
    assert (seen.seen_from, seen.master) == (TWO, TWO)


def test_no_node_answers(cluster: Imitation) -> None:
    cluster.silence(ONE, TWO, THREE)
    with pytest.raises(HostUnreachableError, match=ONE):
        facts.overview(cluster.context())


def test_all_is_well_with_the_master(cluster: Imitation) -> None:
    seen = masters.claims(cluster.context())
    assert (seen.agreed, seen.acting, seen.silent) == (ONE, ONE, ())
    assert (seen.all_acting, seen.acting_besides(ONE)) == ((ONE,), ())
    assert (seen.voting_besides(()), seen.voting_besides((TWO,))) == ((ONE, TWO, THREE), (ONE, THREE))
    assert [claim.has_master_ip for claim in seen.claims] == [True, False, False]


def test_an_old_master_that_comes_back_believes_in_itself(cluster: Imitation) -> None:
    for node in (TWO, THREE):
        cluster.ssconf(node, "master_node", f"{TWO}\n")
    cluster.commands[TWO] += ["/usr/sbin/ganeti-wconfd --no-voting --yes-do-it", "/usr/sbin/ganeti-luxid"]
    cluster.commands[ONE] = ["/usr/sbin/ganeti-confd"]
    seen = masters.claims(cluster.context())
    assert (seen.agreed, seen.acting) == (None, TWO)
    assert [seen.has_to_join(node, offline=False) for node in (ONE, TWO, THREE)] == [True, False, False]
    assert [seen.has_to_join(node, offline=True) for node in (ONE, TWO, THREE)] == [True, False, True]


def test_two_acting_masters_are_none(cluster: Imitation) -> None:
    cluster.commands[TWO] += ["/usr/sbin/ganeti-wconfd", "/usr/sbin/ganeti-luxid"]
    seen = masters.claims(cluster.context())
    assert seen.acting is None
    assert (seen.all_acting, seen.acting_besides(ONE), seen.acting_besides(THREE)) == ((ONE, TWO), (TWO,), (ONE, TWO))


def test_a_master_without_luxid_does_not_act(cluster: Imitation) -> None:
    cluster.commands[ONE].remove("/usr/sbin/ganeti-luxid")
    seen = masters.claims(cluster.context())
    assert (seen.acting, seen.of(ONE).runs_wconfd, seen.of(ONE).runs_luxid) == (None, True, False)


def test_a_node_installed_anew_answers_and_knows_no_master(cluster: Imitation) -> None:
    cluster.files[THREE] = {}
    claim = masters.claims(cluster.context()).of(THREE)
    assert (claim.answers, claim.believes) == (True, None)


def test_a_silent_node_makes_no_claim(cluster: Imitation) -> None:
    cluster.silence(THREE)
    seen = masters.claims(cluster.context())
    assert seen.silent == (THREE,)
    assert (seen.agreed, seen.of(THREE).believes) == (ONE, None)


def test_daemons(cluster: Imitation) -> None:
    found = daemons.on(cluster.context(), node="HWHOST-1")
    assert (found.node, found.running) == (ONE, ("confd", "luxid", "noded", "wconfd"))
    assert not found.voting_disabled


def test_daemons_started_without_a_vote(cluster: Imitation) -> None:
    cluster.commands[TWO].append("/usr/sbin/ganeti-wconfd --no-voting --yes-do-it")
    found = daemons.on(cluster.context(), node=TWO)
    assert (found.voting_disabled, found.wconfd, found.luxid) == (True, True, False)


def test_a_node_that_is_none(cluster: Imitation) -> None:
    with pytest.raises(FactError) as caught:
        daemons.on(cluster.context(), node="hwhost-9")
    assert caught.value.code == "node-unknown"
    assert THREE in caught.value.hint


@pytest.mark.parametrize(
    ("wconfd", "luxid", "any_flag", "both"),
    [
        ("", "", False, False),
        ("--no-voting --yes-do-it", "--no-voting --yes-do-it", True, True),
        ("--no-voting --yes-do-it", "", True, False),
        ("", "-d --no-voting", True, False),
        ("-d", "-d", False, False),
    ],
)
def test_flags(cluster: Imitation, wconfd: str, luxid: str, *, any_flag: bool, both: bool) -> None:
    cluster.files[TWO][DEFAULTS] = f'WCONFD_ARGS="{wconfd}"\nLUXID_ARGS="{luxid}"\n'
    found = voting.flags(cluster.context(), node=TWO)
    assert (found.any, found.both) == (any_flag, both)
    assert (found.wconfd_args, found.luxid_args) == (wconfd, luxid)


def test_flags_without_the_file(cluster: Imitation) -> None:
    del cluster.files[TWO][DEFAULTS]
    assert not voting.flags(cluster.context(), node=TWO).any


@pytest.mark.parametrize(("seconds", "paused"), [(60, True), (0, True), (-1, False)])
def test_the_watcher_is_paused_until_a_moment(cluster: Imitation, seconds: int, *, paused: bool) -> None:
    cluster.files[ONE][WATCHER_PAUSE] = f"{NOW + seconds}\n"
    found = watcher.pause(cluster.context())
    assert (found.node, found.paused) == (ONE, paused)
    assert found.until.startswith("2026-11-22 12:3")


def test_the_watcher_is_not_paused(cluster: Imitation) -> None:
    found = watcher.pause(cluster.context())
    assert (found.paused, found.until) == (False, "")


def test_versions_are_compared_by_numbers() -> None:
    assert Version("2.13.0") >= "2.9"
    assert Version("2.13.0") > "2.9"
    assert Version("2.13") == "2.13.0"
    assert Version("3.0.0~rc1") < "3.0.0"
    assert Version("3.0.0~rc1") > "2.16"
    assert Version("3.0.2") != "3.0.20"
    assert str(Version("3.0.2")) == f"{Version('3.0.2')}" == "3.0.2"
    assert hash(Version("2.13")) == hash(Version("2.13.0"))
    assert sorted([Version("2.13"), Version("2.9"), Version("3.0")]) == ["2.9", "2.13", "3.0"]


NUMBERS = st.lists(st.integers(0, 40), min_size=1, max_size=4)


@given(NUMBERS, NUMBERS)
def test_order_of_versions_is_that_of_their_numbers(one: list[int], two: list[int]) -> None:
    first, second = (".".join(map(str, numbers)) for numbers in (one, two))
    width = max(len(one), len(two))
    padded = [numbers + [0] * (width - len(numbers)) for numbers in (one, two)]
    assert (Version(first) < second) == (padded[0] < padded[1])
    assert (Version(first) == second) == (padded[0] == padded[1])


@given(st.text(), st.text())
def test_any_text_has_one_place_in_the_order(one: str, two: str) -> None:
    assert [Version(one) < two, Version(one) == two, Version(one) > two].count(True) == 1


def test_each_question_is_asked_once_a_moment(cluster: Imitation) -> None:
    context = cluster.context()
    masters.claims(context)
    masters.claims(context)
    assert len(cluster.asked) == 3 * 3
