"""At which points a run is killed: at all that differ where everything is tried, at one in so many otherwise."""

from __future__ import annotations

import json
from collections import Counter
from zlib import crc32

from engine.crashpoints import Point

ITEMS = 2
"""Items of a loop that are killed while one is under way: the others pass the same lines of the same code."""
OF_EACH_STEP = frozenset({"checked", "step-ended"})
"""Lines that leave something else of each step when they are torn; of other kinds one is enough."""


class Whole:
    """Around each change of each step of a runbook, and in the middle of each kind of line.

    What an earlier scenario of the runbook had is left out, but for one death at each kind of point. The steps of a
    runbook that is called count as one: each of them has its deaths where that runbook is run by itself.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._here: set[Point] = set()

    def begins(self, scenario: str) -> None:
        del scenario
        self._here.clear()

    def __call__(self, point: Point, detail: str, last: str) -> bool:
        if point == "during-append":
            place, most = (point, detail, _step_of(last) if detail in OF_EACH_STEP else ""), 1
        else:
            place, most = (point, _without_item(detail)), ITEMS if point == "after-remote-start" else 1
        self._seen[place] += 1
        chosen = self._seen[place] <= most or point not in self._here
        self._here.add(point)
        return chosen


class Share:
    """One in so many of what another choice takes, a run of points at a time: their journals are mostly the same.

    The shares of all numbers are the whole of it, and none is in two of them.
    """

    TOGETHER = 8

    def __init__(self, whole: Whole, number: int, of: int) -> None:
        self._whole = whole
        self._number, self._of = number, of
        self._taken = 0

    def begins(self, scenario: str) -> None:
        self._whole.begins(scenario)

    def __call__(self, point: Point, detail: str, last: str) -> bool:
        if not self._whole(point, detail, last):
            return False
        self._taken += 1
        return self._taken // self.TOGETHER % self._of == self._number


class Sample:
    """One point in so many, other ones in each scenario, and the same ones each time."""

    def __init__(self, one_in: int) -> None:
        self._one_in = one_in
        self._scenario = ""
        self._passed = 0

    def begins(self, scenario: str) -> None:
        self._scenario, self._passed = scenario, 0

    def __call__(self, point: Point, detail: str, last: str) -> bool:
        del detail, last
        self._passed += 1
        return crc32(f"{self._scenario} {point} {self._passed}".encode()) % self._one_in == 0


def _step_of(line: str) -> str:
    """What a line of a journal is about."""
    data = json.loads(line)["data"] if line else {}
    about = next((data[name] for name in ("step", "of", "question", "key") if name in data), "")
    return _without_item(str(about))


def _without_item(name: str) -> str:
    """A step without its item; of one of a runbook that is called, the step that calls it."""
    caller, called, _rest = name.partition("/")
    return caller + called if called else name.split("#", 1)[0].split("[", 1)[0]
