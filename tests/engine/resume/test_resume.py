"""A run that died, and what goes on with it: what is carried over, taken up, asked again, and never done twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.crashpoints import Point, listening
from engine.errors import HostUnreachableError, LinkLostError, PreconditionError, StoppedError
from engine.hosts.host import Once
from engine.journal.events import FactsKept, Intent, RunbookText, SettledLater, StepEnded
from engine.resume.items import together
from engine.resume.past import replay
from engine.resume.screens import summary
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from tests.engine.run.toy import HEADER, HOSTS, ON, House, Run, go
from tests.support.links import CUT_SHORT
from tests.support.runs import Killed

OFF = """
  - id: decide
    title: Decide
    ask: Which colour?
    choices: {red: {title: red}, blue: {title: blue}}
    saves: colour
"""
AND_LIE = """
  - id: lie
    title: Say so
    run: [lamp, lie]
    on: where
    effect: disruptive
    consequence: "{{ colour }}"
    undo: none
"""
STEPS = OFF + ON + AND_LIE
ANSWERS = {"decide": "blue", "switch-on": "yes", "lie": "yes"}


@contextmanager
def killed_at(point: Point, detail: str) -> Iterator[None]:
    def hook(where: Point, what: str) -> None:
        if (where, what) == (point, detail):
            raise Killed

    with listening(hook):
        yield


def killed(tmp_path: Path, point: Point, detail: str) -> Run:
    with killed_at(point, detail):
        outcome = go(tmp_path, STEPS, ANSWERS)
    assert isinstance(outcome.error, Killed)
    return outcome


def resumed(tmp_path: Path, *before: Run, answers: dict[str, object] | None = None, steps: str = STEPS) -> Run:
    given = {"switch-on": "yes", "lie": "yes"} if answers is None else answers
    return go(tmp_path, steps, given, house=before[-1].house, resumes=before)


def ended(outcome: Run) -> dict[str, tuple[str, bool]]:
    return {one.step: (one.state, bool(one.carried)) for one in outcome.journal.events if isinstance(one, StepEnded)}


def told(outcome: Run) -> list[SettledLater]:
    return [one for one in outcome.journal.events if isinstance(one, SettledLater)]


POINTS: tuple[Point, ...] = ("before-intent", "after-intent", "after-remote-start", "before-outcome")


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("key", ["switch-on#1", "lie#2"])
def test_whenever_it_died_each_change_is_made_once(tmp_path: Path, point: Point, key: str) -> None:
    first = killed(tmp_path, point, key)
    again = resumed(tmp_path, first)
    assert again.error is None, again.operator.text
    assert [argv for _host, argv in again.house.changes] == [("lamp", "on"), ("lamp", "lie")]
    assert again.journal.unknown == ()
    assert ended(again)["decide"] == ("done", True)


def test_what_the_host_knows_of_it_is_written_down_and_the_step_is_verified(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-remote-start", "switch-on#1")
    again = resumed(tmp_path, first, answers={"lie": "yes"})
    (one,) = told(again)
    assert (one.run, one.key, one.state, one.exit_code) == ("r1", "switch-on#1", "ended", 0)
    assert one.stdout == "lamp is on\n"
    assert ended(again) == {"decide": ("done", True), "switch-on": ("done", False), "lie": ("done", False)}
    assert "It was under way when run" in again.operator.text


def test_what_was_not_begun_never_will_be_and_is_asked_about_again(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-intent", "switch-on#1")
    again = resumed(tmp_path, first)
    assert [one.state for one in told(again)] == ["never"]
    assert [question.id for question, _ in again.operator.asked] == ["switch-on", "lie"]


def test_one_without_an_exit_code_counts_by_what_is_found(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-remote-start", "switch-on#1")
    first.house.begun["hall.example", Once("r1", "switch-on#1")] = CUT_SHORT
    again = resumed(tmp_path, first, answers={"lie": "yes"})
    assert again.error is None
    assert ended(again)["switch-on"] == ("done", False)


def test_one_without_an_exit_code_that_nothing_verifies_is_asked_about(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-remote-start", "lie#2")
    first.house.begun["hall.example", Once("r1", "lie#2")] = CUT_SHORT
    stopped = resumed(tmp_path, first, answers={"lie.failed": "stop"})
    assert stopped.error is not None
    assert "Nobody saw how its command ended" in str(stopped.error)
    again = resumed(tmp_path, first, stopped)
    assert again.error is None
    assert [argv for _host, argv in again.house.changes].count(("lamp", "lie")) == 2


def test_a_decision_is_kept_and_later_steps_see_it(tmp_path: Path) -> None:
    first = killed(tmp_path, "before-intent", "lie#2")
    again = resumed(tmp_path, first, answers={"lie": "yes"})
    ((question, _),) = again.operator.asked
    assert any("blue" in line.text for line in question.card)
    started = again.journal.started
    assert started is not None
    assert started.resumes == "r1"


def test_resuming_a_resumed_run_knows_all_that_came_before(tmp_path: Path) -> None:
    first = killed(tmp_path, "before-outcome", "switch-on#1")
    with killed_at("before-intent", "lie#1"):
        second = resumed(tmp_path, first)
    assert isinstance(second.error, Killed)
    third = resumed(tmp_path, first, second)
    assert third.error is None
    assert ended(third) == {"decide": ("done", True), "switch-on": ("done", True), "lie": ("done", False)}
    carried = {one.step: one.carried for one in third.journal.events if isinstance(one, StepEnded)}
    assert carried["decide"] == "r1"
    assert carried["switch-on"] == second.path.stem


def test_a_host_that_cannot_be_asked_is_asked_about(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-remote-start", "switch-on#1")
    first.house.broken["hall.example"] = HostUnreachableError("hall.example does not answer.")
    stopped = resumed(tmp_path, first, answers={"switch-on.unsettled": "stop"})
    assert isinstance(stopped.error, StoppedError)
    assert stopped.error.changed == "Nothing was changed."
    first.house.broken.clear()
    assert resumed(tmp_path, first, stopped, answers={"lie": "yes"}).error is None


def test_a_lost_link_is_no_end(tmp_path: Path) -> None:
    house = House()
    lost = iter([LinkLostError("cut"), HostUnreachableError("away"), HostUnreachableError("away")])
    house.mishaps = lambda: next(lost, None)
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house)
    assert outcome.error is None
    assert outcome.house.changes == [("hall.example", ("lamp", "on"))]
    assert "answers again" in outcome.operator.text


def test_the_journal_holds_the_runbook_and_the_facts_read_once(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    (text,) = [one for one in outcome.journal.events if isinstance(one, RunbookText)]
    assert "switch-on" in text.text
    assert [one.prefix for one in outcome.journal.events if isinstance(one, FactsKept)] == [""]


def test_what_is_resumed_is_told_in_short(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-intent", "switch-on#1")
    text = "\n".join(line.text for line in summary([first.journal], replay([first.journal])))
    assert "was killed after" in text
    assert "1 step done, 1 change begun" in text
    assert "switch-on#1 on hall.example. The command is: lamp on" in text


def test_intents_of_the_resumed_run_are_its_own(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-intent", "switch-on#1")
    again = resumed(tmp_path, first)
    assert [one.key for one in again.journal.events if isinstance(one, Intent)] == ["switch-on#1", "lie#2"]
    assert again.house.begun == {}
    assert HOSTS.keys() >= {one.host for one in told(again)}


def test_what_the_last_step_did_and_holds_no_longer_is_done_again(tmp_path: Path) -> None:
    first = killed(tmp_path, "before-intent", "lie#2")
    first.house.files["hall.example", "/lamp"] = "off\n"
    again = resumed(tmp_path, first)
    assert again.error is None
    assert ended(again) == {"decide": ("done", True), "switch-on": ("done", False), "lie": ("done", False)}
    assert "that holds no longer" in again.operator.text
    assert [argv for _host, argv in again.house.changes] == [("lamp", "on"), ("lamp", "on"), ("lamp", "lie")]


def test_what_a_later_change_may_have_undone_is_not_looked_at(tmp_path: Path) -> None:
    first = killed(tmp_path, "after-remote-start", "lie#2")
    first.house.files["hall.example", "/lamp"] = "off\n"
    again = resumed(tmp_path, first, answers={})
    assert again.error is None, again.operator.text
    assert ended(again) == {"decide": ("done", True), "switch-on": ("done", True), "lie": ("done", False)}
    assert [argv for _host, argv in again.house.changes] == [("lamp", "on"), ("lamp", "lie")]


def test_what_a_later_step_that_failed_may_have_undone_is_not_looked_at(tmp_path: Path) -> None:
    steps = STEPS.replace("[lamp, lie]", "[lamp, break]")
    first = go(tmp_path, steps, {**ANSWERS, "lie.failed": "stop"})
    assert ended(first)["lie"] == ("failed", False)
    first.house.files["hall.example", "/lamp"] = "off\n"
    again = resumed(tmp_path, first, steps=STEPS, answers={"lie": "yes", "resume.runbook": "yes"})
    assert again.error is None, again.operator.text
    assert ended(again)["switch-on"] == ("done", True)


LIE = AND_LIE.replace("{{ colour }}", "none")
SHINING = """
  - id: switch
    title: Switch it
    each: "[] if lamp.on else ['on']"
    run: [lamp, "{{ item }}"]
    on: where
    effect: safe
    undo: none
    verify: {check: lamps.is_on, with: {host: attic.example}}
