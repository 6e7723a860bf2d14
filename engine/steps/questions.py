"""How a step with an effect is asked for: the higher the effect, the more has to be typed."""

from __future__ import annotations

from engine.effects import Effect
from engine.operator.interface import Option, Question
from engine.operator.words import Name, Word
from engine.steps.plan import Plan

SKIP = Option("skip", (Word.SKIP,), "leave this step out", needs_reason=True)
STOP = Option("stop", (Word.STOP, Word.Q), "end the run here; nothing of this step is done")
STOP_OR_NO = Option("stop", (Word.N, Word.NO, Word.STOP, Word.Q), "end the run here; nothing of this step is done")
RETRY = Option("retry", (Word.RETRY,), "look again and do it again")


def approval(effect: Effect, plan: Plan, verb: str = "do it") -> Question | None:
    """The question before a step; None where its effect needs none."""
    if effect is Effect.SAFE:
        return None
    if effect is Effect.REVERSIBLE:
        go = Option("go", (Word.Y, Word.YES), verb)
        text = f"{plan.title}: go on?"
    elif effect is Effect.DISRUPTIVE:
        go = Option("go", (Word.YES,), verb)
        text = f"{plan.title}: this interrupts something. Type yes in full to go on."
    else:
        name = Name(plan.confirm, plan.key)
        go = Option("go", (name,), verb)
        text = f"{plan.title}: this cannot be taken back. Type {name} to go on."
    stop = STOP_OR_NO if effect is not Effect.DESTRUCTIVE else STOP
    return Question(plan.key, text, (go, SKIP, stop))


def after_failure(plan: Plan, why: str) -> Question:
    """What to do about a step that did not do what it should."""
    return Question(
        f"{plan.key}.failed",
        f"{plan.title}: {why} What now?",
        (RETRY, Option("skip", (Word.SKIP,), "go on without it", needs_reason=True), STOP),
    )
