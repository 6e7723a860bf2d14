"""A real run: nothing before its approval, an intent before each effect, the world's word over the exit code's."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.effects import Effect
from engine.errors import (
    HostUnreachableError,
    JournalError,
    OutcomeUnknownError,
    PreconditionError,
    StepError,
    StoppedError,
    UsageError,
)
from engine.hosts.host import Host
from engine.journal.events import Answered, Intent, Outcome, PreconditionSeen, RunEnded, StepEnded
from engine.journal.writer import JournalWriter
from engine.operator.interface import Question, Style
from engine.operator.scripted import Scripted
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from tests.engine.run.toy import HEADER, ON, House, Room, Run, go

GUARDED = (
    HEADER
    + """
preconditions:
  - {code: lamp-off, that: not lamp.on, then: it is off, else: it is on already}
  - {code: never-forced, that: "where == 'hall.example'", else: wrong lamp, forcible: false}
"""
)


def states(outcome: Run) -> dict[str, str]:
    return {event.step: event.state for event in outcome.journal.events if isinstance(event, StepEnded)}


def test_a_step_is_done_recorded_and_verified(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    assert outcome.error is None
    assert outcome.house.changes == [("hall.example", ("lamp", "on"))]
    kinds = outcome.kinds()
    assert kinds.index("answered") < kinds.index("intent") < kinds.index("outcome") < kinds.index("checked")
    assert kinds[-1] == "run-ended"
    assert states(outcome) == {"switch-on": "done"}


def test_the_intent_is_on_disk_before_the_effect_begins(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    house = House()

    def look() -> None:
        lines = next((tmp_path / "runs").glob("*.jsonl")).read_text().splitlines()
        seen.append([line.split('"kind":"')[1].split('"')[0] for line in lines])

    house.before_change = look
    go(tmp_path, ON, {"switch-on": "yes"}, house=house)
    assert seen[0][-1] == "intent"


@pytest.mark.parametrize("answer", ["", "y", "maybe", "YEAH"])
def test_without_a_clear_answer_nothing_is_changed(tmp_path: Path, answer: str) -> None:
    outcome = go(tmp_path, ON, {"switch-on": answer})
    assert isinstance(outcome.error, StoppedError)
    assert outcome.house.changes == []
    assert outcome.error.changed == "Nothing was changed."


def test_stopping_is_not_skipping(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON + ON.replace("switch-on", "again"), {"switch-on": "stop", "again": "yes"})
    assert isinstance(outcome.error, StoppedError)
    assert outcome.house.changes == []
    assert outcome.journal.ended == RunEnded(1, "stopped", str(outcome.error))


def test_leaving_a_step_out_is_recorded_with_its_reason(tmp_path: Path) -> None:
    steps = ON + ON.replace("switch-on", "again") + "    rests_on: []\n"
    outcome = go(tmp_path, steps, {"switch-on": ("skip", "broken switch"), "again": "yes"})
    assert outcome.error is None
    ended = [event for event in outcome.journal.events if isinstance(event, StepEnded)]
    assert (ended[0].state, ended[0].reason) == ("skipped", "broken switch")
    assert len(outcome.house.changes) == 1


def test_facts_that_changed_since_they_were_shown_are_shown_and_asked_again(tmp_path: Path) -> None:
    house = House()
    asked: list[Question] = []

    def someone_else(question: Question) -> None:
        asked.append(question)
        if len(asked) == 1:
            house.files["hall.example", "/lamp"] = "on\n"

    operator = Scripted({"switch-on": ["yes", "stop"]}, on_question=someone_else)
    outcome = go(tmp_path, ON, house=house, operator=operator)
    assert len(asked) == 2
    assert house.changes == []
    assert "has changed meanwhile" in operator.text
    assert "It was on" in operator.text
    assert isinstance(outcome.error, StoppedError)


def test_what_changes_from_moment_to_moment_is_not_asked_about_again(tmp_path: Path) -> None:
    step = ON.replace("It was {{ 'on' if lamp.on else 'off' }}", "Looked at {{ lamp.looked }} times")
    outcome = go(tmp_path, step, {"switch-on": "yes"})
    assert outcome.error is None
    assert len(outcome.operator.asked) == 1


def test_a_command_that_lies_about_its_success_is_found_out(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON.replace('[lamp, "on"]', "[lamp, lie]"), {"switch-on": "yes"})
    assert isinstance(outcome.error, StepError)
    assert "the lamp is off" in outcome.error.what
    assert "1 change was made" in outcome.error.changed
    assert states(outcome)["switch-on"] == "failed"


def test_a_command_that_failed_but_did_what_it_should_counts_as_done(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "on\n"})
    outcome = go(tmp_path, ON.replace('[lamp, "on"]', "[no-such-program]"), {"switch-on": "yes"}, house=house)
    assert outcome.error is None
    assert "exit code 1" in outcome.operator.text
    assert states(outcome)["switch-on"] == "done"


def test_after_a_failure_one_can_try_again_or_go_on_with_a_reason(tmp_path: Path) -> None:
    house = House()
    tries: list[str] = []

    def repair(question: Question) -> None:
        tries.append(question.id)
        if question.id == "switch-on.failed":
            house.files["hall.example", "/lamp"] = "on\n"

    step = ON.replace('[lamp, "on"]', "[lamp, lie]")
    operator = Scripted({"switch-on": ["yes", "yes"], "switch-on.failed": "retry"}, on_question=repair)
    outcome = go(tmp_path, step, house=house, operator=operator)
    assert outcome.error is None
    assert tries == ["switch-on", "switch-on.failed", "switch-on"]

    answers = {"switch-on": "yes", "switch-on.failed": ("skip", "lit by hand")}
    outcome = go(tmp_path, step, answers)
    assert outcome.error is None
    assert states(outcome)["switch-on"] == "skipped"


def test_a_step_that_may_fail_does_not_end_the_run(tmp_path: Path) -> None:
    step = ON.replace('[lamp, "on"]', "[lamp, lie]") + "    may_fail: the next one does it\n"
    again = ON.replace("switch-on", "again") + "    rests_on: []\n"
    outcome = go(tmp_path, step + again, {"switch-on": "yes", "again": "yes"})
    assert outcome.error is None
    assert states(outcome) == {"switch-on": "failed", "again": "done"}


def test_a_lost_connection_leaves_an_unknown_outcome_and_its_own_exit_code(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON.replace('[lamp, "on"]', "[lamp, explode]"), {"switch-on": "yes"})
    assert isinstance(outcome.error, OutcomeUnknownError)
    assert outcome.journal.ended is not None
    assert outcome.journal.ended.exit == 4
    assert [one.key for one in outcome.journal.unknown] == ["switch-on#1"]


def test_a_change_that_surely_did_not_begin_is_not_unknown(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON.replace('[lamp, "on"]', "[lamp, unplugged]"), {"switch-on": "yes"})
    assert isinstance(outcome.error, StepError)
    assert outcome.journal.unknown == ()
    assert [event.state for event in outcome.journal.events if isinstance(event, Outcome)] == ["not-started"]


def test_an_unreachable_host_leaves_no_intent(tmp_path: Path) -> None:
    house = House(broken={"attic.example": HostUnreachableError("attic.example does not answer.")})
    step = ON.replace("on: where", "on: \"'attic.example'\"").replace(
        '    verify: {check: lamps.is_on, with: {host: "{{ where }}"}}\n', ""
    )
    outcome = go(tmp_path, step, {"switch-on": "yes"}, house=house)
    assert isinstance(outcome.error, StepError)
    assert outcome.error.changed == "Nothing was changed."
    assert not any(isinstance(event, Intent) for event in outcome.journal.events)


def test_no_change_begins_without_its_intent_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = JournalWriter.append

    def full(self: JournalWriter, event: object) -> None:
        if isinstance(event, Intent):
            raise JournalError("no space", code="journal-unwritable")
        append(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(JournalWriter, "append", full)
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    assert isinstance(outcome.error, JournalError)
    assert outcome.house.changes == []


def test_all_preconditions_are_told_and_the_run_refused(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "on\n"})
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house, header=GUARDED)
    assert isinstance(outcome.error, PreconditionError)
    assert outcome.error.changed == "Nothing was changed."
    assert "--force lamp-off" in outcome.error.hint
    found = {event.code: event.holds for event in outcome.journal.events if isinstance(event, PreconditionSeen)}
    assert found == {"lamp-off": False, "never-forced": True}
    assert house.changes == []


def forced(*codes: str) -> RunOptions:
    return RunOptions(Overrides(frozenset(codes), "I know better"))


def test_a_precondition_is_overridden_by_its_own_code_only(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "on\n"})
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house, header=GUARDED, options=forced("lamp-off"))
    assert outcome.error is None
    event = next(event for event in outcome.journal.events if isinstance(event, PreconditionSeen))
    assert event.forced == "I know better"


@pytest.mark.parametrize("code", ["never-forced", "no-such-code"])
def test_what_cannot_be_forced_is_refused(tmp_path: Path, code: str) -> None:
    outcome = go(tmp_path, ON, header=GUARDED, options=forced(code))
    assert isinstance(outcome.error, UsageError)
    assert outcome.house.changes == []


def test_yes_up_to_a_level_never_covers_more(tmp_path: Path) -> None:
    step = ON.replace("effect: disruptive", "effect: destructive\n    confirm: hall.example")
    outcome = go(tmp_path, step, options=RunOptions(yes_up_to=Effect.DISRUPTIVE))
    assert isinstance(outcome.error, StoppedError)
    assert outcome.house.changes == []
    outcome = go(tmp_path, ON, options=RunOptions(yes_up_to=Effect.DISRUPTIVE))
    assert outcome.error is None
    answered = [event for event in outcome.journal.events if isinstance(event, Answered)]
    assert answered[0].typed == "--yes disruptive"


def test_a_step_whose_condition_does_not_hold_is_not_asked_for(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON + "    when: lamp.on\n    otherwise: it is dark anyway\n")
    assert outcome.error is None
    assert states(outcome) == {"switch-on": "not-needed"}
    assert "it is dark anyway" in outcome.operator.text


LOOP = """
  - id: light
    title: Light
    each: "['on', 'off', 'on']"
    run: [lamp, "{{ item }}"]
    on: where
    effect: reversible
    undo: none
