"""A runbook within a run of another one: the same journal, names of its own, and its own conditions."""

from pathlib import Path

from engine.errors import RunbookError, StepError
from engine.journal.events import Answered, PreconditionSeen, StepEnded
from tests.engine.run.toy import HEADER, ON, House, Run, go

INNER = (
    HEADER.replace("id: toy", "id: inner").replace("default: hall.example", "default: attic.example")
    + """
preconditions:
  - {code: lamp-off, that: not lamp.on, then: it is off, else: it is on already}
steps:
"""
    + ON
    + """
postconditions:
  - {check: lamps.is_on, with: {host: "{{ where }}"}}
"""
)
CALL = """
  - id: light
    title: Make light
    when: "{when}"
    call: inner
    with: {{where: "{{{{ where }}}}"}}
"""
AFTER = """
  - id: after
    title: After it
    run: [lamp, "on"]
    on: where
    effect: reversible
    undo: none
"""


def call(tmp_path: Path, answers: dict[str, object], *, when: str = "true", house: House | None = None) -> Run:
    return go(tmp_path, CALL.format(when=when) + AFTER, answers, house=house, others={"inner": INNER})


def states(outcome: Run) -> dict[str, str]:
    return {event.step: event.state for event in outcome.journal.events if isinstance(event, StepEnded)}


def test_its_steps_are_taken_below_the_step_that_calls_it(tmp_path: Path) -> None:
    outcome = call(tmp_path, {"light/switch-on": "yes", "after": "y"})
    assert outcome.error is None
    assert states(outcome) == {"light/switch-on": "done", "light": "done", "after": "done"}
    assert outcome.house.changes[0] == ("hall.example", ("lamp", "on"))
    events = outcome.journal.events
    assert [event.code for event in events if isinstance(event, PreconditionSeen)] == ["lamp-off"]
    assert [event.question for event in events if isinstance(event, Answered)] == ["light/switch-on", "after"]
    assert [event.kind for event in events].count("run-ended") == 1


def test_it_is_not_called_where_it_is_not_needed(tmp_path: Path) -> None:
    outcome = call(tmp_path, {"after": "y"}, when="lamp.on")
    assert states(outcome) == {"light": "not-needed", "after": "done"}


def test_what_it_needs_is_asked_about_and_can_be_passed_over(tmp_path: Path) -> None:
    house = House()
    house.files["hall.example", "/lamp"] = "on\n"
    answers: dict[str, object] = {"light.failed": ("skip", "it is on"), "after": "y"}
    outcome = call(tmp_path, answers, house=house)
    assert outcome.error is None
    assert states(outcome) == {"light": "skipped", "after": "done"}
    house = House()
    house.files["hall.example", "/lamp"] = "on\n"
    stopped = call(tmp_path / "stopped", {"light.failed": "stop"}, house=house)
    assert isinstance(stopped.error, StepError)
    assert stopped.error.changed == "Nothing was changed."
    assert "run inner by itself" in stopped.error.hint


def test_a_step_of_it_that_fails_ends_the_whole_run(tmp_path: Path) -> None:
    broken = INNER.replace('run: [lamp, "on"]', "run: [lamp, lie]")
    answers: dict[str, object] = {"light/switch-on": "yes", "light/switch-on.failed": "stop"}
    outcome = go(tmp_path, CALL.format(when="true") + AFTER, answers, others={"inner": broken})
    assert isinstance(outcome.error, RunbookError)
    assert "after" not in states(outcome)


def test_a_dry_run_looks_into_it(tmp_path: Path) -> None:
    outcome = go(tmp_path, CALL.format(when="true") + AFTER, dry=True, others={"inner": INNER})
    assert outcome.house.changes == []
    assert "Switch it on" in outcome.operator.text
    house = House()
    house.files["hall.example", "/lamp"] = "on\n"
    refused = go(tmp_path / "2", CALL.format(when="true") + AFTER, dry=True, others={"inner": INNER}, house=house)
    assert "it would be refused" in refused.operator.text
