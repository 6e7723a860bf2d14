"""How the engine talks to a person: lines it shows, and questions it asks.

What may be answered belongs to the question, not to who answers: a terminal, an answers file and a test's script all
hand in text, and the same rules read it. So nothing an answers file says can mean what a person could not have typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Style(StrEnum):
    """What a line is, for colour and indentation."""

    HEADING = "heading"
    TEXT = "text"
    COMMAND = "command"
    OUTPUT = "output"
    DIFF = "diff"
    FILE = "file"
    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    WARNING = "warning"
    FAINT = "faint"


@dataclass(frozen=True, slots=True)
class Line:
    """Some text to show; several lines of text are fine."""

    style: Style
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer a question.

    Attributes:
        key: what the engine calls it: `go`, `skip`, `stop`, a choice's key.
        words: what has to be typed for it, any one of these; compared as a whole.
        label: what choosing it means.
        needs_reason: the answer is not complete without a reason.
    """

    key: str
    words: tuple[str, ...]
    label: str
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the person can say.

    Attributes:
        id: what an answers file calls it: the step's id, or the step's id and what about it (`kill.failed`).
        text: the question itself, one line.
        options: the answers there are, the one that goes on first.
        more: what is shown to those who ask for more before they answer.
        card: what has to be seen to answer; shown already when the question is asked.
    """

    id: str
    text: str
    options: tuple[Option, ...]
    more: tuple[Line, ...] = ()
    card: tuple[Line, ...] = ()

    def option_for(self, text: str) -> Option | None:
        """The option this text chooses: the exact word, nothing shorter or longer; nothing for an empty text."""
        word = text.strip()
        for option in self.options:
            if word and word in option.words:
                return option
        # Only the tool's own words may be typed in any case; a name that is destroyed must be typed as it is.
        for option in self.options:
            if word.lower() in OWN_WORDS and word.lower() in option.words:
                return option
        return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that only the person can say, such as a reason.

    Attributes:
        id: what an answers file calls it: `reason`, `parameter.NAME`.
        text: what is wanted, one line.
        hidden: nobody may read it over their shoulder: it is not shown while it is typed, nor afterwards.
    """

    id: str
    text: str
    hidden: bool = False


OWN_WORDS = frozenset({"y", "n", "yes", "no", "skip", "stop", "retry", "more", "done", "q"})
"""Words of ours that mean the same in capitals."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An option that was chosen, what was typed for it, and why."""

    key: str
    typed: str
    reason: str = ""


@runtime_checkable
class Typing(Protocol):
    """An operator that may type while nothing is asked."""

    def fileno(self) -> int:
        """The descriptor at which it can be seen that something was typed."""
        ...

    def typed(self) -> str | None:
        """A line that was typed, if there is one; it does not wait.

        Raises:
            StoppedError: there will be none any more.
        """
        ...


class Operator(Protocol):
    """The person, or what speaks for them."""

    def show(self, *lines: Line) -> None:
        """Show lines, in order.

        Raises:
            StoppedError: there is nobody left to show them to.
        """
        ...

    def ask(self, question: Question) -> Answer:
        """Ask until there is an answer that is one of the options.

        Raises:
            StoppedError: there will be no answer (interrupted, terminal gone, nothing in the answers file).
        """
        ...

    def words(self, wanted: Wanted) -> str:
        """Ask for words until there are some; without what is blank around them.

        Raises:
            StoppedError: there will be none, as for `ask`.
        """
        ...
