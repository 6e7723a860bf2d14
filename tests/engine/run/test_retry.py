"""A host that is away when a change is planned or sent: waited for, for a while, and the change is made once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.crashpoints import Point, listening
from engine.errors import HostUnreachableError, RunbookError, StepError
from engine.hosts.host import Host
from engine.journal.events import Outcome
from engine.operator.interface import Question
from engine.operator.scripted import Scripted
from engine.run.retry import PATIENCE, UNSENT_PATIENCE
from tests.engine.run.toy import ON, House, Room, Run, go


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
    assert "The next change was not begun. The run goes on as soon as hall.example answers, for up to 2 min" in text
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


TWICE = """
  - id: once
    title: Switch it on
    run: [lamp, "on"]
    on: where
    effect: reversible
    undo: none
  - id: off-again
    title: Switch it off
    run: [lamp, "off"]
    on: where
    effect: reversible
    undo: none
    consequence: "It is {{ 'on' if lamp.on else 'off' }}"
"""
ANSWERS = {"once": "y", "off-again": "y"}


class Away(House):
    """A house one of whose hosts is not reached for some attempts; `goes` begins that."""

    def __init__(self, attempts: int, host: str = "hall.example") -> None:
        super().__init__()
        self._attempts, self._host = attempts, host
        self._left = 0

    def goes(self) -> None:
        self._left = self._attempts

    def to(self, host: Host) -> Room:
        if self._left and host.name == self._host:
            self._left -= 1
            raise HostUnreachableError(f"{host} cannot be reached.")
        return super().to(host)


def go_away_at_question(tmp_path: Path, house: Away, question: str) -> Run:
    """Make both changes, and let the host go while this is asked."""

    def gone(asked: Question) -> None:
        if asked.id == question:
            house.goes()

    return go(tmp_path, TWICE, house=house, operator=Scripted(dict(ANSWERS), on_question=gone))


def go_away_after_change(tmp_path: Path, house: Away) -> Run:
    """Make both changes, and let the host go after the first."""

    def gone(point: Point, _detail: str) -> None:
        if point == "before-outcome" and not house._left:
            house.goes()

    with listening(gone):
        return go(tmp_path, TWICE, ANSWERS, house=house)


@pytest.mark.parametrize(
    "way",
    [go_away_after_change, lambda path, house: go_away_at_question(path, house, "off-again")],
    ids=["planned", "approved"],
)
def test_a_host_that_goes_between_two_changes_is_waited_for(tmp_path: Path, way: Callable[[Path, Away], Run]) -> None:
    outcome = way(tmp_path, Away(4))
    assert outcome.error is None
    assert states(outcome) == ["done", "done"]
    assert [question.id for question, _answer in outcome.operator.asked] == ["once", "off-again"]
    text = " ".join(outcome.operator.text.split())
    assert text.count("The run goes on as soon as hall.example answers, for up to 2 min; there is nothing to do.") == 1
    assert text.count("hall.example answers again.") == 1


def test_one_that_was_not_changed_before_is_not_waited_for(tmp_path: Path) -> None:
    outcome = go_away_at_question(tmp_path, Away(4), "once")
    assert isinstance(outcome.error, StepError)
    assert states(outcome) == []
    assert "there is nothing to do" not in outcome.operator.text


def test_one_that_does_not_come_back_is_waited_for_once(tmp_path: Path) -> None:
    house = Away(10**6)
    answers = {**ANSWERS, "off-again.failed": ["retry", "retry", "stop"]}
    with listening(lambda point, _detail: house.goes() if point == "before-outcome" else None):
        outcome = go(tmp_path, TWICE, answers, house=house)
    assert isinstance(outcome.error, StepError)
    assert states(outcome) == ["done"]
    assert " ".join(outcome.operator.text.split()).count("there is nothing to do") == 1
