"""How long what was seen counts: what ends a moment, and what does not."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.hosts.reader import Reader
from engine.journal.events import Answered, Checked, Event, Intent, StepBegun, StepEnded
from engine.run.moments import _ONLY_TOLD, BY_YES, LASTS, Moments
from tests.engine.run.toy import House, ToyClock


@pytest.fixture
def clock() -> ToyClock:
    return ToyClock()


@pytest.fixture
def moments(clock: ToyClock) -> Moments:
    return Moments(Reader(House()), clock)


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        (Answered("q", "Go on?", "go", "y"), True),
        (Answered("q", "Go on?", "go", f"{BY_YES}reversible"), False),
        (StepEnded("s", "done", "it is", "S"), True),
        (StepEnded("s", "skipped", "not wanted", "S"), True),
        (StepEnded("s", "not-needed", "it is", "S"), False),
        (StepBegun("s", "S", {}, ""), False),
        (Checked("s", holds=True, summary="it is"), False),
    ],
)
def test_what_ends_it(moments: Moments, event: Event, ends: bool) -> None:  # noqa: FBT001 - a column of the table
    now = moments.now()
    moments.hear(event)
    assert (moments.now() is not now) == ends


def test_what_is_not_known_to_be_harmless_ends_it() -> None:
    told = {*_ONLY_TOLD, Answered, StepEnded}
    ending = {one.__name__ for one in get_args(Event) if one not in told}
    assert {Intent.__name__, "Outcome", "SettledLater", "Waiting", "ApprovalEnded", "LockTakenOver"} <= ending


def test_it_is_over_by_itself_after_some_seconds(moments: Moments, clock: ToyClock) -> None:
    now = moments.now()
    clock.sleep(LASTS / 2)
    assert moments.now() is now
    clock.sleep(LASTS / 2)
    assert moments.now() is not now


def test_beside_others_each_look_is_one(moments: Moments) -> None:
    beside = moments.beside_others()
    assert beside.now() is not beside.now()
    assert moments.now() is moments.now()
    assert beside.habits is moments.habits
