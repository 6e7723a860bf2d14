"""The shares of a choice are the whole of it: nothing is left out because the work is divided."""

from __future__ import annotations

import json

import pytest

from engine.crashpoints import Point
from tests.crashes.choice import Share, Whole

POINTS: tuple[Point, ...] = ("before-intent", "after-intent", "after-remote-start", "before-outcome", "during-append")
SEEN = [
    (scenario, point, f"step-{step}#{item}", json.dumps({"data": {"kind": "outcome", "key": f"step-{step}"}}))
    for scenario in ("one", "one.other", "one.third")
    for step in range(20 if scenario == "one" else 30)
    for item in range(3)
    for point in POINTS
]


def taken(choose: Whole | Share) -> list[int]:
    """The places in `SEEN` that a choice takes."""
    scenario, places = "", []
    for place, (now, point, detail, last) in enumerate(SEEN):
        if now != scenario:
            scenario = now
            choose.begins(scenario)
        if choose(point, detail, last):
            places.append(place)
    return places


@pytest.mark.parametrize("of", [1, 2, 5])
def test_shares_are_the_whole_and_do_not_overlap(of: int) -> None:
    whole = taken(Whole())
    shares = [taken(Share(Whole(), number, of)) for number in range(of)]
    assert all(shares)
    assert sorted(place for share in shares for place in share) == whole
    assert max(map(len, shares)) - min(map(len, shares)) <= Share.TOGETHER
