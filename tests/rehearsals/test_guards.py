"""Each step that can be left out is left out once: nothing dangerous rests on it, and no end says that all is well."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engine.effects import Effect
from engine.journal.events import Answered, Checked, Intent, StepEnded
from engine.journal.folder import RunsFolder
from engine.model.runbook import Runbook
from engine.model.step import Ask, CallRunbook, StepBase
from engine.operator.interface import Answer, Question
from engine.operator.scripted import Given, Scripted
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import Rehearsal, load
from tests.rehearsals.world import last_writes, running, writes, wrongs
from tests.terminal import TerminalSession

REASON = "to see what comes of it"
PASSED_OVER = {"skipped", "failed"}
WALKED_ELSEWHERE = frozenset({"disks/choose-the-way"})
"""Where a long runbook calls one that is walked through by itself."""
END = "The end is reached, and not all went as it should"


class Leaves(Scripted):
    """Leaves one step out, and says yes in full to whatever is asked then."""

    def __init__(self, answers: Mapping[str, Given], left_out: str) -> None:
        super().__init__(dict(answers))
        self._script = answers
        self._left_out = left_out

    def ask(self, question: Question) -> Answer:
        if question.id == self._left_out:
            self._answers[question.id] = [("skip", REASON)]
        elif question.id in WALKED_ELSEWHERE:
            self._answers[question.id] = ["stop"]
        elif not self._answers.get(question.id):
            # Waiting for what was not begun would take all day of the simulated clock.
            ends = question.id.endswith(".failed") or question.id.startswith("wait-")
            option = next(one for one in question.options if (one.key == "stop") == ends)
            self._answers[question.id] = [option.words[0]]
        return super().ask(question)


def found(runbook: Runbook, key: str) -> tuple[Runbook, StepBase]:
    """A step by its key, and the runbook that it stands in."""
    first, _, rest = key.partition("/")
    step = next((one for one in runbook.steps if one.id == first.partition("[")[0]), None)
    if step is None:
        step = next(one.taking() for one in runbook.meanwhile if one.id == first)
    if rest and isinstance(step, CallRunbook):
        return found(load(step.call).runbook, rest)
    return runbook, step


def walks() -> list[tuple[str, str]]:
    """Each step of each runbook that is asked for and can be left out, in the shortest scenario that has it.

    Away from CI every other one, but all of those that begin with a fence.
    """
    places: dict[tuple[str, str], tuple[str, str]] = {}
    for scenario, answers in sorted(ANSWERS.items(), key=lambda one: -len(one[1])):
        for question in answers:
            runbook, step = found(load(scenario.partition(".")[0]).runbook, question)
            if not isinstance(step, Ask):
                places[runbook.id, step.id] = (scenario, question)
    every = list(places.values())
    if "CI" in os.environ:
        return every
    fenced = [one for one in every if one[0].startswith("master-failover.")]
    return [*fenced, *[one for one in every if one not in fenced][::2]]


def on_what_was_passed_over(rehearsal: Rehearsal) -> list[str]:
    """The steps that were begun although one that they rest on had been passed over, and nobody let them."""
    ended: dict[str, str] = {}
    bad = []
    let = {
        event.question.removesuffix(".unguarded").partition("[")[0]
        for event in rehearsal.journal.events
        if isinstance(event, Answered) and event.question.endswith(".unguarded") and event.answer == "go"
    }
    for event in rehearsal.journal.events:
        if isinstance(event, StepEnded):
            ended[event.step] = event.state
        begun = isinstance(event, Intent) or (isinstance(event, StepEnded) and event.state == "done")
        if not isinstance(event, Intent | StepEnded) or not begun or event.step.endswith("-released"):
            continue
        key, mark, item = event.step.partition("[")
        within = key.rpartition("/")[0] + "/" if "/" in key else ""
        for rest in found(rehearsal.run.loaded.runbook, key)[1].rests_on or ():
            own = ended.get(within + rest.step + mark + item)
            states = {own} if own else {ended[one] for one in ended if one.partition("[")[0] == within + rest.step}
            if states & PASSED_OVER and key not in let:
                bad.append(f"{event.step} without {rest.step}")
    return bad


def told_truly(rehearsal: Rehearsal) -> None:
    """A good end is one where all that has to hold does, and it names what was passed over or went wrong."""
    events, text = rehearsal.journal.events, rehearsal.operator.text
    lines = [line.strip() for line in text.splitlines()]
    if rehearsal.error is not None:
        assert "Done" not in lines
        assert END not in lines
        return
    holds = [event.holds for event in events if isinstance(event, Checked) and event.of == "postcondition"]
    assert all(holds)
    assert len(holds) >= len(rehearsal.run.loaded.runbook.postconditions)
    ended = {event.step: event for event in events if isinstance(event, StepEnded)}
    wrong = [one for one in ended.values() if one.state in PASSED_OVER or one.trouble]
    assert ("Done" in lines) == (not wrong)
    at_the_end = " ".join(text.partition(END)[2].split())
    assert all(one.title in at_the_end for one in wrong)


@pytest.mark.parametrize(("scenario", "left_out"), walks())
def test_nothing_dangerous_is_done_on_a_step_that_was_left_out(tmp_path: Path, scenario: str, left_out: str) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, {})
    rehearsal.operator = rehearsal.run.operator = Leaves(ANSWERS[scenario], left_out)
    world = rehearsal.world
    before, ran, last = wrongs(world), running(world), last_writes(world)
    rehearsal.go()
    ended = [event for event in rehearsal.journal.events if isinstance(event, StepEnded)]
    assert (left_out, "skipped") in {
        (event.step if "[" in left_out else event.step.partition("[")[0], event.state) for event in ended
    }
    assert on_what_was_passed_over(rehearsal) == []
    told_truly(rehearsal)
    whole = rehearsal.run.loaded.runbook
    done = [found(whole, event.step)[1].effect for event in ended
            if event.state == "done" and not event.step.endswith("-released")]  # fmt: skip
    worst = max((one.level for one in done), default=0)
    assert wrongs(world) <= before
    if worst < Effect.DISRUPTIVE.level:
        assert ran <= running(world)
    if worst < Effect.DESTRUCTIVE.level:
        assert last <= writes(world)


CUT_OFF = [sys.executable, "-m", "engine.cli", "rehearse", "master-failover", "--scenario", "cut-off"]
FENCE = "type hwhost-1.lab.example once you have done it."


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[TerminalSession]:
    with TerminalSession(CUT_OFF, {"GNT_RUNBOOK_STATE": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}) as session:
        yield session


def test_without_its_fence_no_failover_is_done_at_a_real_terminal(cut_off: TerminalSession, tmp_path: Path) -> None:
    shown = " ".join(cut_off.expect(FENCE).split())
    rests = "If this is left out, the run ends before what rests on it: "
    assert f'{rests}"Let the new master\'s daemons start without a vote", "Make the new node the master",' in shown
    cut_off.type("skip")
    cut_off.expect("Why?")
    cut_off.type("nobody is at the data centre")
    assert cut_off.end() == 1
    said = " ".join(cut_off.screen.split())
    assert "ERROR rests-on-skipped: The step 'set-voting-flags' is not done" in said
    assert "fence-old-master (Make sure that the old master is off, and stays off) was left out by you" in said
    assert "nobody is at the data centre" in said
    assert "Done" not in said
    journal = RunsFolder(tmp_path / "runs").all()[0][0]
    begun = {event.step for event in journal.events if isinstance(event, Intent)}
    assert not begun & {"set-voting-flags", "failover", "mark-offline", "failover-instances"}


def test_ctrl_c_after_the_flags_were_written_says_what_is_left_and_what_to_type(cut_off: TerminalSession) -> None:
    for question, typed in ((FENCE, "hwhost-1.lab.example"), ("start without a vote: go on?", "y")):
        cut_off.expect(question)
        cut_off.type(typed)
    cut_off.expect("Make the new node the master: this interrupts something.")
    cut_off.press(b"\x03")
    assert cut_off.end() == 1
    said = " ".join(cut_off.screen.split())
    assert "What this run has changed" in said
    assert "Let the new master's daemons start without a vote (/etc/default/ganeti on hwhost-2.lab.example)." in said
    assert "gnt-runbook run master-failover-return old_master=hwhost-1.lab.example" in said
    assert "Keep a copy of Ganeti's state on the new master" in said
    assert "Nothing is lost" not in said
