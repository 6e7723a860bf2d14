"""What is typed as an answer: one of our own words, or a name of the world's, which is never like one of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from engine.operator.visible import exact


class Word(StrEnum):
    """Our own words, typed ones and those by which the engine calls an answer. What is not in here is a `Name`."""

    Y = "y"
    YES = "yes"
    N = "n"
    NO = "no"
    SKIP = "skip"
    STOP = "stop"
    Q = "q"
    RETRY = "retry"
    MORE = "more"
    DONE = "done"
    WAIT = "wait"
    DETACH = "detach"
    UNKNOWN = "unknown"
    THEN = "then"
    NOW = "now"
    DENY = "deny"
    LATER = "later"
    GO = "go"
    APPROVE = "approve"


class Name(str):
    """A name as it has to be typed, in its own letters, before what it names is lost or chosen.

    It cannot be one of our words: the instance `no` (or ` No `, or `n-o`) is `instance/no`. And all of it can be seen
    and typed: `inst1` with a letter of another script, or with one that takes no room, is written with an escape.
    """

    __slots__ = ()

    def __new__(cls, text: str, kind: str, words: frozenset[Word] = frozenset(Word)) -> Self:
        """The name of something of this kind; one that is made already stays as it is.

        Args:
            text: the name.
            kind: what comes before it where it is like a word.
            words: those it must not be like; fewer only for names that no host can have chosen.
        """
        if isinstance(text, cls):
            return text
        typed = exact(text)
        return super().__new__(cls, f"{exact(kind)}/{typed}" if _like_a_word(typed, words) else typed)

    @classmethod
    def read(cls, typed: str) -> Self:
        """A name that was made before, from a file.

        Raises:
            ValueError: no name is written like this.
        """
        if any(not " " <= char <= "~" for char in typed) or ("/" not in typed and _like_a_word(typed)):
            raise ValueError(f"{typed!r} is no name that can be typed")
        return super().__new__(cls, typed)

    def __reduce__(self) -> tuple[object, ...]:
        # A copy is not made once more of what is an escape already.
        return str.__new__, (Name, str(self))


def _like_a_word(typed: str, words: frozenset[Word] = frozenset(Word)) -> bool:
    """Whether somebody who types one of our words, or nothing, could be taken to have typed this."""
    core = "".join(filter(str.isalnum, typed)).lower()
    return not core or core in words


Typed = Word | Name
"""What can be typed for an answer."""
