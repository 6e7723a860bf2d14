"""What one moment of a run is: all that is looked at until something may have changed, or somebody took their time."""

from __future__ import annotations

from engine.clock import Clock
from engine.hosts.ahead import Habits
from engine.hosts.reader import Reader
from engine.journal.events import (
    Answered,
    Checked,
    Event,
    FactsKept,
    FollowUpDone,
    FollowUpLeft,
    LoopBegun,
    PreconditionSeen,
    RunbookText,
    StepBegun,
    StepEnded,
)

LASTS = 10.0
"""Seconds after which a moment is over by itself: others change the world too."""
BY_YES = "--yes "
"""How an answer begins that nobody was asked for, so that no time passed over it."""

_ONLY_TOLD = (
    Checked,
    FactsKept,
    FollowUpDone,
    FollowUpLeft,
    LoopBegun,
    PreconditionSeen,
    RunbookText,
    StepBegun,
)
"""What a run writes down while nothing happens: that it has looked, and what it makes of it."""
_LEFT_OUT = frozenset({"not-needed", "nothing-to-do"})
"""How a step ends of which nothing is done. What one has done goes on to have its effects after it was verified."""


class Moments:
    """Tells which moment it is.

    The journal is heard for that: a change, an answer and a wait each have their lines there, and one that is not known
    here to be harmless ends the moment. So a new kind of event costs a look, and never hides a change.

    Args:
        reader: reaches the hosts.
        clock: the time here.
        habits: what each fact asks for, of all moments.
    """

    def __init__(self, reader: Reader, clock: Clock, habits: Habits | None = None) -> None:
        self._reader = reader
        self._clock = clock
        self._now: Reader | None = None
        self._until = 0.0
        self.habits = habits or Habits()

    def now(self) -> Reader:
        """What was seen in this moment; it has seen nothing yet where the last one is over."""
        now = self._now
        if now is None or self._clock.monotonic() >= self._until:
            now = self.next()
        return now

    def next(self) -> Reader:
        """A new moment, whatever was seen: for whoever looks again and again."""
        now = self._reader.moment()
        self._until = self._clock.monotonic() + LASTS
        self._now = now
        return now

    def beside_others(self) -> Moments:
        """For whoever works beside others: what they do ends none of its moments in time, so that each look is one."""
        return _Alone(self._reader, self._clock, self.habits)

    def over(self) -> None:
        """Something may have changed, or time has passed."""
        self._now = None

    def hear(self, event: Event) -> None:
        """Take note of a line of the journal."""
        match event:
            case Answered():
                quiet = event.typed.startswith(BY_YES)
            case StepEnded():
                quiet = event.state in _LEFT_OUT
            case _:
                quiet = isinstance(event, _ONLY_TOLD)
        if not quiet:
            self.over()


class _Alone(Moments):
    def now(self) -> Reader:
        return self.next()
