"""A captured cluster and its twin: the same findings, and the same course of the runbook that repairs it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.world.from_capture.twin import twin
from engine.capture.archive import load, write
from engine.cli.capture import taken
from engine.cli.diagnose import as_data
from engine.hosts.host import Result
from engine.hosts.reader import Reader
from engine.knowledge import Context
from engine.packs import World
from tests.rehearsals.cases import ANSWERS, REFUSED
from tests.rehearsals.rehearsal import SCENARIOS, SHOP, Rehearsal

UNSEEN: Mapping[str, str] = {
    "stuck-job.kill-refused": "luxid runs and does not answer, which no read shows",
    "stuck-job.stopped": "what a job does once it goes on is in no capture, so that it has to be killed there",
    "stuck-job.orphan": "when wconfd looks for dead owners of locks depends on when it was started",
}
"""Where the course may differ, and why; the end is as good."""
FURTHER: Mapping[str, Mapping[str, str]] = {"stuck-job.stopped": {"kill": "yes"}}
"""What is asked on the twin besides."""
PROCESS = re.compile(r"\bprocess \d+|\bpid \d+")


def captured(name: str, folder: Path) -> World:
    """The twin of a scenario, by way of a file."""
    world = SCENARIOS[name]()
    path = folder / "capture.tar.gz"
    write(taken(SHOP, world.links, [world.entry], world.clock), path)
    return replace(twin(load(path)), parameters=world.parameters)


def diagnosed(world: World) -> dict[str, Any]:
    reader = Reader(world.links)
    site = SHOP.discover(reader, [world.entry])
    look = SHOP.discoverer.diagnose
    assert look is not None
    found = as_data(site.label, look(Context(reader, site, world.clock)))
    for one in found["findings"]:
        one["evidence"] = [PROCESS.sub("process N", line) for line in one["evidence"]]
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_twin_has_what_the_original_has(name: str, tmp_path: Path) -> None:
    assert diagnosed(captured(name, tmp_path)) == diagnosed(SCENARIOS[name]())


def _without_text(argv: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in argv if one != "-a")


@pytest.mark.parametrize("name", ["healthy", "stuck-job", "node-reinstall"])
def test_a_capture_from_before_searches_took_every_file_for_text_has_the_same_twin(name: str) -> None:
    world = SCENARIOS[name]()
    now = taken(SHOP, world.links, [world.entry], world.clock)
    before = []
    for one in now.answers:
        answer = one.answer
        if isinstance(answer, Result):
            answer = replace(answer, argv=_without_text(answer.argv))
        before.append(replace(one, argv=_without_text(one.argv), answer=answer))
    assert [one.argv for one in before] != [one.argv for one in now.answers]
    twin_of_then = replace(twin(replace(now, answers=tuple(before))), parameters=world.parameters)
    assert diagnosed(twin_of_then) == diagnosed(SCENARIOS[name]())


@pytest.mark.parametrize("name", [name for name in (*ANSWERS, *REFUSED) if "CI" in os.environ or "." not in name])
def test_a_runbook_takes_the_same_course_on_the_twin(name: str, tmp_path: Path) -> None:
    answers = ANSWERS.get(name, {})
    original = Rehearsal(tmp_path / "original", name, answers).go()
    rehearsed = Rehearsal(
        tmp_path / "twin", name, {**answers, **FURTHER.get(name, {})}, world=captured(name, tmp_path)
    ).go()
    if name in UNSEEN:
        assert rehearsed.error is None, rehearsed.error
        assert rehearsed.course[-1] == original.course[-1]
    else:
        assert rehearsed.course == original.course


def test_what_is_not_as_it_was_is_told_first(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    told = captured("stuck-job", tmp_path).description
    assert told.startswith("The twin of cluster.lab.example as it was at 2026-11-22 12:0")
    assert "Job 41 (INSTANCE_MIGRATE(inst1.lab.example)) waits for the end of a resync here" in told
    off = captured("master-failover", other).description
    assert "The volumes of hwhost-1.lab.example are not known" in off