"""


def test_a_loop_asks_for_each_item_by_its_name(tmp_path: Path) -> None:
    answers = {"light[on]": ["y", "y"], "light[off]": ("skip", "leave it on")}
    outcome = go(tmp_path, LOOP, answers)
    assert outcome.error is None
    assert [argv for _host, argv in outcome.house.changes] == [("lamp", "on"), ("lamp", "on")]


EDIT = """
  - id: label
    title: Label
    edit: /label
    on: where
    rules: [{ensure_line: "hall {{ 'on' if lamp.on else 'off' }}"}]
    effect: reversible
    undo: put the backup back
"""


def test_an_edit_keeps_a_backup_and_asks_nothing_when_nothing_would_change(tmp_path: Path) -> None:
    house = House()
    house.files["hall.example", "/label"] = "old\n"
    outcome = go(tmp_path, EDIT, {"label": "y"}, house=house)
    assert outcome.error is None
    assert house.files["hall.example", "/label"] == "old\nhall off\n"
    assert house.files["hall.example", "/label.r1"] == "old\n"
    again = go(tmp_path, EDIT, {}, house=house)
    assert again.error is None
    assert states(again) == {"label": "nothing-to-do"}


def test_an_edit_never_overwrites_what_someone_else_wrote_meanwhile(tmp_path: Path) -> None:
    house = House()
    house.before_change = lambda: house.files.update({("hall.example", "/label"): "theirs\n"})
    outcome = go(tmp_path, EDIT, {"label": "y"}, house=house)
    assert isinstance(outcome.error, StepError)
    assert house.files["hall.example", "/label"] == "theirs\n"


ASK = """
  - id: decide
    title: Decide
    ask: Which lamp?
    choices:
      hall: {title: The hall}
      attic: {title: The attic, consequence: It is dark there.}
    saves: choice
  - id: lit
    title: Light the hall
    when: "choice == 'hall'"
    run: [lamp, "on"]
    on: where
    effect: reversible
    undo: none
