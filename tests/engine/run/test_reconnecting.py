"""A host that is away when a change is sent: waited for, for a while, and the change is made once."""

from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, RunbookError, StepError
from engine.journal.events import Outcome
from engine.run.reconnecting import PATIENCE, UNSENT_PATIENCE
from tests.engine.run.toy import ON, House, Run, go


def away(times: int, error: type[RunbookError] = HostUnreachableError, code: str | None = None) -> House:
    """A house whose lamps answer again after so many attempts."""
    house = House()
    left = [times]

    def refuse() -> None:
        if left[0]:
            left[0] -= 1
            raise error("No answer.", code=code)

    house.before_change = refuse
    return house


def states(outcome: Run) -> list[str]:
    return [event.state for event in outcome.journal.events if isinstance(event, Outcome)]


@pytest.mark.parametrize("code", ["host-unreachable", "host-silent"])
def test_one_that_comes_back_gets_the_change_and_nobody_is_asked(tmp_path: Path, code: str) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=away(5, code=code))
    assert outcome.error is None
    assert states(outcome) == ["done"]
    assert [question.id for question, _answer in outcome.operator.asked] == ["switch-on"]
    text = " ".join(outcome.operator.text.split())
    assert "The change was not begun. It is sent as soon as hall.example answers, for up to 2 min" in text
    assert "hall.example answers again." in text


def test_one_that_stays_away_is_a_failure_of_the_step_and_nothing_was_begun(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=away(10**6))
    assert isinstance(outcome.error, StepError)
    assert states(outcome) == ["not-started"]
    seconds = [float(entry.time[17:23]) + 60 * float(entry.time[14:16]) for entry in outcome.journal.entries]
    assert UNSENT_PATIENCE < seconds[-1] < UNSENT_PATIENCE + 30 < PATIENCE


def test_one_that_answers_and_refuses_is_not_asked_again(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=away(1, code="command-refused"))
    assert isinstance(outcome.error, StepError)
    assert states(outcome) == ["not-started"]
    assert "there is nothing to do" not in outcome.operator.text
