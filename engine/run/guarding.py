"""Keeping from a step that rests on one which was passed over, unless the runbook lets the person decide."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import StoppedError
from engine.operator.interface import Line, Style
from engine.run import resting
from engine.run.loop import StepInstance
from engine.run.performing import Performer


class Guards:
    """Looks at what a step rests on, just before it would be begun.

    Args:
        performer: records what is asked and what becomes of the step.
    """

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    def let(self, turn: StepInstance, due: Sequence[StepInstance]) -> bool:
        """Whether a step may be begun; False where it was left out instead.

        Args:
            turn: the step, to be asked about as a whole.
            due: its items that would be done, or it alone.

        Raises:
            StepError: code `rests-on-skipped`.
            StoppedError: it may be done without, and the person does not want that.
        """
        run = turn.run
        found = [one for each in due for one in resting.missing(run, each.step, each.item)]
        lacking = list({(one.rest.step, one.ended.step): one for one in found}.values())
        if not lacking:
            return True
        words = [resting.in_words(one) for one in lacking]
        if any(one.rest.or_ == "refuse" for one in lacking):
            self._performer.refuses(turn, f"It rests on what was not done: {'; '.join(words)}")
            raise resting.refusal(turn.key, lacking)
        whys = dict.fromkeys(one.why for one in lacking if one.why)
        run.operator.show(Line(Style.HEADING, turn.name), *(Line(Style.WARNING, one) for one in (*words, *whys)))
        asked = resting.question(turn.key, turn.step.title, lacking)
        self._performer.asks(asked)
        answer = run.operator.ask(asked)
        self._performer.answered(asked, answer)
        if answer.key == "stop":
            raise stopped_before(turn)
        if answer.key == "skip":
            for each in due:
                self._performer.end(each, "skipped", answer.reason)
        return answer.key == "go"


def stopped_before(turn: StepInstance) -> StoppedError:
    """The person ends the run where a step would be begun."""
    return StoppedError(
        f"You stopped before {turn.key!r}.",
        changed="Nothing of this step was done.",
        hint="Whoever goes on looks at the world anew.",
    )
