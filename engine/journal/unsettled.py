"""Changes whose end nobody knows: not one journal tells that, but all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.exits import Exit
from engine.journal.events import Intent, Outcome, SettledLater
from engine.journal.reader import Journal


class Unsettled:
    """What became known later of changes whose end their own run did not see.

    Args:
        journals: all there are.
    """

    def __init__(self, journals: Sequence[Journal]) -> None:
        # What others may have written settles nothing.
        ours = [one for one in journals if not one.stranger]
        self._heard = {
            (event.run, event.key)
            for one in ours
            for event in one.events
            if isinstance(event, SettledLater) and _tells(event)
        }
        self._over = _gone_on_with_to_the_end(ours)
        self._taken_back = {name for one in ours for name in _taken_back(one)}

    def of(self, journal: Journal) -> tuple[Intent, ...]:
        """Those of one run, in their order.

        None is left where its host has said since what became of it, where the run was gone on with to its good end,
        or, of an undo, where another attempt at the same change has an end.
        """
        run = journal.run
        if run in self._over:
            return ()
        return tuple(
            one
            for one in journal.unknown
            if (run, one.key) not in self._heard and (not one.undoes or one.undoes not in self._taken_back)
        )


def _tells(event: SettledLater) -> bool:
    """Whether nothing is left to be found out; one that was cut short may have done anything."""
    return event.state in {"ended", "never"}


def _gone_on_with_to_the_end(journals: Iterable[Journal]) -> set[str]:
    before = {one.started.run: one.started.resumes for one in journals if one.started is not None}
    ended = [
        one.started.run
        for one in journals
        if one.started is not None and one.started.resumes and one.ended is not None and one.ended.exit == Exit.DONE
    ]
    over: set[str] = set()
    for run in ended:
        while (run := before.get(run, "")) and run not in over:
            over.add(run)
    return over


def _taken_back(journal: Journal) -> Iterable[str]:
    """The changes of earlier runs that this one took back, or tried to, with an end."""
    ends = {event.key for event in journal.events if isinstance(event, Outcome) and event.exit_code is not None}
    return (
        event.undoes for event in journal.events if isinstance(event, Intent) and event.key in ends and event.undoes
    )
