"""Every embedded incident is recognised, and its own runbook comes first."""

import pytest

from checks.world.links import OVERHEAD_SECONDS
from checks.world.scenarios import SCENARIOS
from tests.checks.diagnosis.clinic import ONE, THREE, TWO, only, patient, roots

BETTER = {
    "master-failover.stale": {"new_master": THREE},
    "drbd-recreate-secondary.wrong-node": {"node": TWO},
    "node-reinstall.is-master": {"node": TWO},
}
"""Where the scenario's own parameters are the mistake to be found."""
DISCARDS = [name for name in SCENARIOS if name.startswith("split-brain-discard")]
STUCK = ("stuck-job", "stuck-job.ganeti-2.12", "stuck-job.kill-refused")
EXPECTED = {
    **{name: ["split-brain-replace"] for name in DISCARDS},
    **{name: ["split-brain-stuck"] for name in STUCK},
    "node-reinstall.not-wiped": [],
}
"""What is suggested where it is not its own runbook: that of the cause, or none."""
BOUND = 18
"""Seconds that a diagnosis may wait, ten of them for a dead node: a simulated one is that slow to be known as dead."""
LOOKING = {"cat", "date", "dmsetup", "drbdsetup", "find", "getent", "grep", "ip", "journalctl", "ls", "lvs", "ping",
           "ps", "socat", "stat"}  # fmt: skip


UNTOLD = {"device"}
"""What a scenario's runbook is told and no diagnosis can know: which device of a bare node may be taken."""
UNSEEN = {"healthy", "kvm-dir-permissions", "cluster-upgrade-ssh-port"}
"""Nothing is wrong; or only a message of Ganeti tells, which is in no file."""


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.split(".")[0] not in UNSEEN])
def test_its_own_runbook_comes_first_and_alone(scenario: str) -> None:
    found = patient(scenario).diagnosed()
    own = scenario.split(".", maxsplit=1)[0]
    assert [one.runbook for one in found.suggestions] == EXPECTED.get(scenario, [own])
    assert not found.all_well
    for suggestion in [one.suggestion for one in found.findings if one.suggestion and one.suggestion.runbook == own]:
        given = BETTER.get(scenario, dict(SCENARIOS[scenario]().parameters))
        assert dict(suggestion.parameters) == {key: given[key] for key in given if key not in UNTOLD}
    named = [one.suggestion for one in found.findings if one.suggestion]
    assert found.suggestions == tuple(named[: len(found.suggestions)])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_only_looks_asks_no_daemon_and_ends_soon(scenario: str) -> None:
    ill = patient(scenario)
    context, begun = ill.context(), ill.cluster.clock.monotonic()
    ill.diagnosed()
    programs = {argv[0] for _host, argv in ill.cluster.record}
    assert programs <= LOOKING
    # The nodes are looked at at the same time; here one command comes after the other.
    waited = ill.cluster.clock.monotonic() - begun - OVERHEAD_SECONDS * len(ill.cluster.record)
    assert waited < BOUND
    assert context.site.hosts


def test_a_healthy_cluster_is_all_well() -> None:
    found = patient("healthy").diagnosed()
    assert found.all_well
    assert (found.findings, found.unknown, found.silent, found.answered) == ((), (), (), (ONE, TWO))


def test_what_a_dead_master_would_have_told_is_not_known() -> None:
    found = patient("master-failover").diagnosed()
    assert roots(found) == ["master-gone"]
    assert found.silent == (ONE,)
    open_questions = {one.question for one in found.unknown}
    assert {f"everything on {ONE}", "whether a job hangs", "whether the watcher is paused"} <= open_questions
    (suggestion,) = found.suggestions
    assert "cut its power" in suggestion.note
    assert "a vote can be won" not in suggestion.note


def test_a_master_that_is_cut_off_is_not_said_to_be_off() -> None:
    found = patient("master-failover.cut-off").diagnosed()
    assert "it is not off" in found.findings[0].title
    assert f"{TWO}: ping 10.78.0.1: answered" in found.findings[0].evidence


def test_a_vote_that_can_be_won_is_said() -> None:
    (suggestion,) = patient("master-failover.stale").diagnosed().suggestions
    assert "2 of 3 nodes answer, so that a vote can be won" in suggestion.note


def test_a_master_that_works_is_not_to_be_replaced_at_once() -> None:
    found = patient("master-failover.not-fenced").diagnosed()
    assert found.findings[0].code == "master-cut-off"
    assert "while it works, the runbook refuses" in found.suggestions[0].note


@pytest.mark.parametrize("scenario", ["stuck-job", "stuck-job.orphan"])
def test_a_job_that_waits_is_a_consequence(scenario: str) -> None:
    found = patient(scenario).diagnosed()
    job = next(one for one in found.findings if one.code in {"job-hangs", "job-lost"})
    waiting = only(found, "job-waits")
    assert waiting.explained_by == (job.key,)
    assert "1 job waits behind it" in job.title
    assert any("instance/inst1.lab.example (exclusive)" in line for line in job.evidence)


def test_a_former_master_that_came_back_explains_the_rest() -> None:
    ill = patient("master-failover-return").happens("power-on hwhost-1").waits(400)
    found = ill.diagnosed()
    assert roots(found) == ["master-disagrees"]
    assert {"voting-flags", "disks-inactive", "node-offline"} <= {one.code for one in found.findings[1:]}
    assert [one.command for one in found.suggestions] == [f"gnt-runbook run master-failover-return old_master={ONE}"]
