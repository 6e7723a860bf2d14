"""Ctrl-C while a change is under way. It is never killed: it is waited for, or left running, as the person says."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from engine.errors import DetachedError, JournalError, StoppedError
from engine.journal.events import Answered
from engine.operator.interface import Line, Operator, Option, Question, Style, Typing
from engine.operator.words import Word
from engine.run.interrupts import Interrupts

WAIT = Option("wait", (Word.WAIT,), "wait for its end, and end the run then (the same if nothing is typed)")
DETACH = Option("detach", (Word.DETACH,), "leave it running there, and end the run now")


class Leaving:
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
