"""Looking ahead: what is going to be read is found out by trying, and read at once.

Facts, checks and plans are functions of what hosts answer, and of nothing else that is read. So each can be tried on
what is known already: it ends at the first answer that is missing. What all of them miss is read in one round, and they
are tried again, until nothing is missing; then they are made for good, and find all their answers there. What a fact
asked for when it was last made is asked for at once when it is made again: it hardly ever asks for anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from engine.hosts.host import Host, Result
from engine.hosts.reader import Question, Reader
from engine.hosts.reads import Read
from engine.hosts.rounds import Answer

Asked = tuple[Host, Read]


class Habits:
    """What each fact, each check and each plan asked for when it was last made."""

    def __init__(self) -> None:
        self._all: dict[tuple[Hashable, Hashable], tuple[Asked, ...]] = {}
        self._common: dict[Hashable, tuple[Asked, ...]] = {}

    def of(self, name: Hashable, about: Hashable) -> Iterable[Asked]:
        """What it is going to ask for: what it did, or what it did each time that it was about something else."""
        return self._all.get((name, about), self._common.get(name, ()))

    def known(self, name: Hashable, about: Hashable) -> Iterable[Asked]:
        """What it asked for, if it was made for the same before."""
        return self._all.get((name, about), ())

    def note(self, name: Hashable, about: Hashable, asked: Iterable[Asked]) -> None:
        """Keep what it asked for."""
        now = tuple(asked)
        before = frozenset(self._common.get(name, now))
        self._all[name, about] = now
        self._common[name] = tuple(one for one in now if one in before)


class NotSeenYet(BaseException):
    """An answer is missing, and is going to be there the next time: no error that anybody may handle."""


class Ahead(Reader):
    """A reader that reads nothing: it gives the answers that are there, and notes what is missing.

    Args:
        seen: the moment that it looks ahead for.
        habits: what was asked for the last time.
    """

    def __init__(self, seen: Reader, habits: Habits) -> None:
        self._seen = seen
        self._habits = habits
        self._asked: dict[Asked, None] = {}

    def __getattr__(self, name: str) -> object:
        # What else a moment remembers is the same here.
        return getattr(self._seen, name)

    @property
    def missing(self) -> list[Asked]:
        """What was asked for and is not known."""
        return [one for one in self._asked if not self._seen.knows(*one)]

    def knows(self, host: Host, read: Read) -> bool:
        return self._seen.knows(host, read)

    def moment(self) -> Reader:
        raise NotSeenYet

    @property
    def hopeless(self) -> bool:
        return self._seen.hopeless

    def read(self, host: Host, read: Read) -> Result:
        self._want([(host, read)])
        return self._seen.read(host, read)

    def read_all(self, reads: Iterable[Asked]) -> Mapping[Asked, Answer]:
        self._want(reads)
        return self._seen.read_all(())

    def once(self, question: Question, work: Callable[[], Any]) -> Any:
        if self._seen.memory.knows(question):
            # Whoever uses the outcome rests on what it was worked out of, in the next moment as well.
            self._asked.update(dict.fromkeys(self._habits.known(*question)))
            return self._seen.once(question, work)
        with self.known_as(*question):
            return self._seen.once(question, work)

    def _want(self, reads: Iterable[Asked]) -> None:
        wanted = list(reads)
        self._asked.update(dict.fromkeys(wanted))
        if not all(self._seen.knows(*one) for one in wanted):
            raise NotSeenYet

    @contextmanager
    def known_as(self, name: Hashable, about: Hashable) -> Iterator[None]:
        """While something is tried that asks for much the same each time, also where it is about something else."""
        outer, self._asked = self._asked, {}
        try:
            self._want(self._habits.of(name, about))
            self._asked = {}
            try:
                yield
            except Exception:
                self._habits.note(name, about, self._asked)
                raise
            self._habits.note(name, about, self._asked)
        finally:
            self._asked = outer | self._asked


def look_ahead(seen: Reader, habits: Habits, looks: Sequence[Callable[[Ahead], object]]) -> None:
    """Read what all of these are going to read, in as few rounds as it takes; what goes wrong in them is not told here.

    Args:
        seen: where the answers go.
        habits: what was asked for the last time; it is kept up to date.
        looks: make something of what is seen.
    """
    left = list(looks)
    while left:
        again, missing = [], dict[Asked, None]()
        for look in left:
            ahead = Ahead(seen, habits)
            # Whoever makes it for good meets its errors, in their order.
            with suppress(Exception):
                try:
                    look(ahead)
                except NotSeenYet:
                    missing |= dict.fromkeys(ahead.missing)
                    again.append(look)
        if not missing:
            return
        seen.read_all(missing)
        left = again
