"""What was worked out of the answers of one moment: each thing once, whoever asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from engine.errors import RunbookError


class Memory:
    """Outcomes by what was asked; errors are outcomes as well.

    It lives as long as the answers it rests on. Threads may ask at the same time: who asks second waits for the first.
    """

    def __init__(self) -> None:
        self._outcomes: dict[Hashable, _Outcome] = {}

    def knows(self, key: Hashable) -> bool:
        """Whether the outcome is there, so that asking for it costs nothing."""
        outcome = self._outcomes.get(key)
        return outcome is not None and outcome.settled

    def once(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """The outcome of this work, which is done where nobody has asked for it yet.

        Args:
            key: what is asked. Equal keys have one outcome, so that what does not count for being equal must not
                matter to the work.
            work: looks at nothing but what its key says, and at answers of this moment.

        Raises:
            RunbookError: what the work raised, each time as good as new.
        """
        # Of two that come at once one is kept (`setdefault` is atomic).
        outcome = self._outcomes.get(key) or self._outcomes.setdefault(key, _Outcome())
        return outcome.value if outcome.done else outcome.after(work)


class _Outcome:
    __slots__ = ("_error", "_lock", "done", "value")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._error: RunbookError | None = None
        self.done = False
        self.value: Any = None

    @property
    def settled(self) -> bool:
        return self.done or self._error is not None

    def after(self, work: Callable[[], Any]) -> Any:
        with self._lock:
            if self._error is None and not self.done:
                try:
                    self.value = work()
                except RunbookError as error:
                    self._error = _anew(error)
                    raise
                # Not where it was interrupted, or is wrong itself: who asks again works it out again.
                self.done = True
        if self._error is not None:
            raise _anew(self._error) from self._error.__cause__
        return self.value


def _anew(error: RunbookError) -> RunbookError:
    """The same error as it was when it was made: without the way that it took, and nobody else's to change."""
    fresh = type(error).__new__(type(error))
    fresh.args = error.args
    fresh.__dict__.update(error.__dict__)
    fresh.__cause__ = error.__cause__
    return fresh