"""


@pytest.mark.parametrize(("choice", "state"), [("hall", "done"), ("attic", "not-needed")])
def test_a_decision_leads_to_its_steps(tmp_path: Path, choice: str, state: str) -> None:
    outcome = go(tmp_path, ASK, {"decide": choice, "lit": "y"})
    assert outcome.error is None
    assert states(outcome)["lit"] == state


def test_a_decision_on_what_has_changed_meanwhile_is_asked_for_again(tmp_path: Path) -> None:
    house = House()
    asked: list[Question] = []

    def someone_else(question: Question) -> None:
        asked.append(question)
        if len(asked) == 1:
            house.files["hall.example", "/lamp"] = "on\n"

    steps = ASK.replace("Which lamp?", "The hall is {{ 'lit' if lamp.on else 'dark' }}. Which lamp?")
    operator = Scripted({"decide": ["hall", "attic"]}, on_question=someone_else)
    outcome = go(tmp_path, steps, house=house, operator=operator)
    assert outcome.error is None
    assert [question.text for question in asked] == ["The hall is dark. Which lamp?", "The hall is lit. Which lamp?"]
    assert "has changed meanwhile" in operator.text
    assert states(outcome)["lit"] == "not-needed"


WAIT = """
  - id: daylight
    title: Wait for light
    wait: {check: lamps.is_on, with: {host: "{{ where }}"}, within: 1h, every: 60s}
