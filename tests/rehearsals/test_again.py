"""A run that was stopped before any of its questions, and the same runbook again on what it left behind."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checks.paths import WATCHER_PAUSE
from engine.errors import PreconditionError, StoppedError
from engine.operator.scripted import Given
from tests.rehearsals.rehearsal import ANSWERS, ONE, SCENARIOS, TWO, Rehearsal

MORE: dict[str, Mapping[str, Given]] = {
    # With the daemons found stopped, they are started first, and luxid hangs on the job as before.
    "stuck-job.kill-refused": {"start-the-master-daemons": "yes", f"move-stray-copies[{TWO}]": "y"},
}
"""What is asked besides, when a run finds what another has left half done."""

EVERY_STOP = [(scenario, step) for scenario, answers in ANSWERS.items() for step in answers]


@pytest.mark.parametrize(("scenario", "step"), EVERY_STOP)
def test_a_run_that_was_stopped_before_a_question_goes_on_when_it_is_started_again(
    tmp_path: Path, scenario: str, step: str
) -> None:
    stopped = Rehearsal(tmp_path, scenario, dict(before(scenario, step))).go()
    assert isinstance(stopped.error, StoppedError), stopped.operator.text
    again = Rehearsal(tmp_path, scenario, {**ANSWERS[scenario], **MORE.get(scenario, {})}, world=stopped.world).go()
    assert again.error is None, f"{again.error}\n{again.operator.text}"
    assert again.journal.unknown == ()


LEFT_TO_DO = {"master-failover.cut-off"}
"""Where the instances were left down by decision, a further run offers them again."""


@pytest.mark.parametrize("scenario", sorted(ANSWERS.keys() - LEFT_TO_DO))
def test_a_run_after_the_good_end_changes_nothing_more(tmp_path: Path, scenario: str) -> None:
    first = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert first.error is None
    again = Rehearsal(tmp_path, scenario, ANSWERS[scenario], world=first.world).go()
    assert isinstance(again.error, PreconditionError), again.operator.text
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
    assert ("pause-the-watcher", "not-needed") in done.states
    assert ("continue-the-watcher", "not-needed") in done.states
    assert machine.files.read(WATCHER_PAUSE) == until
