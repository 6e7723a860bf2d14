"""Which run is meant where none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.errors import UsageError
from engine.journal.events import Event, RunEnded, RunStarted, StepBegun
from engine.journal.folder import RunsFolder
from engine.resume.chain import chain_of

BEGUN = StepBegun("kill", "Kill the job", {})
REFUSED = RunEnded(3, "precondition", "job-is-over")
STOPPED = RunEnded(1, "stopped", "you stopped")


def ran(folder: RunsFolder, *events: Event, resumes: str = "") -> str:
    name, journal = folder.new("toy", SystemClock())
    with journal:
        for event in (RunStarted(name, "toy", "d", "1", "real", "home", {}, {}, resumes=resumes), *events):
            journal.append(event)
    return name


def test_it_is_the_one_that_stopped_on_its_way(tmp_path: Path) -> None:
    folder = RunsFolder(tmp_path)
    ran(folder, REFUSED)
    stopped = ran(folder, BEGUN, STOPPED)
    ran(folder, RunEnded(0, "done", "nothing left"))
    ran(folder, REFUSED)
    assert [one.path.stem for one in chain_of(folder, "")] == [stopped]


def test_of_two_one_has_to_be_named(tmp_path: Path) -> None:
    folder = RunsFolder(tmp_path)
    stopped, killed = ran(folder, BEGUN, STOPPED), ran(folder)
    with pytest.raises(UsageError) as caught:
        chain_of(folder, "")
    assert caught.value.code == "run-ambiguous"
    assert [one.path.stem for one in chain_of(folder, killed)] == [killed]
    assert [one.path.stem for one in chain_of(folder, stopped)] == [stopped]


def test_a_refused_run_alone_is_none(tmp_path: Path) -> None:
    folder = RunsFolder(tmp_path)
    ran(folder, REFUSED)
    with pytest.raises(UsageError) as caught:
        chain_of(folder, "")
    assert caught.value.code == "run-unknown"


def test_where_going_on_with_it_was_refused_that_is_still_what_is_gone_on_with(tmp_path: Path) -> None:
    """Somebody else held the lock, say: the next attempt needs no name, and knows all that came before."""
    folder = RunsFolder(tmp_path)
    killed = ran(folder, BEGUN)
    refused = ran(folder, RunEnded(5, "locked", "somebody repairs this cluster"), resumes=killed)
    assert [one.path.stem for one in chain_of(folder, "")] == [killed, refused]
