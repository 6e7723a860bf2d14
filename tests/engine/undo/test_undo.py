"""What a run changed is taken back, newest first, and only that."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, RefusedError, StepError, StoppedError, UsageError
from engine.hosts.host import Once, Result, Settled
from engine.journal.events import Answered, Intent, Outcome, RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.reader import read_journal
from engine.journal.undo_record import UndoByCommand, UndoByHand, UndoOfEdit, as_data, from_data
from engine.redaction.redactor import REDACTOR
from engine.resume.chain import with_those_before
from engine.undo.changes import asked_of_hosts, made_by
from engine.undo.refusals import not_resumed
from tests.engine.run.toy import HEADER, HOME, ON, House, Room, go
from tests.engine.undo.house import left, look, undo, undone

OFF = "undo: {run: [lamp, 'off'], effect: reversible}"
SWITCH = ON.replace("undo: switch it off", OFF)
SIGN = """
  - id: sign
    title: Write the sign
    edit: /sign
    on: where
    rules: [{ensure_line: open}]
    effect: reversible
    undo: put the backup back
"""
GONE = """
  - id: forget
    title: Forget
    run: [lamp, "on"]
    on: where
    effect: reversible
    undo: "none: nobody remembers"
"""
YES = {"switch-on": "yes", "sign": "y", "forget": "y", "undo-switch-on": "yes", "undo-sign": "y"}


def test_what_was_done_is_taken_back_newest_first_and_the_house_is_as_before(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "off\n", ("hall.example", "/sign"): "closed\n"})
    before = dict(house.files)
    run = go(tmp_path, SWITCH + SIGN, YES, house=house)
    assert run.error is None
    back = undo(run, YES)
    assert back.error is None, back.operator.text
    assert undone(back) == ["sign#2", "switch-on#1"]
    assert {key: text for key, text in house.files.items() if key in before} == before
    assert back.journal.started is not None
    assert (back.journal.started.undoes, back.journal.started.runbook) == ("r1", "toy")


def test_undoing_twice_does_nothing_more(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH + SIGN, YES)
    undo(run, YES)
    changes = list(run.house.changes)
    found = look(run)
    assert (found.due, found.left, found.back) == ((), (), 2)
    assert run.house.changes == changes


def test_a_file_that_was_not_there_is_removed_again(tmp_path: Path) -> None:
    run = go(tmp_path, SIGN, YES)
    assert run.house.files["hall.example", "/sign"] == "open\n"
    back = undo(run, YES)
    assert ("hall.example", "/sign") not in run.house.files
    assert "remove /sign" in back.operator.text


@pytest.mark.parametrize("now", ["open\nmine\n", None])
def test_a_file_that_somebody_changed_since_is_left_alone_and_that_is_told_first(
    tmp_path: Path, now: str | None
) -> None:
    house = House(files={("hall.example", "/lamp"): "off\n", ("hall.example", "/sign"): "closed\n"})
    run = go(tmp_path, SWITCH + SIGN, YES, house=house)
    house.files.pop(("hall.example", "/sign"))
    if now is not None:
        house.files["hall.example", "/sign"] = now
    back = undo(run, YES)
    assert undone(back) == ["switch-on#1"]
    assert house.files.get(("hall.example", "/sign")) == now
    screen = " ".join(back.operator.text.split())
    assert screen.index("it is left alone") < screen.index("lamp off")


def test_a_file_that_is_changed_while_the_question_stands_there_is_left_alone(tmp_path: Path) -> None:
    run = go(tmp_path, SIGN, YES)
    run.house.before_change = lambda: run.house.files.update({("hall.example", "/sign"): "open\nmine\n"})
    back = undo(run, {**YES, "undo-sign.failed": "stop"})
    assert isinstance(back.error, StepError)
    assert run.house.files["hall.example", "/sign"] == "open\nmine\n"


def test_what_cannot_be_taken_back_is_said_before_it_is_approved(tmp_path: Path) -> None:
    run = go(tmp_path, GONE, {"forget": "n"})
    assert isinstance(run.error, StoppedError)
    assert "It cannot be taken back: nobody remembers" in run.operator.text
    assert left(go(tmp_path, GONE, YES)) == [
        "Not undone: Forget (lamp on on hall.example). It cannot be taken back: nobody remembers"
    ]


def test_how_it_would_be_taken_back_is_said_before_it_is_approved(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH + SIGN, {"switch-on": "yes", "sign": "n"})
    assert "To take it back: gnt-runbook undo does it, on hall.example: lamp off" in run.operator.text
    assert "put the backup back; gnt-runbook undo removes the file" in run.operator.text


def test_a_command_that_failed_is_told_and_not_taken_back(tmp_path: Path) -> None:
    steps = SWITCH.replace('[lamp, "on"]', '[lamp, "break"]')
    run = go(tmp_path, steps, {"switch-on": "yes", "switch-on.failed": ("skip", "no matter")})
    assert look(run).due == ()
    (told,) = left(run)
    assert "exit code 1, and what it did is not known; look at hall.example" in told
    assert "lamp off" in told


def test_a_command_whose_end_nobody_saw_is_told_and_not_taken_back(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH.replace('[lamp, "on"]', '[lamp, "explode"]'), YES)
    assert look(run).due == ()
    assert "Nobody saw how it ended" in left(run)[0]


def test_an_exit_code_that_lied_does_not_hide_what_was_done(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "on\n"})
    run = go(tmp_path, SWITCH.replace('[lamp, "on"]', '[lamp, "break"]'), YES, house=house)
    assert run.error is None, "the lamp is on, whatever the command said"
    assert undone(undo(run, YES)) == ["switch-on#1"]


def test_what_is_left_out_is_offered_again(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH + SIGN, YES)
    back = undo(run, {**YES, "undo-sign": ("skip", "it is right")})
    assert undone(back) == ["switch-on#1"]
    assert [made.step for made, _ in look(run).due] == ["sign"]


def test_stopping_takes_nothing_more_back(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH + SIGN, YES)
    back = undo(run, {"undo-sign": "y", "undo-switch-on": "n"})
    assert isinstance(back.error, StoppedError)
    assert undone(back) == ["sign#2"]
    assert [made.step for made, _ in look(run).due] == ["switch-on"]


def test_each_item_of_a_loop_is_taken_back_by_itself(tmp_path: Path) -> None:
    steps = SWITCH.replace("    run:", "    each: \"['hall.example', 'attic.example']\"\n    run:").replace(
        "on: where", "on: item"
    )
    house = House(files={("hall.example", "/lamp"): "off\n", ("attic.example", "/lamp"): "off\n"})
    before = dict(house.files)
    steps = steps.replace('"{{ where }}"', '"{{ item }}"')
    run = go(tmp_path, steps, {f"switch-on[{host}.example]": "yes" for host in ("hall", "attic")}, house=house)
    assert run.error is None, run.error
    back = undo(run, {f"undo-switch-on[{host}.example]": "yes" for host in ("hall", "attic")})
    assert undone(back) == ["switch-on[attic.example]#2", "switch-on[hall.example]#1"]
    assert house.files == before


def test_a_dry_run_shows_all_and_changes_nothing(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH + SIGN, YES)
    changes, files = list(run.house.changes), dict(run.house.files)
    back = undo(run, dry=True)
    assert (back.code, back.error) == (0, None)
    assert (run.house.changes, run.house.files) == (changes, files)
    assert "lamp off" in back.operator.text
    assert "remove /sign" in back.operator.text


def test_it_is_asked_for_by_its_own_effect(tmp_path: Path) -> None:
    steps = SWITCH.replace("effect: reversible}", "effect: destructive, confirm: '{{ where }}'}")
    run = go(tmp_path, steps, YES)
    assert isinstance(undo(run, {"undo-switch-on": "yes"}).error, StoppedError)
    back = undo(run, {"undo-switch-on": "hall.example"})
    assert back.error is None
    assert [event.typed for event in back.journal.events if isinstance(event, Answered)] == ["hall.example"]


def test_a_word_of_ours_does_not_take_back_what_is_called_so(tmp_path: Path) -> None:
    steps = SWITCH.replace("effect: reversible}", "effect: destructive, confirm: '{{ name }}'}")
    header = HEADER.replace("facts:", "  name: {type: str, help: x}\nfacts:")
    run = go(tmp_path, steps, YES, header=header, values={"name": "no"})
    assert isinstance(undo(run, {"undo-switch-on": "no"}).error, StoppedError)
    assert undo(run, {"undo-switch-on": "undo-switch-on/no"}).error is None


def test_what_it_needs_and_does_not_have_is_told_first(tmp_path: Path) -> None:
    needs = "needs: {check: lamps.is_on, with: {host: '{{ where }}'}}}"
    run = go(tmp_path, SWITCH.replace("effect: reversible}", f"effect: reversible, {needs}"), YES)
    run.house.files["hall.example", "/lamp"] = "off\n"
    assert look(run).due == ()
    assert left(run)[0].endswith("the lamp is off")


def test_what_a_newer_change_may_give_it_is_looked_at_just_before(tmp_path: Path) -> None:
    needs = "needs: {check: lamps.is_on, with: {host: '{{ where }}'}}}"
    run = go(tmp_path, SWITCH.replace("effect: reversible}", f"effect: reversible, {needs}") + SIGN, YES)
    run.house.files["hall.example", "/lamp"] = "off\n"
    back = undo(run, {**YES, "undo-switch-on.failed": "stop"})
    assert isinstance(back.error, StepError)
    assert "the lamp is off" in back.error.what
    assert undone(back) == ["sign#2"]


def test_the_world_decides_whether_it_was_taken_back(tmp_path: Path) -> None:
    verify = "verify: {check: lamps.is_on, with: {host: '{{ where }}'}}}"
    run = go(tmp_path, SWITCH.replace("effect: reversible}", f"effect: reversible, {verify}"), YES)
    back = undo(run, {**YES, "undo-switch-on.failed": "stop"})
    assert isinstance(back.error, StepError)
    assert "the lamp is off" in back.error.what


def test_what_is_held_and_given_back_is_no_change_and_what_is_still_held_is_given_back(tmp_path: Path) -> None:
    header = HEADER + (
        "meanwhile:\n  - {id: light, title: Hold the light, hold: [lamp, 'on'], release: [lamp, 'off'], on: where}\n"
    )
    run = go(tmp_path, SIGN, {**YES, "light": "y"}, header=header)
    assert [made.step for made, _ in look(run).due] == ["sign"]
    lines = run.path.read_bytes().splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if b"light-released" in line)
    run.path.write_bytes(b"".join(lines[:cut]))
    assert [made.step for made, _ in look(run).due] == ["sign", "light"]


def test_a_follow_up_is_closed_when_what_left_it_is_taken_back(tmp_path: Path) -> None:
    leaves = "    leaves: {runbook: toy, because: the lamp burns}\n"
    run = go(tmp_path, SWITCH + leaves + SIGN, {**YES, "sign": "n"})
    runs = RunsFolder(run.path.parent)
    assert [one.left.because for one in runs.follow_ups()] == ["the lamp burns"]
    undo(run, YES)
    assert runs.follow_ups() == []


def test_an_undo_closes_no_follow_up_of_its_runbook_by_itself(tmp_path: Path) -> None:
    leaves = "    leaves: {runbook: toy, because: the lamp burns}\n"
    run = go(tmp_path, SIGN + GONE + leaves + SWITCH, {**YES, "switch-on": "n"})
    assert undo(run, YES).error is None
    assert [one.left.because for one in RunsFolder(run.path.parent).follow_ups()] == ["the lamp burns"]


def test_what_a_person_did_is_told(tmp_path: Path) -> None:
    plug = """
  - id: plug
    title: Plug it in
    manual: Plug the lamp in.
    effect: reversible
    undo: pull the plug
