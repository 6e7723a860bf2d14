"""What a run that was killed and carried on came to, beside the one that was left in peace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.crashes.picture import Made, Picture
from tests.crashes.victim import Course, Kill

SHOWN = 160
"""Characters of a difference that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it would have been.

    Attributes:
        lost: changes that were not made; twice: changes that were made too often, or that nobody else made.
        places: places of the cluster that are otherwise, with what is there in both.
        wrong: why the run could not be carried on.
    """

    kill: Kill
    lost: tuple[Made, ...]
    twice: tuple[Made, ...]
    places: Mapping[str, tuple[str, str]]
    wrong: str

    @property
    def words(self) -> str:
        """All of it, for whoever has to find out why."""
        lines = [f"killed at point {self.kill.number}, {self.kill.point} {self.kill.detail}:", self.wrong]
        lines += [f"  lost: {host}: {what[:SHOWN]}" for host, what in self.lost]
        lines += [f"  twice: {host}: {what[:SHOWN]}" for host, what in self.twice]
        lines += [f"  {place}:\n    {_from(a, b)}\n    {_from(b, a)}" for place, (a, b) in self.places.items()]
        return "\n".join(filter(None, lines))


def differences(course: Course) -> Iterable[Difference]:
    """Of all that were killed, those that did not come to the same."""
    for kill in course.kills:
        if kill.end is None:
            yield Difference(kill, (), (), {}, kill.wrong)
        elif kill.end != course.end:
            yield _difference(kill, course.end, kill.end)


def _difference(kill: Kill, whole: Picture, carried: Picture) -> Difference:
    there, here = Counter(whole.made), Counter(carried.made)
    places = {
        place: (whole.places.get(place, "nothing"), carried.places.get(place, "nothing"))
        for place in sorted({*whole.places, *carried.places})
        if whole.places.get(place) != carried.places.get(place)
    }
    return Difference(kill, tuple((there - here).elements()), tuple((here - there).elements()), places, "")


def _from(text: str, other: str) -> str:
    """A text from a little before where another one differs."""
    same = next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), 0)
    return text[max(0, same - 40) : same + SHOWN]
