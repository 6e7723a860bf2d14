"""How many deaths there were, over all processes that run tests: at the end on the screen, and as rows to be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from engine.crashpoints import Point
from tests import reliability
from tests.crashes.comparing import Difference
from tests.crashes.victim import Course

FAULTS: Mapping[Point, str] = {
    "before-intent": "Killed before the intent is on the disk",
    "after-intent": "Killed after the intent, before the change begins",
    "after-remote-start": "Killed after the change began on its host, with nothing noted",
    "before-outcome": "Killed with the end of a change known and not noted",
    "during-append": "Killed with half a line of the journal written",
}


def count(courses: Iterable[Course], found: Iterable[Difference]) -> dict[str, int]:
    """What is printed, in numbers."""
    courses, found = list(courses), list(found)
    return {
        "kills": sum(len(course.kills) for course in courses),
        "scenarios": len(courses),
        "lost": sum(len(one.lost) + bool(one.wrong) for one in found),
        "twice": sum(len(one.twice) for one in found),
    }


def keep(part: str, courses: Iterable[Course], found: Iterable[Difference]) -> None:
    """Keep a row for each kind of point."""
    found = list(found)
    tried = Counter(kill.point for course in courses for kill in course.kills)
    for point, times in tried.items():
        own = [one for one in found if one.kill.point == point]
        reliability.record(
            FAULTS[point],
            tried=times,
            lost=sum(len(one.lost) + bool(one.wrong) for one in own),
            twice=sum(len(one.twice) for one in own),
            seen=SEEN,
            proof="crash",
            part=part,
        )


def keep_undone(courses: Iterable[Course], found: Iterable[Difference]) -> None:
    """Keep a row for the deaths in the middle of an undo, at whatever point."""
    counted = count(courses, found)
    reliability.record(
        "An undo is killed, at any of these points or between two changes that it takes back",
        tried=counted["kills"],
        lost=counted["lost"],
        twice=counted["twice"],
        seen="`gnt-runbook undo` asks the hosts what became of what it was about, and shows what is left.",
        proof="crash",
    )


SEEN = "`gnt-runbook resume` says what was done, asks the hosts what became of the rest, and goes on behind it."