"""


def test_an_item_that_its_loop_would_not_have_any_more_is_not_done_again(tmp_path: Path) -> None:
    """What its check looks at has come otherwise, but what it was done for is as it was left."""
    house = House(files={("hall.example", "/lamp"): "off\n", ("attic.example", "/lamp"): "on\n"})
    with killed_at("before-intent", "lie#2"):
        first = go(tmp_path, SHINING + LIE, {"switch[on]": "yes"}, house=house)
    house.files["attic.example", "/lamp"] = "off\n"
    again = go(tmp_path, SHINING + LIE, {"lie": "yes"}, house=house, resumes=[first])
    assert again.error is None, again.operator.text
    assert "nothing it would have to be done for" in again.operator.text
    assert [argv for _host, argv in again.house.changes] == [("lamp", "on"), ("lamp", "lie")]


DARK = HEADER + "preconditions:\n  - {code: dark, that: not lamp.on, then: It is dark, else: It is light}\n"


def test_a_precondition_that_the_run_itself_has_ended_is_asked_about(tmp_path: Path) -> None:
    with killed_at("before-intent", "lie#2"):
        first = go(tmp_path, STEPS, ANSWERS, header=DARK)
    stopped = go(tmp_path, STEPS, {"resume.preconditions": "n"}, house=first.house, resumes=[first], header=DARK)
    assert isinstance(stopped.error, StoppedError)
    assert stopped.house.changes == first.house.changes
    answers = {"resume.preconditions": "yes", "lie": "yes"}
    again = go(tmp_path, STEPS, answers, house=first.house, resumes=[first, stopped], header=DARK)
    assert again.error is None, again.operator.text
    assert "When run r1 began: It is dark" in again.operator.text


def test_one_that_was_overridden_then_is_not_overridden_by_itself_now(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "on\n"})
    with killed_at("before-intent", "lie#2"):
        options = RunOptions(Overrides(frozenset({"dark"}), "I like it"))
        first = go(tmp_path, STEPS, ANSWERS, house=house, header=DARK, options=options)
    answers = {"resume.preconditions": "yes", "lie": "yes"}
    again = go(tmp_path, STEPS, answers, house=house, resumes=[first], header=DARK)
    assert again.error is None, again.operator.text
    assert "It was overridden: I like it" in again.operator.text


def test_where_nothing_was_changed_a_precondition_counts_as_for_any_run(tmp_path: Path) -> None:
    with killed_at("before-intent", "switch-on#1"):
        first = go(tmp_path, STEPS, ANSWERS, header=DARK)
    first.house.files["hall.example", "/lamp"] = "on\n"
    again = go(tmp_path, STEPS, {}, house=first.house, resumes=[first], header=DARK)
    assert isinstance(again.error, PreconditionError)


EACH = """
  - id: switch
    title: Switch it
    when: "not lamp.on"
    otherwise: it shines
    each: "['on', 'lie']"
    run: [lamp, "{{ item }}"]
    on: where
    effect: safe
    undo: none
"""


def test_a_loop_goes_on_with_the_items_that_it_had(tmp_path: Path) -> None:
    """Its first item does what makes its condition false; the others are due all the same."""
    with killed_at("before-intent", "switch[lie]#2"):
        first = go(tmp_path, EACH, {})
    assert isinstance(first.error, Killed)
    again = resumed(tmp_path, first, steps=EACH)
    assert again.error is None
    assert ended(again) == {"switch[on]": ("done", True), "switch[lie]": ("done", False)}
    assert [argv for _host, argv in again.house.changes] == [("lamp", "on"), ("lamp", "lie")]


def test_items_are_those_of_the_beginning_as_they_are_now_and_what_came_since() -> None:
    class Item:
        def __init__(self, name: str, state: str) -> None:
            self.name, self.state = name, state

        def __str__(self) -> str:
            return self.name

    found = together([Item("a", "old"), Item("b", "old")], [Item("c", "new"), Item("b", "new")])
    assert [(one.name, one.state) for one in found] == [("a", "old"), ("b", "new"), ("c", "new")]
