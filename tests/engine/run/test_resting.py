"""A step on which others rest cannot be left out unseen: what rests on it is refused, or asks once more."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from engine.effects import Effect
from engine.errors import StepError, StoppedError
from engine.journal.events import Checked, FollowUpLeft, Intent, StepEnded
from engine.operator.scripted import Scripted
from engine.run.options import RunOptions, RunSettings
from tests.engine.run.toy import HEADER, ON, House, Run, go

WIRE = """
  - id: cut-the-wire
    title: Cut the wire
    manual: Cut it.
    effect: destructive
    confirm: wire
    undo: none
"""
RESTS = ON + "    rests_on: [cut-the-wire]\n"
ASKS = ON + "    rests_on: [{step: cut-the-wire, or: ask, why: 'It may burn {{ where }}.'}]\n"
EACH = """
  - id: cut-the-wire
    title: Each
    each: "[1, 2]"
    run: [lamp, "on"]
    on: where
    effect: reversible
    undo: none
"""
SKIPPED = {"cut-the-wire": ("skip", "too high")}
LOUD = RunOptions(yes_up_to=Effect.DISRUPTIVE)
ANN = RunSettings("real", {"account": "ann"})


def changed(outcome: Run) -> list[str]:
    return [event.step for event in outcome.journal.events if isinstance(event, Intent)]


def states(outcome: Run) -> dict[str, str]:
    return {event.step: event.state for event in outcome.journal.events if isinstance(event, StepEnded)}


def test_what_rests_on_a_step_that_was_left_out_is_refused(tmp_path: Path) -> None:
    outcome = go(tmp_path, WIRE + RESTS, {**SKIPPED, "switch-on": "yes"}, settings=ANN, options=LOUD)
    assert isinstance(outcome.error, StepError)
    assert outcome.error.code == "rests-on-skipped"
    assert "'switch-on' is not done" in outcome.error.what
    assert "cut-the-wire (Cut the wire) was left out by you: too high" in outcome.error.what
    assert outcome.error.changed == "Nothing was changed."
    assert "asked for it again" in outcome.error.hint
    assert changed(outcome) == []
    (told,) = [event for event in outcome.journal.events if isinstance(event, Checked)]
    assert (told.of, told.holds) == ("switch-on", False)
    assert "too high" in told.summary


@pytest.mark.parametrize(
    ("guard", "answers"),
    [
        (
            ON.replace("switch-on", "cut-the-wire").replace('[lamp, "on"]', "[lamp, lie]") + "    may_fail: so what\n",
            {},
        ),
        (
            ON.replace("switch-on", "cut-the-wire").replace('[lamp, "on"]', "[lamp, lie]"),
            {"cut-the-wire.failed": ("skip", "it looks lit")},
        ),
        (
            "  - {id: cut-the-wire, title: Wait, wait: {check: lamps.is_on, with: {host: hall.example}}}\n",
            {"cut-the-wire.failed": ("skip", "no time")},
        ),
        (
            EACH,
            {"cut-the-wire[1]": "y", "cut-the-wire[2]": ("skip", "only one")},
        ),
    ],
    ids=["may-fail", "failed", "wait", "one-of-a-loop"],
)
def test_it_is_the_same_however_a_step_was_passed_over(
    tmp_path: Path, guard: str, answers: Mapping[str, object]
) -> None:
    after = RESTS.replace("switch-on", "after").replace('[lamp, "on"]', '[lamp, "off"]')
    outcome = go(tmp_path, guard + after, {"cut-the-wire": "yes", "after": "yes", **answers})
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    assert "after" not in changed(outcome)


def test_of_loops_over_the_same_items_only_the_same_item_counts(tmp_path: Path) -> None:
    loop = "    each: \"['a', 'b']\"\n"
    steps = WIRE.replace("    manual", loop + "    manual") + RESTS.replace("    on:", loop + "    on:")
    answers: dict[str, object] = {
        "cut-the-wire[a]": "wire",
        "cut-the-wire[b]": ("skip", "why not"),
        "switch-on[a]": "yes",
        "switch-on[b]": "yes",
    }
    outcome = go(tmp_path, steps, answers)
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    assert changed(outcome) == ["switch-on[a]"]


def test_items_that_are_done_together_are_refused_as_one(tmp_path: Path) -> None:
    many = RESTS.replace("    on:", "    each: \"['a', 'b']\"\n    together: {limit: 2}\n    on:")
    outcome = go(tmp_path, WIRE + many, {**SKIPPED, "switch-on": "yes"}, settings=replace(ANN, at_once=2), options=LOUD)
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    assert changed(outcome) == []


def test_what_is_not_needed_rests_on_nothing(tmp_path: Path) -> None:
    outcome = go(tmp_path, WIRE + RESTS + "    when: lamp.on\n", SKIPPED)
    assert outcome.error is None
    assert states(outcome)["switch-on"] == "not-needed"


def test_a_step_that_is_not_needed_is_no_step_left_out(tmp_path: Path) -> None:
    outcome = go(tmp_path, WIRE + "    when: lamp.on\n" + RESTS, {"switch-on": "yes"})
    assert outcome.error is None


def test_a_dangerous_step_that_does_not_say_rests_on_all_before_it(tmp_path: Path) -> None:
    outcome = go(tmp_path, WIRE + ON, {**SKIPPED, "switch-on": "yes"})
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    harmless = ON.replace("disruptive", "reversible")
    assert go(tmp_path / "2", WIRE + harmless, {**SKIPPED, "switch-on": "y"}).error is None


def test_a_runbook_that_is_called_is_refused_as_a_whole(tmp_path: Path) -> None:
    call = "  - {id: inner, title: Inner, call: other, rests_on: [cut-the-wire]}\n"
    others = {"other": HEADER.replace("id: toy", "id: other") + "steps:\n" + ON}
    outcome = go(tmp_path, WIRE + call, {**SKIPPED, "inner/switch-on": "yes"}, others=others)
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    assert changed(outcome) == []


def test_a_step_may_rest_on_what_is_held(tmp_path: Path) -> None:
    hold = "meanwhile:\n  - {id: cut-the-wire, title: Hold, hold: [lamp, 'on'], release: [lamp, 'off'], on: where}\n"
    outcome = go(tmp_path, RESTS, {**SKIPPED, "switch-on": "yes"}, header=HEADER + hold)
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    assert changed(outcome) == []


def test_where_it_may_be_done_without_it_is_asked_by_name_and_never_by_yes(tmp_path: Path) -> None:
    answers = {**SKIPPED, "switch-on.unguarded": "without cut-the-wire", "switch-on": "yes"}
    outcome = go(tmp_path, WIRE + ASKS, answers, settings=ANN, options=LOUD)
    assert outcome.error is None
    assert changed(outcome) == ["switch-on"]
    shown = outcome.operator.text
    assert "cut-the-wire (Cut the wire) was left out by you: too high" in shown
    assert "It may burn hall.example." in shown
    asked = {question.id: question.text for question, _answer in outcome.operator.asked}
    assert "Type without cut-the-wire to do it all the same." in asked["switch-on.unguarded"]
    assert isinstance(go(tmp_path / "2", WIRE + ASKS, SKIPPED, settings=ANN, options=LOUD).error, StoppedError)


@pytest.mark.parametrize("typed", ["yes", "y", "without", "cut-the-wire"])
def test_nothing_less_than_the_name_will_do(tmp_path: Path, typed: str) -> None:
    outcome = go(tmp_path, WIRE + ASKS, {**SKIPPED, "switch-on.unguarded": typed, "switch-on": "yes"})
    assert isinstance(outcome.error, StoppedError)
    assert changed(outcome) == []


def test_it_may_be_left_out_in_its_turn_and_then_nothing_rests_on_it_either(tmp_path: Path) -> None:
    last = RESTS.replace("switch-on", "last").replace("[cut-the-wire]", "[switch-on]")
    answers = {**SKIPPED, "switch-on.unguarded": ("skip", "better not"), "last": "yes"}
    outcome = go(tmp_path, WIRE + ASKS + last, answers)
    assert getattr(outcome.error, "code", None) == "rests-on-skipped"
    assert changed(outcome) == []


def test_it_is_said_before_a_step_is_left_out_what_rests_on_it(tmp_path: Path) -> None:
    asked: list[str] = []
    answers = {"cut-the-wire": "wire", "switch-on": "yes"}
    operator = Scripted(answers, on_question=lambda one: asked.append(str(one.card)))
    go(tmp_path, WIRE + RESTS, operator=operator)
    assert 'If this is left out, the run ends before what rests on it: "Switch it on".' in asked[0]
    assert "left out" not in asked[1]
    dry = go(tmp_path / "2", WIRE + RESTS, dry=True)
    assert 'If this is left out, the run ends before what rests on it: "Switch it on".' in dry.operator.text


def test_a_run_that_is_gone_on_with_takes_the_step_again(tmp_path: Path) -> None:
    free = ON.replace("switch-on", "free").replace("disruptive", "reversible")
    first = go(tmp_path, WIRE + free + RESTS, {**SKIPPED, "free": "y", "switch-on": "yes"}, settings=ANN, options=LOUD)
    first.house.files["hall.example", "/lamp"] = "off\n"
    answers = {"cut-the-wire": "wire", "switch-on": "yes", "free": "y"}
    second = go(tmp_path, WIRE + free + RESTS, answers, house=first.house, resumes=[first])
    assert second.error is None
    assert states(second)["cut-the-wire"] == "done"
    assert changed(second)[-1] == "switch-on"
    assert "It was passed over in run r1 by ann, and what comes rests on it" in second.operator.text


def test_one_that_is_left_out_again_refuses_again_and_says_by_whom_it_was(tmp_path: Path) -> None:
    first = go(tmp_path, WIRE + RESTS, SKIPPED, settings=ANN, options=LOUD)
    second = go(tmp_path, WIRE + RESTS, {"cut-the-wire": "stop"}, resumes=[first])
    assert isinstance(second.error, StoppedError)
    third = go(tmp_path, WIRE + RESTS, {"cut-the-wire": ("skip", "still")}, resumes=[first, second])
    assert getattr(third.error, "code", None) == "rests-on-skipped"
    assert changed(third) == []


def test_one_on_which_nothing_rests_any_more_is_not_taken_again(tmp_path: Path) -> None:
    last = ON.replace("switch-on", "last") + "    rests_on: []\n"
    answers = {**SKIPPED, "switch-on.unguarded": "without cut-the-wire", "switch-on": "yes", "last": "stop"}
    first = go(tmp_path, WIRE + ASKS + last, answers)
    second = go(tmp_path, WIRE + ASKS + last, {"last": "yes"}, house=first.house, resumes=[first])
    assert second.error is None
    assert states(second)["cut-the-wire"] == "skipped"


def test_a_chain_of_steps_that_were_left_out_is_taken_again_as_a_whole(tmp_path: Path) -> None:
    middle = RESTS.replace("switch-on", "middle").replace("disruptive", "reversible")
    last = RESTS.replace("[cut-the-wire]", "[middle]")
    steps = WIRE + middle.replace("rests_on: [cut-the-wire]", "rests_on: [{step: cut-the-wire, or: ask}]") + last
    first = go(tmp_path, steps, {**SKIPPED, "middle.unguarded": ("skip", "no")})
    answers = {"cut-the-wire": "wire", "middle": "y", "switch-on": "yes"}
    second = go(tmp_path, steps, answers, house=first.house, resumes=[first])
    assert second.error is None
    assert set(states(second).values()) == {"done"}


# How a run ends.


def test_the_end_is_no_plain_done_where_a_step_was_left_out(tmp_path: Path) -> None:
    outcome = go(tmp_path, WIRE + ON + "    rests_on: []\n", {**SKIPPED, "switch-on": "yes"})
    lines = outcome.operator.text.splitlines()
    assert outcome.error is None
    assert "Done" not in [line.strip() for line in lines]
    assert any("Cut the wire was left out: too high" in line for line in lines)


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (
            ON.replace('[lamp, "on"]', "[lamp, cough]") + "    exit_codes: [0, 1]\n",
            "It ended with exit code 1, which does not count as a failure here.",
        ),
        (ON.replace('[lamp, "on"]', "[lamp, cough]"), "It ended with exit code 1."),
        (ON + "    must_not_print: lamp is\n", "It ended with exit code 0, but printed: lamp is"),
    ],
    ids=["allowed", "failed", "printed"],
)
def test_what_went_wrong_within_a_step_is_never_ok_nor_done(tmp_path: Path, step: str, trouble: str) -> None:
    house = House()
    house.files["hall.example", "/lamp"] = "on\n"
    outcome = go(tmp_path, step, {"switch-on": "yes"}, house=house)
    assert outcome.error is None
    lines = [line.strip() for line in outcome.operator.text.splitlines()]
    assert "Done" not in lines
    assert not any(line.startswith("ok") for line in lines)
    assert any(line.endswith(f"Switch it on: {trouble}") for line in lines)
    (ended,) = [event for event in outcome.journal.events if isinstance(event, StepEnded)]
    assert (ended.state, ended.trouble) == ("done", trouble)


def test_a_run_in_which_all_went_well_is_done(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    assert "Done" in [line.strip() for line in outcome.operator.text.splitlines()]


@pytest.mark.parametrize("answer", ["stop", "nonsense"])
def test_a_run_that_is_cut_short_says_what_it_leaves_behind_and_what_to_type(tmp_path: Path, answer: str) -> None:
    leaves = "    leaves: {runbook: lamp-off, because: It burns., parameters: {where: '{{ where }}'}}\n"
    edit = """
  - id: flag
    title: Set the flag
    edit: /lamp.conf
    on: where
    rules: [{content: "FLAG"}]
    effect: reversible
    undo: put it back
"""
    last = ON.replace("switch-on", "last")
    outcome = go(tmp_path, edit + leaves + last, {"flag": "y", "last": answer})
    assert isinstance(outcome.error, StoppedError)
    shown = outcome.operator.text
    assert "What this run has changed" in shown
    assert "Set the flag (/lamp.conf on hall.example)" in shown
    assert f"gnt-runbook undo {outcome.journal.path.stem}" in shown or "gnt-runbook undo r1" in shown
    assert "gnt-runbook run lamp-off where=hall.example" in shown
    assert "It burns." in shown
    assert any(isinstance(event, FollowUpLeft) for event in outcome.journal.events)
    assert "Nothing is lost" not in f"{shown} {outcome.error.hint}"


def test_a_run_that_changed_nothing_leaves_nothing(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "stop"})
    assert "leaves behind" not in outcome.operator.text
