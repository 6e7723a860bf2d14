"""Nodes of the embedded cluster that answer and are not well: recognised before a change is made there."""

from pathlib import Path

import pytest

from checks.world.scenarios import FOLDER, load, world_of
from engine.errors import StepError
from engine.journal.events import Intent
from engine.operator.scripted import Given
from engine.packs import World
from engine.run.overrides import Overrides
from tests.rehearsals.rehearsal import ONE, TWO, Rehearsal


def world(*happened: str) -> World:
    scenario = load(FOLDER.joinpath("watcher-continue.yaml"))
    return world_of(scenario.model_copy(update={"before": (*scenario.before, *happened)}))


def rehearsed(tmp_path: Path, there: World, *force: str, failed: str = "stop") -> Rehearsal:
    answers: dict[str, Given] = {"continue": "y", "continue.failed": failed}
    return Rehearsal(tmp_path, "watcher-continue", answers, Overrides(frozenset(force), "it is known"), there).go()


@pytest.mark.parametrize(
    ("code", "happened", "says"),
    [
        ("host-clock", "clock-off hwhost-1 -7200", f"The clock of {ONE} is 2 h behind the one here."),
        ("host-clock", "clock-off hwhost-1 -7200", f"The time at {TWO} is the one here, so {ONE} is wrong."),
        ("host-read-only", "read-only hwhost-1", f"The file system / on {ONE} takes nothing: it is read-only."),
        ("host-full", "var-full hwhost-1", f"/var on {ONE} is full: 0.0 MiB and 150000 inodes are free."),
        ("host-hangs", "hangs hwhost-1 lvs", f"lvs on {ONE} does not end."),
    ],
)
def test_it_is_not_changed(tmp_path: Path, code: str, happened: str, says: str) -> None:
    outcome = rehearsed(tmp_path, world(happened))
    assert isinstance(outcome.error, StepError)
    assert outcome.error.code == code
    assert outcome.changed == []
    assert says in " ".join(outcome.operator.text.split())


def test_a_node_that_is_not_changed_may_lie(tmp_path: Path) -> None:
    outcome = rehearsed(tmp_path, world("read-only hwhost-2", "clock-off hwhost-2 7200", "hangs hwhost-2 lvs"))
    assert outcome.error is None


def test_it_can_be_forced(tmp_path: Path) -> None:
    outcome = rehearsed(tmp_path, world("var-full hwhost-1"), "host-full")
    assert outcome.error is None
    assert [event.host for event in outcome.journal.events if isinstance(event, Intent)] == [ONE]
