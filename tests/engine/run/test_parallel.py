"""Many items at once: one approval, a record each, a budget of failures, and an end that can be waited for."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import LinkLostError, OutcomeUnknownError, StepError, StoppedError
from engine.hosts.host import Result
from engine.journal.events import Answered, Intent, Outcome, StepEnded
from engine.run.interrupts import Interrupts
from engine.run.options import RunSettings
from tests.engine.run.toy import House, Room, Run, go
from tests.support.runs import REHEARSED, WHO

STEP = """
  - id: press
    title: Press them
    each: "{items}"
    together: {{limit: {limit}, failures: {failures}}}
    run: [button, "{{{{ item }}}}"]
    on: where
    effect: disruptive
    undo: none
"""

AT_ONCE = RunSettings("real", WHO, at_once=8)


class Buttons(House):
    """Has buttons, some of which do not work, and does what a test wants while one is pressed."""

    def __init__(self, broken: set[int], while_pressed: Callable[[int], None] = lambda _number: None) -> None:
        super().__init__()
        self.stuck, self.while_pressed = broken, while_pressed

    def to(self, host: object) -> Room:
        return Panel(self, super().to(host).host)  # type: ignore[arg-type]


class Panel(Room):
    def run(self, argv: object, *, timeout: float) -> Result:
        words = tuple(argv)  # type: ignore[arg-type]
        if words[0] != "button":
            return super().run(words, timeout=timeout)
        assert isinstance(self.house, Buttons)
        self.house.ran.append((self.host.name, words))
        self.house.while_pressed(int(words[1]))
        return Result(words, "", "", int(int(words[1]) in self.house.stuck), 0.1)


def press(
    tmp_path: Path,
    items: list[int],
    answers: dict[str, object],
    *,
    house: House,
    limit: int = 4,
    failures: int = 0,
    settings: RunSettings = AT_ONCE,
) -> Run:
    return go(
        tmp_path, STEP.format(items=items, limit=limit, failures=failures), answers, house=house, settings=settings
    )


def states(outcome: Run) -> dict[str, str]:
    return {event.step: event.state for event in outcome.journal.events if isinstance(event, StepEnded)}


def pressed(outcome: Run) -> list[str]:
    return sorted(argv[1] for _host, argv in outcome.house.changes)


def test_one_approval_is_for_all_of_them_and_each_has_a_record(tmp_path: Path) -> None:
    outcome = press(tmp_path, [1, 2, 3], {"press": "yes"}, house=Buttons(set()))
    assert outcome.error is None
    assert pressed(outcome) == ["1", "2", "3"]
    assert states(outcome) == {"press[1]": "done", "press[2]": "done", "press[3]": "done"}
    events = outcome.journal.events
    assert [event.question for event in events if isinstance(event, Answered)] == ["press"]
    intents = {event.key: event.step for event in events if isinstance(event, Intent)}
    outcomes = {event.key for event in events if isinstance(event, Outcome)}
    assert set(intents.values()) == {"press[1]", "press[2]", "press[3]"}
    assert intents.keys() == outcomes
    assert all(f"button {number}" in outcome.operator.text for number in (1, 2, 3))


def test_they_really_run_beside_each_other_up_to_the_limit(tmp_path: Path) -> None:
    meeting = threading.Barrier(2, timeout=10)
    # Each waits for another one: with one at a time nobody would ever come.
    outcome = press(tmp_path, [1, 2, 3, 4], {"press": "yes"}, house=Buttons(set(), lambda _n: _wait(meeting)), limit=2)
    assert outcome.error is None
    assert pressed(outcome) == ["1", "2", "3", "4"]


def _wait(meeting: threading.Barrier) -> None:
    meeting.wait()


def test_a_refusal_does_nothing(tmp_path: Path) -> None:
    outcome = press(tmp_path, [1, 2], {"press": "stop"}, house=Buttons(set()))
    assert isinstance(outcome.error, StoppedError)
    assert outcome.house.changes == []
    skipped = press(tmp_path / "other", [1, 2], {"press": ("skip", "not today")}, house=Buttons(set()))
    assert skipped.error is None
    assert states(skipped) == {"press[1]": "skipped", "press[2]": "skipped"}


def test_after_more_failures_than_the_budget_nothing_more_is_begun(tmp_path: Path) -> None:
    answers: dict[str, object] = {"press": "yes", "press.failed": "stop"}
    outcome = press(tmp_path, [1, 2, 3, 4], answers, house=Buttons({1, 2}), limit=1, failures=1)
    assert isinstance(outcome.error, StepError)
    assert pressed(outcome) == ["1", "2"]
    assert "2 of 4 failed" in str(outcome.error)
    assert "2 more were not begun" in str(outcome.error)


def test_a_failure_within_the_budget_lets_the_others_go_on(tmp_path: Path) -> None:
    answers: dict[str, object] = {"press": "yes", "press.failed": ("skip", "known to be broken")}
    outcome = press(tmp_path, [1, 2, 3], answers, house=Buttons({1}), limit=1, failures=1)
    assert outcome.error is None
    assert pressed(outcome) == ["1", "2", "3"]
    assert {key: state for key, state in states(outcome).items() if "[" in key} == {
        "press[1]": "failed",
        "press[2]": "done",
        "press[3]": "done",
    }


def test_a_retry_takes_what_failed_and_what_was_not_begun(tmp_path: Path) -> None:
    house = Buttons({1})

    def mend(_number: int) -> None:
        if len(house.changes) > 1:
            house.stuck = set()

    house.while_pressed = mend
    answers: dict[str, object] = {"press": ["yes", "yes"], "press.failed": "retry"}
    outcome = press(tmp_path, [1, 2, 3], answers, house=house, limit=1)
    assert outcome.error is None
    assert [argv[1] for _host, argv in house.changes] == ["1", "1", "2", "3"]


def test_an_unknown_outcome_ends_the_run_once_the_others_have_ended(tmp_path: Path) -> None:
    all_begun = threading.Barrier(3)

    def lose(number: int) -> None:
        all_begun.wait(60)
        if number == 2:
            raise LinkLostError("the connection ended")

    outcome = press(tmp_path, [1, 2, 3], {"press": "yes"}, house=Buttons(set(), lose))
    assert isinstance(outcome.error, OutcomeUnknownError)
    ended = {event.key: event.state for event in outcome.journal.events if isinstance(event, Outcome)}
    assert sorted(ended.values()) == ["done", "done", "unknown"]


def test_an_interruption_lets_what_was_begun_end_and_begins_nothing_more(tmp_path: Path) -> None:
    def interrupt(number: int) -> None:
        if number == 2:
            signal.raise_signal(signal.SIGINT)

    outcome = press(tmp_path, [1, 2, 3, 4], {"press": "yes"}, house=Buttons(set(), interrupt), limit=1)
    assert isinstance(outcome.error, StoppedError)
    assert pressed(outcome) == ["1", "2"]
    assert outcome.journal.unknown == ()


def test_an_interruption_is_heard_while_many_are_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = threading.Event()
    handle = Interrupts._handle

    def hear(interrupts: Interrupts, number: int, frame: FrameType | None) -> None:
        handle(interrupts, number, frame)
        heard.set()

    monkeypatch.setattr(Interrupts, "_handle", hear)

    def interrupt(number: int) -> None:
        if number == 1:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        heard.wait(60)

    outcome = press(tmp_path, list(range(1, 30)), {"press": "yes"}, house=Buttons(set(), interrupt), limit=2)
    assert isinstance(outcome.error, StoppedError)
    assert outcome.journal.unknown == ()
    assert len(pressed(outcome)) < 29


def test_a_rehearsal_takes_one_after_the_other(tmp_path: Path) -> None:
    alone = threading.Lock()

    def check(_number: int) -> None:
        assert alone.acquire(blocking=False)
        alone.release()

    outcome = press(tmp_path, [1, 2, 3], {"press": "yes"}, house=Buttons(set(), check), settings=REHEARSED)
    assert [argv[1] for _host, argv in outcome.house.changes] == ["1", "2", "3"]


def test_a_dry_run_shows_each_of_them(tmp_path: Path) -> None:
    outcome = go(tmp_path, STEP.format(items=[1, 2], limit=2, failures=0), house=Buttons(set()), dry=True)
    assert outcome.house.changes == []
    assert "button 1" in outcome.operator.text
    assert "button 2" in outcome.operator.text


@pytest.mark.parametrize("at_once", [1, 3])
@settings(deadline=None)
@given(data=st.data())
def test_whatever_fails_each_is_pressed_at_most_once_a_try_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, at_once: int, data: st.DataObject
) -> None:
    items = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=6, unique=True))
    broken = data.draw(st.sets(st.sampled_from(items)))
    failures = data.draw(st.integers(0, 3))
    answers: dict[str, object] = {"press": "yes", "press.failed": ("skip", "no matter")}
    settings = RunSettings("real", WHO, at_once=at_once)
    folder = tmp_path_factory.mktemp("run")
    outcome = press(folder, items, answers, house=Buttons(broken), limit=3, failures=failures, settings=settings)
    assert outcome.error is None
    done = pressed(outcome)
    assert len(done) == len(set(done))
    ended = {key: state for key, state in states(outcome).items() if "[" in key}
    assert set(ended) == {f"press[{number}]" for number in items}
    for number in items:
        expected = {"failed"} if number in broken else {"done"}
        assert ended[f"press[{number}]"] in expected | ({"skipped"} if str(number) not in done else set())
    if len(broken) <= failures:
        assert len(done) == len(items)


def test_what_all_of_them_show_is_shown_once_and_as_it_is(tmp_path: Path) -> None:
    step = STEP.format(items=[1, 2], limit=4, failures=0).rstrip() + "\n    shows: \"['A   B', '1   2']\"\n"
    outcome = go(tmp_path, step, {"press": "yes"}, house=Buttons(set()), settings=AT_ONCE)
    assert outcome.error is None
    assert outcome.operator.text.count("A   B\n") == 1
    assert "1   2\n" in outcome.operator.text
