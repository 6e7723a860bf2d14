"""What a second person is asked, with all that they have to see, as one text whose hash stands for it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property

from pydantic import TypeAdapter

from engine.errors import NOTHING_CHANGED, UsageError
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Name, Word

LARGEST = 8 << 20
"""Bytes of a request; more than that nobody reads."""

DENY = Option("deny", (Word.DENY, Word.N, Word.NO), "it must not be done; the run ends", needs_reason=True)
LATER = Option("later", (Word.Q, Word.LATER), "leave without an answer; the run goes on waiting")


@dataclass(frozen=True)
class Request:
    """A step that waits for a second person.

    Attributes:
        by: the person who asks, as the kernel knows them.
        hosts: what would be changed.
        title: what the step is called; lines: what the first person was shown, each with its style.
        more: what is shown to those who ask for more.
        question: the question; words: what has to be typed to approve.
        digest: what the approval is bound to.
        until: time in UTC, ISO 8601, after which it counts as denied.
    """

    run: str
    runbook: str
    site: str
    step: str
    hosts: tuple[str, ...]
    by: dict[str, str]
    title: str
    lines: tuple[tuple[Style, str], ...]
    more: tuple[tuple[Style, str], ...]
    question: str
    words: tuple[str, ...]
    digest: str
    until: str

    @cached_property
    def text(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode("ascii")

    @property
    def shown(self) -> str:
        """The hash of all that is shown."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def card(self) -> tuple[Line, ...]:
        """What the first person was shown."""
        return (Line(Style.HEADING, self.title), *(Line(style, text) for style, text in self.lines))

    @property
    def asked(self) -> Question:
        """The question to the second person."""
        words = tuple(_APPROVING.get(word) or Name.read(word) for word in self.words)
        if not words:
            raise ValueError("nothing approves it")
        go = Option("approve", words, "it may be done", needs_reason=True)
        more = tuple(Line(style, text) for style, text in self.more)
        return Question(self.step, self.question, (go, DENY, LATER), more, self.card)


_APPROVING: dict[str, Word] = {word: word for word in (Word.Y, Word.YES)}
"""Our own words that approve; anything else is the name of what is lost."""

_READER = TypeAdapter(Request)


def read_request(text: bytes, name: str) -> Request:
    """A request as it was written.

    Raises:
        UsageError: it is none.
    """
    try:
        request: Request = _READER.validate_python(json.loads(text))
        _ = request.asked
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"The request {name} cannot be read.",
            why="it is damaged, or of another version of gnt-runbook",
            changed=NOTHING_CHANGED,
            hint="Ask whoever runs it; the run waits until its time is over.",
            code="approval-damaged",
        ) from error
    if request.text != text:
        raise UsageError(
            f"The request {name} is not what a run wrote.", changed=NOTHING_CHANGED, code="approval-damaged"
        )
    return request
