"""Answers that were written down before: for tests of a site's own runbooks, and under the answers file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from engine.errors import NOTHING_CHANGED, StoppedError
from engine.operator.interface import Answer, Expected, Line, Question, is_reason
from engine.operator.screen import harmless, render, without_secrets

Given = str | tuple[str, str]
"""What would be typed, alone or with the reason that would be typed after it."""


class Scripted:
    """Answers each question with what was written down for its id, in order; remembers what it saw.

    Attributes:
        shown: every line that was shown.
        asked: every question, with what was answered.
    """

    def __init__(
        self,
        answers: Mapping[str, Given | Sequence[Given]],
        out: TextIO | None = None,
        *,
        on_question: Callable[[Question], None] | None = None,
    ) -> None:
        self._answers = {key: _queue(value) for key, value in answers.items()}
        self._out = out
        self._on_question = on_question
        self.shown: list[Line] = []
        self.asked: list[tuple[Question, Answer]] = []

    def show(self, *lines: Line) -> None:
        safe = without_secrets(lines)
        self.shown.extend(safe)
        if self._out is not None:
            for line in safe:
                self._print(render(line, colour=False))

    def ask(self, question: Question) -> Answer:
        if self._on_question is not None:
            self._on_question(question)
        queue = self._answers.get(question.id)
        if not queue:
            raise StoppedError(
                f"The question {question.id!r} is not answered: {question.text}",
                changed="The step was not begun.",
                hint=f"Add {question.id!r} to the answers; possible are: {_possible(question)}.",
                code="unanswered",
            )
        given = queue.pop(0)
        typed, reason = given if isinstance(given, tuple) else (given, "")
        option = question.option_for(typed)
        if option is None or (option.needs_reason and not is_reason(reason)):
            why = "it needs a reason in your words" if option is not None else "it is none of the possible answers"
            raise StoppedError(
                f"The answer {typed!r} to {question.id!r} is not accepted: {why}.",
                changed="The step was not begun.",
                hint=f"Possible are: {_possible(question)}.",
                code="answer-refused",
            )
        answer = Answer(option.key, typed.strip(), reason.strip())
        self.asked.append((question, answer))
        if self._out is not None:
            self._print(harmless(f"\n{question.text}\n  answered: {answer.typed}"))
        return answer

    def words(self, wanted: Expected) -> str:
        queue = self._answers.get(wanted.id)
        given = queue.pop(0) if queue else ""
        words = (given if isinstance(given, str) else given[0]).strip()
        if not words:
            raise StoppedError(
                f"The question {wanted.id!r} is not answered: {wanted.text}",
                changed=NOTHING_CHANGED,
                hint=f"Add {wanted.id!r} to the answers.",
                code="unanswered",
            )
        if not wanted.hidden and not is_reason(words):
            raise StoppedError(
                f"The answer {words!r} to {wanted.id!r} is not accepted: it is one of the answers to a question.",
                changed=NOTHING_CHANGED,
                hint="Say it in words of your own.",
                code="answer-refused",
            )
        if self._out is not None:
            self._print(harmless(f"\n{wanted.text}\n  answered: {'(hidden)' if wanted.hidden else words}"))
        return words

    def _print(self, text: str) -> None:
        try:
            print(text, file=self._out, flush=True)
        except (OSError, ValueError) as error:
            raise StoppedError(
                "The output cannot be written.",
                why=str(error),
                changed="Nothing was begun after that; the journal says what was done before.",
                hint="Write it to a file with room, and run the runbook again: it goes on from what it finds.",
                code="output-gone",
            ) from error

    @property
    def text(self) -> str:
        """Everything that was shown, as plain text."""
        return "\n".join(render(line, colour=False) for line in self.shown)


def _queue(value: Given | Sequence[Given]) -> list[Given]:
    return [value] if isinstance(value, str | tuple) else list(value)


def _possible(question: Question) -> str:
    return ", ".join(
        f"{' or '.join(repr(str(word)) for word in option.words)} ({option.label}"
        + (", with a reason)" if option.needs_reason else ")")
        for option in question.options
    )