"""
    run = go(tmp_path, plug, {"plug": "done"})
    assert "To take it back, by hand (gnt-runbook undo does not): pull the plug" in run.operator.text
    assert left(run) == [
        "Not undone: Plug it in (done by a person). To take it back, by hand (gnt-runbook undo does not): pull the plug"
    ]


def test_a_secret_is_not_recorded_so_its_undo_is_for_a_person(tmp_path: Path) -> None:
    REDACTOR.learn("swordfish-17")
    try:
        steps = SWITCH.replace("[lamp, 'off']", "[lamp, '{{ where }}', 'swordfish-17']")
        run = go(tmp_path, steps + SIGN.replace("open}", "swordfish-17}"), YES)
    finally:
        REDACTOR.forget()
    assert "swordfish" not in run.path.read_text()
    assert look(run).due == ()
    assert [told.partition(". ")[2].startswith("To take it back, by hand") for told in left(run)] == [True, True]


def test_journals_of_older_versions_say_that_they_do_not_know(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH, YES)
    journal = run.journal
    intent = next(one for one in journal.entries if isinstance(one.event, Intent))
    old = replace(intent, event=replace(intent.event, undo={}))
    entries = tuple(old if one is intent else one for one in journal.entries)
    assert from_data({}) is None
    assert from_data({"by": "magic"}) is None
    assert [one.undo for one in made_by([replace(journal, entries=entries)])] == [None]


@pytest.mark.parametrize(
    "undo_",
    [
        UndoByCommand(argv=("lamp", "off"), timeout=5.0, host="hall.example", effect="disruptive"),  # type: ignore[arg-type]
        UndoOfEdit(file="/a", backup="", written="0", host="hall.example", effect="reversible"),  # type: ignore[arg-type]
        UndoByHand("none"),
    ],
)
def test_what_is_recorded_is_read_back(undo_: object) -> None:
    assert from_data(as_data(undo_)) == undo_  # type: ignore[arg-type]


def test_the_undo_is_in_the_intent_before_the_change_begins(tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []
    house = House()
    house.before_change = lambda: seen.extend(
        event.undo for event in read_journal(next((tmp_path / "runs").iterdir())).events if isinstance(event, Intent)
    )
    run = go(tmp_path, SWITCH, YES, house=house)
    assert seen[0]["argv"] == ["lamp", "off"]
    assert not any(isinstance(event, Outcome) and event.state != "done" for event in run.journal.events)


def test_of_a_resumed_run_the_changes_of_both_are_taken_back_newest_first(tmp_path: Path) -> None:
    first = go(tmp_path, SWITCH, YES).journal
    second = go(tmp_path, SIGN, YES).journal
    started = second.entries[0]
    assert isinstance(started.event, RunStarted)
    renamed = replace(started, event=replace(started.event, run="r2", resumes="r1"))
    chained = replace(second, entries=(renamed, *second.entries[1:]))
    chain = with_those_before(chained, [first, chained])
    assert [made.name for made in made_by(chain)] == ["r2:sign#1", "r1:switch-on#1"]
    with pytest.raises(RefusedError, match="was resumed by"):
        not_resumed(first, [first, chained])
    with pytest.raises(UsageError, match="is not here"):
        with_those_before(chained, [chained])


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (Settled("ended", Result((), "", "", 0, 0.1)), ["done"]),
        (Settled("ended", Result((), "", "", 1, 0.1)), ["failed"]),
        (Settled("never"), []),
        (Settled("running"), ["unknown"]),
        (Settled("cut-short"), ["unknown"]),
        (Settled("rebooted"), ["unknown"]),
    ],
)
def test_the_host_is_asked_what_became_of_what_nobody_saw_the_end_of(
    tmp_path: Path, said: Settled, state: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = go(tmp_path, SWITCH.replace('[lamp, "on"]', '[lamp, "explode"]'), YES)
    asked = []
    monkeypatch.setattr(Room, "settle", lambda _room, once, **_how: (asked.append(once), said)[1])
    changes = made_by([run.journal])
    assert [made.state for made in changes] == ["unknown"]
    assert [made.state for made in asked_of_hosts(changes, run.house, HOME)] == state
    assert asked == [Once("r1", "switch-on#1")]


def test_a_host_that_cannot_be_asked_leaves_it_unknown(tmp_path: Path) -> None:
    run = go(tmp_path, SWITCH.replace('[lamp, "on"]', '[lamp, "explode"]'), YES)
    run.house.broken["hall.example"] = HostUnreachableError("no answer")
    (made,) = asked_of_hosts(made_by([run.journal]), run.house, HOME)
    assert made.state == "unknown"
    assert made.why.endswith("cannot be asked: no answer")
