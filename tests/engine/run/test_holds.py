"""What is held during a run is given back, however the run ends."""

import signal
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, OutcomeUnknownError, StepError, StoppedError
from engine.journal.events import FollowUpDone, FollowUpLeft, StepEnded
from engine.journal.folder import still_open
from engine.operator.scripted import Scripted
from tests.engine.run.toy import HEADER, House, Run, go

HELD = (
    HEADER
    + """
meanwhile:
  - id: light
    title: Keep the light on
    when: not lamp.on
    otherwise: it is on
    hold: [lamp, "on"]
    release: [lamp, "off"]
    on: where
    leaves: {runbook: lights-out, because: The light burns.}
"""
)
LOOK = """
  - id: look
    title: Look
    run: [lamp, "{word}"]
    on: where
    effect: reversible
    undo: none
"""


def held(tmp_path: Path, word: str, answers: dict[str, object], house: House | None = None) -> Run:
    return go(tmp_path, LOOK.format(word=word), {"light": "y", **answers}, header=HELD, house=house)


def states(outcome: Run) -> dict[str, str]:
    return {event.step: event.state for event in outcome.journal.events if isinstance(event, StepEnded)}


def words(outcome: Run) -> list[str]:
    return [argv[1] for _host, argv in outcome.house.changes]


def test_it_is_taken_first_and_given_back_last(tmp_path: Path) -> None:
    outcome = held(tmp_path, "on", {"look": "y"})
    assert outcome.error is None
    assert words(outcome) == ["on", "on", "off"]
    assert states(outcome) == {"light": "done", "look": "done", "light-released": "done"}
    left = [event for event in outcome.journal.events if isinstance(event, FollowUpLeft | FollowUpDone)]
    assert [event.kind for event in left] == ["follow-up", "follow-up-done"]
    assert still_open([outcome.journal]) == []


@pytest.mark.parametrize(
    ("word", "answers", "error"),
    [
        ("on", {"look": "stop"}, StoppedError),
        ("no-such-word", {"look": "y", "look.failed": "stop"}, StepError),
        ("explode", {"look": "y"}, OutcomeUnknownError),
    ],
)
def test_it_is_given_back_however_the_run_ends(
    tmp_path: Path, word: str, answers: dict[str, object], error: type[Exception]
) -> None:
    outcome = held(tmp_path, word, answers)
    assert isinstance(outcome.error, error)
    assert words(outcome)[-1] == "off"
    assert outcome.journal.events[-1].kind == "run-ended"
    assert still_open([outcome.journal]) == []


def test_it_is_given_back_after_an_interruption(tmp_path: Path) -> None:
    def interrupt(question: object) -> None:
        if getattr(question, "id", "") == "look":
            signal.raise_signal(signal.SIGINT)

    operator = Scripted({"light": "y", "look": "y"}, on_question=interrupt)
    outcome = go(tmp_path, LOOK.format(word="on"), header=HELD, operator=operator)
    assert isinstance(outcome.error, StoppedError)
    assert words(outcome) == ["on", "off"]


def test_what_was_not_taken_is_not_given_back(tmp_path: Path) -> None:
    house = House()
    house.files["hall.example", "/lamp"] = "on\n"
    outcome = held(tmp_path, "on", {"look": "y"}, house)
    assert outcome.error is None
    assert words(outcome) == ["on"]
    assert states(outcome)["light"] == "not-needed"
    refused = held(tmp_path / "refused", "on", {"light": ("skip", "burns by itself"), "look": "y"})
    assert words(refused) == ["on"]


def test_what_cannot_be_given_back_leaves_its_reminder(tmp_path: Path) -> None:
    house = House()

    def vanish() -> None:
        if len(house.changes) == 2:
            house.broken["hall.example"] = HostUnreachableError("no answer")

    house.before_change = vanish
    outcome = held(tmp_path, "on", {"look": "y"}, house)
    assert outcome.error is None
    assert "lights-out" in outcome.operator.text
    assert [one.left.runbook for one in still_open([outcome.journal])] == ["lights-out"]
    assert states(outcome)["light-released"] == "failed"


def test_a_dry_run_takes_nothing(tmp_path: Path) -> None:
    outcome = go(tmp_path, LOOK.format(word="on"), header=HELD, dry=True)
    assert outcome.house.changes == []
    assert "Keep the light on" in outcome.operator.text


def test_a_run_may_go_on_without_what_could_not_be_taken_where_the_runbook_says_so(tmp_path: Path) -> None:
    header = HELD.replace('hold: [lamp, "on"]', 'hold: [lamp, "no-such-word"]\n    may_fail: It is a sunny day.')
    outcome = go(tmp_path, LOOK.format(word="on"), {"light": "y", "look": "y"}, header=header)
    assert outcome.error is None
    assert "The run goes on: It is a sunny day." in outcome.operator.text
    assert states(outcome) == {"light": "failed", "look": "done"}
    assert words(outcome)[-1] == "on", "what was not taken is not given back"
