"""How the engine talks to a person: lines it shows, and questions it asks.

What may be answered belongs to the question, not to who answers: a terminal, an answers file and a test's script all
hand in text, and the same rules read it. So nothing an answers file says can mean what a person could not have typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from engine.operator.words import Name, Typed, Word


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
        key: what the engine calls it: one of our words, such as `go`, `skip`, `stop`; else the name that was chosen.
        words: what has to be typed for it, any one of these; compared as a whole. Our own words may be in capitals; a
            name is compared letter by letter.
        label: what choosing it means.
        needs_reason: the answer is not complete without a reason.
    """

    key: str
    words: tuple[Typed, ...]
    label: str
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the person can say. No two of its answers are typed alike, and none like `more`.

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

    def __post_init__(self) -> None:
        typed = [word for option in self.options for word in option.words]
        names = [word for word in typed if isinstance(word, Name)]
        words = [word.lower() for word in typed if not isinstance(word, Name)]
        ours = {*words, Word.MORE}
        if len({*names, *ours}) != len(typed) + 1 or any(name.lower() in ours for name in names):
            raise ValueError(f"answers to {self.id!r} are typed alike: {', '.join(typed)}")
        if len({option.key for option in self.options}) != len(self.options):
            raise ValueError(f"answers to {self.id!r} are called alike")

    def option_for(self, text: str) -> Option | None:
        """The option this text chooses: the exact word, nothing shorter or longer; nothing for an empty text."""
        typed = text.strip()
        for option in self.options:
            if any(_chooses(typed, word) for word in option.words):
                return option
        return None


def _chooses(typed: str, word: Typed) -> bool:
    # A name that is destroyed must be typed as it is.
    return typed == word if isinstance(word, Name) else typed.isascii() and typed.lower() == word


def is_reason(text: str) -> bool:
    """Whether it says why: whoever types one of our words means to answer, not to give that for a reason."""
    return bool(text.strip()) and text.strip().lower() not in set(Word)


@dataclass(frozen=True, slots=True)
class Expected:
    """Words that only the person can say, such as a reason.

    Attributes:
        id: what an answers file calls it: `reason`, `parameter.NAME`.
        text: what is wanted, one line.
        hidden: nobody may read it over their shoulder: it is not shown while it is typed, nor afterwards.
    """

    id: str
    text: str
    hidden: bool = False


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

    def words(self, wanted: Expected) -> str:
        """Ask for words until there are some; without what is blank around them.

        Raises:
            StoppedError: there will be none, as for `ask`.
        """
        ...
