"""Every step of every runbook, killed at every point: nothing is lost and nothing is done twice."""

import multiprocessing
import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

from tests.counts import CRASHES, Property
from tests.crashes.choice import Sample, Whole
from tests.crashes.comparing import differences
from tests.crashes.counting import count, keep, keep_undone
from tests.crashes.going_on import rehearsed, resume, undo, undone
from tests.crashes.victim import Begin, CarryOn, Choice, Course, play_all
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.undoing import REVERSIBLE

EVERYTHING = "CI" in os.environ
SAMPLED = ("stuck-job", "drbd-host-setup", "master-failover", "split-brain-replace")
ONE_IN = 20
NOT_YET = {
    "stuck-job.hook": "the child of a script that was ended has another parent afterwards, which its command names",
    "stuck-job.kill-refused": "a resume pauses the watcher once luxid answers; the run left in peace could not",
    "stuck-job.orphan": "a resume gives the locks back by a command that the run left in peace did not need",
}
"""Scenarios in which a resume does not come to the same end, with what it does otherwise."""
WHOLE = sorted(name for name in ANSWERS if name not in NOT_YET)

# One process that has imported everything forks the others: a process with threads, as a worker of pytest is, must not.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.crashes.victim", "tests.crashes.going_on"])


def runbooks() -> list[list[str]]:
    """The scenarios, those of one runbook together; those that take long come first."""
    if not EVERYTHING:
        return [[name] for name in SAMPLED]
    together = [list(names) for _runbook, names in groupby(WHOLE, key=lambda name: name.split(".")[0])]
    return sorted(together, key=lambda names: -sum(len(ANSWERS[name]) for name in names))


def played(scenarios: Sequence[str], folder: Path, choose: Choice, begin: Begin, carry_on: CarryOn) -> list[Course]:
    """The runs of these scenarios, in a process that may fork."""
    here, there = FORKING.Pipe(duplex=False)
    process = FORKING.Process(target=play_all, args=(scenarios, folder, choose, begin, carry_on, there))
    process.start()
    there.close()
    courses: list[Course] = here.recv()
    process.join()
    return courses


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenarios", runbooks(), ids=lambda names: names[0])
def test_whoever_carries_a_killed_run_on_comes_to_the_same_end(
    scenarios: Sequence[str], tmp_path: Path, record_property: Property
) -> None:
    courses = played(scenarios, tmp_path, Whole() if EVERYTHING else Sample(ONE_IN), rehearsed, resume)
    found = [one for course in courses for one in differences(course)]
    record_property(CRASHES, count(courses, found))
    keep(scenarios[0], courses, found)
    assert courses
    assert all(course.kills for course in courses) or not EVERYTHING
    assert not found, "\n".join(one.words for one in found)


@pytest.mark.timeout(900)
def test_whoever_goes_on_with_an_undo_that_was_killed_comes_to_the_same_end(
    tmp_path: Path, record_property: Property
) -> None:
    courses = played(REVERSIBLE if EVERYTHING else REVERSIBLE[-1:], tmp_path, Whole(), undone, undo)
    found = [one for course in courses for one in differences(course)]
    record_property(CRASHES, count(courses, found))
    keep_undone(courses, found)
    assert all(course.kills for course in courses)
    assert not found, "\n".join(one.words for one in found)
