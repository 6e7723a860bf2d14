"""Why a run is made: asked for where something can be destroyed, and nowhere else."""

import pytest

from engine.cli.reason import ASKED, destroys, reason_for
from engine.errors import StoppedError
from engine.identity import in_a_word
from engine.operator.scripted import Scripted
from tests.rehearsals.rehearsal import load


@pytest.mark.parametrize(
    ("runbook", "destructive"),
    [("master-failover", "yes"), ("node-reinstall", "yes"), ("split-brain-replace", "yes"), ("stuck-job", "no")],
)
def test_a_runbook_that_destroys_is_known_by_its_steps_and_by_those_it_calls(runbook: str, destructive: str) -> None:
    assert destroys(load(runbook).runbook, load) is (destructive == "yes")


def test_the_reason_is_asked_for_where_it_was_not_given() -> None:
    operator = Scripted({"reason": " the node burnt down\n"})
    assert reason_for(load("master-failover"), "", load, operator) == "the node burnt down"


def test_it_is_not_asked_for_where_it_was_given_or_nothing_can_be_destroyed() -> None:
    nobody = Scripted({})
    assert reason_for(load("master-failover"), " fire ", load, nobody) == "fire"
    assert reason_for(load("stuck-job"), "", load, nobody) == ""


@pytest.mark.parametrize("answers", [{}, {"reason": "  "}])
def test_without_a_reason_nothing_is_begun(answers: dict[str, str]) -> None:
    with pytest.raises(StoppedError) as error:
        reason_for(load("master-failover"), "", load, Scripted(answers))
    assert error.value.code == "unanswered"
    assert "'reason'" in error.value.hint
    assert ASKED.id == "reason"


def test_the_person_is_the_login_before_the_account_it_became() -> None:
    known = {"account": "root", "sudo_user": "mallory", "loginuid": "alice", "from": "192.0.2.7"}
    assert in_a_word(known) == "alice from 192.0.2.7"
    assert in_a_word({"account": "root"}) == "root"
    assert in_a_word({}) == ""
