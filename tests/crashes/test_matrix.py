"""Every step of every runbook, killed at every point: nothing is lost and nothing is done twice."""

import multiprocessing
import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

from tests.counts import CRASHES, Property
from tests.crashes.choice import Sample, Share, Whole
from tests.crashes.comparing import differences
from tests.crashes.counting import count, keep, keep_undone
from tests.crashes.going_on import rehearsed, resume, undo, undone
from tests.crashes.victim import Begin, CarryOn, Choice, Course, play_all
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.undoing import REVERSIBLE

EVERYTHING = "CI" in os.environ
SAMPLED = ("stuck-job", "drbd-host-setup", "master-failover", "split-brain-replace")
ONE_IN = 20
ANSWERED = 12
"""Questions of a runbook's scenarios for each part that it is tried in."""
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
    """The scenarios, those of one runbook together."""
    if not EVERYTHING:
        return [[name] for name in SAMPLED]
    return [list(names) for _runbook, names in groupby(WHOLE, key=lambda name: name.split(".")[0])]


def shares() -> list[tuple[list[str], int, int]]:
    """Each runbook in so many parts that none takes much longer than others: one process would be left with it."""
    parts: list[tuple[list[str], int, int]] = []
    for names in runbooks():
        of = 1 + sum(len(ANSWERS[name]) for name in names) // ANSWERED if EVERYTHING else 1
        parts += [(names, number, of) for number in range(of)]
    return parts


def played(scenarios: Sequence[str], folder: Path, choose: Choice, begin: Begin, carry_on: CarryOn) -> list[Course]:
    """The runs of these scenarios, in a process that may fork."""
    here, there = FORKING.Pipe(duplex=False)
    process = FORKING.Process(target=play_all, args=(scenarios, folder, choose, begin, carry_on, there))
    process.start()
    there.close()
    courses: list[Course] = here.recv()
    process.join()
    return courses


@pytest.mark.timeout(2400)
@pytest.mark.parametrize(
    ("scenarios", "number", "of"), [pytest.param(*one, id=f"{one[0][0]}-{one[1]}") for one in shares()]
)
def test_whoever_carries_a_killed_run_on_comes_to_the_same_end(
    scenarios: Sequence[str], number: int, of: int, tmp_path: Path, record_property: Property
) -> None:
    choose = Share(Whole(), number, of) if EVERYTHING else Sample(ONE_IN)
    courses = played(scenarios, tmp_path, choose, rehearsed, resume)
    found = [one for course in courses for one in differences(course)]
    record_property(CRASHES, {**count(courses, found), **({"scenarios": 0} if number else {})})
    keep(f"{scenarios[0]} {number}", courses, found)
    assert courses
    assert (all if of == 1 else any)(course.kills for course in courses) or not EVERYTHING
    assert not found, "\n".join(one.words for one in found)


@pytest.mark.timeout(2400)
def test_whoever_goes_on_with_an_undo_that_was_killed_comes_to_the_same_end(
    tmp_path: Path, record_property: Property
) -> None:
    courses = played(REVERSIBLE if EVERYTHING else REVERSIBLE[-1:], tmp_path, Whole(), undone, undo)
    found = [one for course in courses for one in differences(course)]
    record_property(CRASHES, count(courses, found))
    keep_undone(courses, found)
    assert all(course.kills for course in courses)
    assert not found, "\n".join(one.words for one in found)
