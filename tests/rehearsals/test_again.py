"""A run that was stopped before any of its questions, and the same runbook again on what it left behind."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checks.paths import WATCHER_PAUSE
from checks.world.scenario_model import Scenario
from checks.world.scenarios import world_of
from engine.errors import PreconditionError, StoppedError
from engine.operator.scripted import Given
from engine.packs import World
from tests.rehearsals.cases import ANSWERS, CASES, RESUMED
from tests.rehearsals.rehearsal import ONE, SCENARIOS, Rehearsal

ONLY_RESUMED = {
    (
        "stuck-job.hook",
        "end-scripts[949 on hwhost-2.lab.example]",
    ): "no other run knows whose script it was",
}
"""Before which question a stopped run can only be gone on with, and why."""


def stops() -> Iterator[tuple[str, str]]:
    """Every question of every scenario that its plain one does not ask; away from CI every third."""
    every = 1 if "CI" in os.environ else 3
    for scenario, answers in ANSWERS.items():
        plain = scenario.partition(".")[0]
        known = ANSWERS.get(plain, {}) if plain != scenario else {}
        steps = [step for step in answers if step not in known and (scenario, step) not in ONLY_RESUMED]
        yield from [(scenario, step) for step in steps][::every]


@pytest.mark.parametrize(("scenario", "step"), list(stops()))
def test_a_run_that_was_stopped_before_a_question_goes_on_when_it_is_started_again(
    tmp_path: Path, scenario: str, step: str
) -> None:
    stopped = Rehearsal(tmp_path, scenario, dict(before(scenario, step))).go()
    assert isinstance(stopped.error, StoppedError), stopped.operator.text
    assert step not in stopped.changed
    assert stopped.journal.unknown == ()
    again = Rehearsal(tmp_path, scenario, {**ANSWERS[scenario], **RESUMED[scenario]}, world=stopped.world).go()
    assert again.error is None, f"{again.error}\n{again.operator.text}"
    assert again.journal.unknown == ()


def ending(again: str) -> list[str]:
    """The scenarios after whose good end a further run does this."""
    return [name for name in ANSWERS if CASES[name].again == again]


@pytest.mark.parametrize("scenario", ending("refused"))
def test_a_run_after_the_good_end_changes_nothing_more(tmp_path: Path, scenario: str) -> None:
    first = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert first.error is None
    again = Rehearsal(tmp_path, scenario, ANSWERS[scenario], world=first.world).go()
    assert isinstance(again.error, PreconditionError), again.operator.text
    assert again.changed == []


@pytest.mark.parametrize("scenario", ending("asks-nothing"))
def test_what_is_set_up_already_is_not_asked_about(tmp_path: Path, scenario: str) -> None:
    first = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    again = Rehearsal(tmp_path, scenario, {}, world=first.world).go()
    assert again.error is None, f"{again.error}\n{again.operator.text}"
    assert again.operator.asked == []
    assert again.changed == []


def before(scenario: str, step: str) -> Iterator[tuple[str, Given]]:
    """The answers to all questions before this one."""
    for one, answer in ANSWERS[scenario].items():
        if one == step:
            return
        yield one, answer


def test_instances_that_were_left_down_can_be_started_by_a_further_run(tmp_path: Path) -> None:
    scenario = "master-failover.cut-off"
    first = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert ("failover-instances", "not-needed") in first.states
    later = {**ANSWERS[scenario], "decide-on-instances": "start", "failover-instances": "yes"}
    again = Rehearsal(tmp_path, scenario, later, world=first.world).go()
    assert again.error is None
    assert ("failover-instances", "done") in again.states
    assert ("failover", "not-needed") in again.states
    assert ("set-voting-flags", "nothing-to-do") in again.states


def test_a_pause_of_the_watcher_that_somebody_else_made_is_kept(tmp_path: Path) -> None:
    scenario = "stuck-job.kill-refused"
    world = SCENARIOS[scenario]()
    machine = world.links._cluster.machines[ONE]  # type: ignore[attr-defined]
    until = str(int(world.clock.now().timestamp()) + 86400)
    machine.files.write(WATCHER_PAUSE, until)
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario], world=world).go()
    assert done.error is None
    assert ("watcher", "not-needed") in done.states
    assert "watcher-released" not in dict(done.states)
    assert machine.files.read(WATCHER_PAUSE) == until


def two_of_three_dead() -> World:
    scenario = Scenario(
        description="Three nodes, of which two have lost power, the master among them.",
        parameters={"new_master": "hwhost-2"},
        entry="hwhost-2",
        nodes=3,
        before=["power-off hwhost-1", "power-off hwhost-3"],
        manual={"fence-old-master": ["power-off hwhost-1"]},
    )
    return world_of(scenario)


def test_with_two_of_three_nodes_dead_the_former_master_has_to_be_named_to_go_on(tmp_path: Path) -> None:
    answers = {**ANSWERS["master-failover"], "decide-on-instances": "later"}
    until_offline = {key: answers[key] for key in ("fence-old-master", "set-voting-flags", "failover")}
    stopped = Rehearsal(tmp_path, "master-failover", until_offline, world=two_of_three_dead()).go()
    assert isinstance(stopped.error, StoppedError), stopped.operator.text
    refused = Rehearsal(tmp_path, "master-failover", answers, world=stopped.world).go()
    assert isinstance(refused.error, PreconditionError)
    assert "cannot be told" in refused.error.why
    assert refused.changed == []
    world = replace(stopped.world, parameters={"new_master": "hwhost-2", "old_master": "hwhost-1"})
    again = Rehearsal(tmp_path, "master-failover", answers, world=world).go()
    assert again.error is None, f"{again.error}\n{again.operator.text}"
    assert ("mark-offline", "done") in again.states


def test_a_master_that_answers_but_whose_daemons_are_all_dead_counts_for_no_vote(tmp_path: Path) -> None:
    scenario = Scenario(
        description="The master answers to ssh; none of its daemons runs.",
        parameters={"new_master": "hwhost-2"},
        entry="hwhost-2",
        before=["run hwhost-1 systemctl stop ganeti"],
        manual={"fence-old-master": ["power-off hwhost-1"]},
    )
    done = Rehearsal(tmp_path, "master-failover", ANSWERS["master-failover"], world=world_of(scenario)).go()
    assert done.error is None, f"{done.error}\n{done.operator.text}"
    assert ("failover", "done") in done.states


def test_a_return_after_the_return_ends_well_and_interrupts_nothing(tmp_path: Path) -> None:
    scenario = "master-failover-return"
    first = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert first.error is None
    again = Rehearsal(tmp_path, scenario, ANSWERS[scenario], world=first.world).go()
    assert again.error is None, f"{again.error}\n{again.operator.text}"
    assert {step.split("[")[0] for step in again.changed} == {"activate-disks", "verify-the-cluster"}