"""


def test_waiting_ends_when_it_holds_or_when_its_time_is_over(tmp_path: Path) -> None:
    assert go(tmp_path, WAIT, house=House(files={("hall.example", "/lamp"): "on\n"})).error is None
    outcome = go(tmp_path, WAIT)
    assert isinstance(outcome.error, StepError)
    looks = [argv for _host, argv in outcome.house.ran if argv == ("cat", "/lamp")]
    assert 60 <= len(looks) <= 62


def test_postconditions_decide_the_end(tmp_path: Path) -> None:
    after = ON + "postconditions:\n  - {that: not lamp.on, else: somebody left the light on}\n"
    outcome = go(tmp_path, f"steps:\n{after}", {"switch-on": "yes"})
    assert isinstance(outcome.error, StepError)
    assert outcome.error.code == "postcondition"
    assert "left the light on" in outcome.error.why


FOLLOW = """
    leaves: {runbook: dark, because: "{{ where }} is lit", parameters: {where: "{{ where }}"}}
"""


def test_a_follow_up_is_recorded_before_the_change_it_is_about(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON.rstrip() + FOLLOW, {"switch-on": "yes"})
    kinds = outcome.kinds()
    assert kinds.index("follow-up") < kinds.index("intent")


def test_a_secondary_failure_of_the_journal_does_not_hide_the_first_error(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "stop"})
    assert isinstance(outcome.error, StoppedError)
    assert outcome.kinds()[-1] == "run-ended"


def test_a_run_of_which_its_runbook_says_nothing_still_says_what_it_did(tmp_path: Path) -> None:
    done = go(tmp_path, ON, {"switch-on": "yes"})
    assert "Done\n  1 change was made; the journal holds each." in done.operator.text
    house = House()
    house.files["hall.example", "/lamp"] = "on\n"
    nothing = go(tmp_path / "again", ON.replace("    run:", "    when: not lamp.on\n    run:"), house=house)
    assert nothing.error is None
    assert "Done\n  Nothing had to be changed." in nothing.operator.text


def test_a_line_of_a_host_ends_where_it_ends(tmp_path: Path) -> None:
    class Dos(House):
        def to(self, host: Host) -> Room:
            room = super().to(host)
            made = room.make
            room.make = lambda *args, **kw: replace(made(*args, **kw), stdout="lamp is on\r\n")  # type: ignore[method-assign]
            return room

    done = go(tmp_path, ON, {"switch-on": "yes"}, house=Dos())
    assert done.error is None
    assert [one.text for one in done.operator.shown if one.style is Style.OUTPUT] == ["lamp is on"]
