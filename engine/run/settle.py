"""Before a run goes on with another one: what became of the changes that nobody saw the end of."""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import HostError, StoppedError
from engine.hosts import host as hosts_host
from engine.hosts.host import Once
from engine.journal.events import Answered, Event, SettledLater
from engine.journal.outcomes import BECAME, intent_in_words, settled_of
from engine.operator.interface import Answer, Line, Option, Question, Style
from engine.operator.words import Word
from engine.resume.past import Begun
from engine.run import screen_text
from engine.run.changer import Changer
from engine.run.context import RunContext
from engine.steps.questions import STOP


def settle(run: RunContext, changer: Changer, record: Callable[[Event], object]) -> None:
    """Ask each host what became of its changes, wait for those that go on, and write down what it says.

    Raises:
        StoppedError: the operator does not want to go on, or interrupts.
        OutcomeUnknownError: an end was not seen this time either.
        JournalError: it is not on the disk.
    """
    if not run.past.open:
        return
    run.operator.show(Line(Style.HEADING, "What became of what was under way"))
    for begun in run.past.open:
        run.operator.show(
            Line(Style.TEXT, f"{begun.intent.key} on {begun.intent.host}. {intent_in_words(begun.intent)}")
        )
        told = _told(begun, _asked(run, begun, changer, record))
        record(told)
        run.past.settle(told)
        ended = f" Exit code {told.exit_code}, after {told.seconds:.0f} s." if told.exit_code is not None else ""
        run.operator.show(Line(Style.TEXT, BECAME[told.state] + ended))


def _asked(
    run: RunContext, begun: Begun, changer: Changer, record: Callable[[Event], object]
) -> hosts_host.Settled | Answer:
    """What its host says; the answer of the operator where it says nothing."""
    intent = begun.intent
    while True:
        host = run.site.hosts.get(intent.host)
        try:
            if host is None:
                raise HostError(f"{run.site.label} has no host {intent.host} any more.", code="host-unknown")  # noqa: TRY301
            return changer.settled(Once(begun.run, intent.key), host, intent.step, run.operator)
        except HostError as error:
            run.operator.show(*screen_text.failure(error))
            question = Question(
                f"{intent.step}.unsettled",
                f"{intent.host} cannot be asked what became of {intent.key}. What now?",
                (
                    Option("retry", (Word.RETRY,), "ask it again"),
                    Option("go", (Word.UNKNOWN,), "go on without its answer", needs_reason=True),
                    STOP,
                ),
            )
            answer = run.operator.ask(question)
            record(Answered(question.id, question.text, answer.key, answer.typed, reason=answer.reason))
            if answer.key == "stop":
                raise StoppedError(
                    f"You stopped before it was known what became of {intent.key}.",
                    changed="This run has begun nothing.",
                    hint=f"Resume it again once {intent.host} answers.",
                ) from error
            if answer.key == "go":
                return answer


def _told(begun: Begun, seen: hosts_host.Settled | Answer) -> SettledLater:
    intent = begun.intent
    if isinstance(seen, Answer):
        return SettledLater(begun.run, intent.key, intent.step, intent.host, "unknown", why=seen.reason)
    argv = tuple(str(word) for word in intent.action.get("argv", ()))
    return settled_of(Once(begun.run, intent.key), intent.step, intent.host, seen, argv)
