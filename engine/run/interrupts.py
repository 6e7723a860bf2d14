"""Ctrl-C, a terminal that hangs up, a polite kill: they end a run between changes, and a change is never killed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from engine.errors import DetachedError, JournalError, StoppedError
from engine.journal.events import Answered
from engine.operator.interface import Line, Operator, Option, Question, Style, Typing
from engine.operator.words import Word

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


WAIT = Option("wait", (Word.WAIT,), "wait for its end, and end the run then (the same if nothing is typed)")
DETACH = Option("detach", (Word.DETACH,), "leave it running there, and end the run now")


class InterruptPrompt:
    """Asks once more at each Ctrl-C, and goes on waiting until there is an answer.

    Nobody is asked where nobody types (an answers file), or where several items are done at once: then it is waited
    for, and the run ends after it.

    Args:
        interrupts: hears Ctrl-C.
        operator: the person.
        record: writes down what was answered.
        key: the change; what it is called in the journal.
        where: the host on which it goes on.
    """

    def __init__(
        self,
        interrupts: Interrupts,
        operator: Operator,
        record: Callable[[Answered], object],
        key: str,
        where: str,
    ) -> None:
        self._interrupts = interrupts
        self._operator = operator
        self._record = record
        self._where = where
        text = f"The change on {where} is under way, and is not stopped by Ctrl-C. Wait for its end?"
        self._question = Question(f"{key.split('#', 1)[0]}.interrupted", text, (WAIT, DETACH))
        self._typing = operator if isinstance(operator, Typing) else None
        # What was pressed while the intent was written has not been asked about yet.
        self._asked = -1 if interrupts.waiting else interrupts.presses

    def gives_up(self) -> bool:
        """Whether a host that is away need not be waited for: the run has to end, and nobody is asked how."""
        return self._interrupts.waiting and not self._can_ask

    @property
    def _can_ask(self) -> bool:
        in_main = threading.current_thread() is threading.main_thread()
        return self._typing is not None and in_main and self._interrupts.by_the_person

    def tick(self) -> None:
        """Look whether there is something to ask, or an answer. Waits for nothing.

        Raises:
            DetachedError: it is to be left running.
        """
        if self._typing is None or not self._can_ask:
            return
        try:
            if self._interrupts.presses != self._asked:
                self._asked = self._interrupts.presses
                self._ask()
            elif (typed := self._typing.typed()) is not None:
                self._take(typed)
        except StoppedError:
            # The terminal went away: there is nobody to ask any more.
            self._typing = None

    def _ask(self) -> None:
        words = "; ".join(f"{' or '.join(one.words)} = {one.label}" for one in self._question.options)
        self._operator.show(Line(Style.WARNING, self._question.text), Line(Style.TEXT, f"     [{words}]"))

    def _take(self, typed: str) -> None:
        option = self._question.option_for(typed)
        if option is None:
            self._ask()
            return
        with contextlib.suppress(JournalError):  # the change is under way; what becomes of it counts, and is recorded
            self._record(Answered(self._question.id, self._question.text, option.key, typed.strip()))
        if option is WAIT:
            self._operator.show(Line(Style.FAINT, "Its end is waited for."))
            return
        self._interrupts.answered()
        raise DetachedError(
            f"You left the change on {self._where} running.",
            why="Ctrl-C was pressed while it was under way, and detach was typed.",
            changed=f"It goes on on {self._where}.",
        )
