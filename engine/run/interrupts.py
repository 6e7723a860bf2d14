"""Ctrl-C, a terminal that hangs up, and a polite kill: they end a run between changes, never inside one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from engine.errors import StoppedError

_SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)

_WORDS = {
    signal.SIGINT: ("interrupted", "You interrupted the run."),
    signal.SIGHUP: ("terminal-gone", "The terminal went away."),
    signal.SIGTERM: ("terminated", "The run was asked to end (SIGTERM)."),
}


class Interrupts:
    """Turns signals into StoppedError; inside `deferred()` only when that block has ended.

    Attributes:
        presses: how often Ctrl-C was pressed inside such blocks.
    """

    def __init__(self) -> None:
        self._deferring = 0
        self._counting = threading.Lock()
        self._ending = False
        self._pending: StoppedError | None = None
        self.presses = 0

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals for the length of a block (main thread only), then put the old handlers back."""
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """A block that is not interrupted: a change and its record. What arrived meanwhile is raised after it.

        An error of the block itself goes first: the interruption stays pending. Such blocks may be nested, and several
        threads may be in one each: then none of them is interrupted before all have ended.
        """
        self._defer(1)
        try:
            yield
        finally:
            self._defer(-1)
        self.check()

    @property
    def waiting(self) -> bool:
        """Whether an interruption waits for a block to end."""
        return self._pending is not None

    @property
    def by_the_person(self) -> bool:
        """Whether it is Ctrl-C that waits, so that a person is there who can be asked."""
        return self._pending is not None and self._pending.code == _WORDS[signal.SIGINT][0]

    def answered(self) -> None:
        """The person said what is to be done; what waited does not any more."""
        self._pending = None

    def _defer(self, more: int) -> None:
        with self._counting:
            self._deferring += more

    def check(self) -> None:
        """Raise what is pending.

        Raises:
            StoppedError: a signal has arrived since.
        """
        if self._pending is not None and not self._deferring:
            pending, self._pending = self._pending, None
            raise pending

    def end(self) -> None:
        """The run is over, for whatever reason: from now on signals change nothing, so that its end is recorded."""
        self._ending = True
        self._pending = None

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._ending:
            return
        code, what = _WORDS[signal.Signals(number)]
        error = StoppedError(
            what,
            changed="Nothing was begun after that; the journal says what was done before.",
            hint="Whoever goes on looks at the world anew.",
            code=code,
        )
        if self._deferring:
            self.presses += number == signal.SIGINT
            self._pending = error
            return
        raise error
