"""A refusal names the parameter that would do before it names --force; what was forced is told at the end."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.errors import PreconditionError, StepError
from engine.journal.events import PreconditionSeen
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from tests.engine.run.toy import HEADER, ON, House, Run, go

HALL, ATTIC = "hall.example", "attic.example"
LAMPS: Mapping[tuple[str, str], str] = {(HALL, "/lamp"): "on\n", (ATTIC, "/lamp"): "off\n"}
OTHER = "with: {where: \"{{ 'attic.example' if where == 'hall.example' else 'hall.example' }}\"}"
GUARDED = (
    HEADER
    + f"""
preconditions:
  - code: lamp-off
    that: not lamp.on
    else: The lamp in {{{{ where }}}} is on.
    instead: {{{OTHER}}}
    if_forced: The lamp in {{{{ where }}}} shines on.
  - {{code: dry, that: "where == 'hall.example' or not wet", else: The attic is wet.}}
"""
).replace("parameters:\n", "parameters:\n  wet: {type: bool, help: is it wet, default: 'no'}\n")


def guarded(
    tmp_path: Path, *, lamps: Mapping[tuple[str, str], str] = LAMPS, header: str = GUARDED, **more: object
) -> Run:
    forced = Overrides(frozenset({"lamp-off"}), "I like it bright") if more.pop("forced", False) else Overrides()
    values = {"wet": False, **more}
    answers = {"switch-on": "yes"}
    options = RunOptions(forced)
    return go(tmp_path, ON, answers, house=House(files=dict(lamps)), header=header, options=options, values=values)


def shown(outcome: Run) -> str:
    return "\n".join(line.text for line in outcome.operator.shown)


def hint(outcome: Run) -> str:
    assert isinstance(outcome.error, PreconditionError)
    return outcome.error.hint


def test_the_value_that_holds_is_named_and_no_force(tmp_path: Path) -> None:
    assert hint(guarded(tmp_path)) == "Run this again with where=attic.example: with that it holds."


def test_a_value_that_does_not_hold_either_is_not_named(tmp_path: Path) -> None:
    both = {(HALL, "/lamp"): "on\n", (ATTIC, "/lamp"): "on\n"}
    said = hint(guarded(tmp_path, lamps=both))
    assert "attic" not in said
    assert "--force lamp-off" in said


def test_what_stands_in_the_way_of_the_other_value_is_said(tmp_path: Path) -> None:
    said = hint(guarded(tmp_path, wet=True))
    assert said == "Right is where=attic.example, but then this has to be put right first: The attic is wet."


def test_a_value_that_its_type_refuses_or_that_is_none_is_not_named(tmp_path: Path) -> None:
    for wrong in ('with: {wet: "perhaps"}', "with: {where: \"{{ '' }}\"}", 'with: {where: "{{ where }}"}'):
        assert "--force lamp-off" in hint(guarded(tmp_path, header=GUARDED.replace(OTHER, wrong)))


def test_another_runbook_is_named_as_it_is_typed(tmp_path: Path) -> None:
    header = GUARDED.replace(OTHER, 'runbook: darken, with: {where: "{{ where }}"}')
    assert hint(guarded(tmp_path, header=header)) == "Do this instead: gnt-runbook run darken where=hall.example."


def test_the_end_of_a_forced_run_says_what_was_overridden_and_what_follows(tmp_path: Path) -> None:
    outcome = guarded(tmp_path, forced=True)
    assert outcome.error is None
    end = shown(outcome).split("What was overridden")[1]
    assert "--force lamp-off: The lamp in hall.example is on. The reason given: I like it bright" in end
    assert "What follows: The lamp in hall.example shines on." in end
    event = next(one for one in outcome.journal.events if isinstance(one, PreconditionSeen))
    assert event.follows == "The lamp in hall.example shines on."


def test_it_is_said_where_the_run_failed_as_well(tmp_path: Path) -> None:
    failing = ON.replace('[lamp, "on"]', "[lamp, smash]")
    options = RunOptions(Overrides(frozenset({"lamp-off"}), "I like it bright"))
    lamps = {**LAMPS}
    answers = {"switch-on": "yes", "switch-on.failed": "stop"}
    header = GUARDED.replace("that: not lamp.on", "that: lamp.on and false")
    step = failing.replace('check: lamps.is_on, with: {host: "{{ where }}"}', 'that: "false", else: It is broken.')
    outcome = go(
        tmp_path, step, answers, house=House(files=lamps), header=header, options=options, values={"wet": False}
    )
    assert isinstance(outcome.error, StepError)
    assert "What was overridden" in shown(outcome)


def test_nothing_is_said_where_nothing_was_overridden(tmp_path: Path) -> None:
    outcome = guarded(tmp_path, lamps={(HALL, "/lamp"): "off\n"}, forced=True)
    assert outcome.error is None
    assert "overridden" not in shown(outcome).lower()


@pytest.mark.parametrize("codes", [{"lamp-off"}, set()], ids=["forced again", "not again"])
def test_a_resumed_run_says_what_the_first_one_overrode(tmp_path: Path, codes: set[str]) -> None:
    header = GUARDED.replace("that: not lamp.on", 'that: "false"')
    step = ON + ON.replace("switch-on", "and-again")
    forced = RunOptions(Overrides(frozenset({"lamp-off"}), "I like it bright"))
    answers = {"switch-on": "yes", "and-again": "stop"}
    begun = go(tmp_path, step, answers, header=header, options=forced, values={"wet": False})
    again = RunOptions(Overrides(frozenset(codes), "I like it bright"))
    answers = {"and-again": "yes", "resume.preconditions": "yes"}
    last = go(
        tmp_path, step, answers, house=begun.house, header=header, options=again, values={"wet": False}, resumes=[begun]
    )
    assert last.error is None
    assert "The reason given: I like it bright" in shown(last).split("What was overridden")[1]
