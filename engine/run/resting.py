"""On which steps others rest: what must not be done where a step that makes it safe was left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.english import join_and
from engine.errors import RunbookError, StepError
from engine.journal.events import StepEnded
from engine.model.parts import Rest
from engine.model.runbook import Runbook, dependents, rests_of
from engine.model.step import StepBase
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Name
from engine.run.context import RunContext
from engine.steps.kind import prose
from engine.steps.questions import SKIP, STOP

LEFT_OUT = frozenset({"skipped", "failed"})
"""How a step ended on which nothing can rest."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A step that was left out, and what its dependent says of it."""

    rest: Rest
    ended: StepEnded
    why: str


def missing(run: RunContext, step: StepBase, item: object = None) -> list[Missing]:
    """What a step rests on and was left out.

    Of a loop that had the very item of this step's loop, only that item counts; else all of them do.
    """
    found = []
    for rest in rests_of(run.loaded.runbook, step):
        left = [one for one in _ended(run, rest.step, item) if one.state in LEFT_OUT]
        found += [Missing(rest, one, _why(run, rest)) for one in left]
    return found


def _why(run: RunContext, rest: Rest) -> str:
    """Words alone are not worth a new error in the middle of another one."""
    try:
        return prose(run.scope().render(rest.why))
    except RunbookError:
        return ""


def _ended(run: RunContext, step: str, item: object) -> list[StepEnded]:
    key = run.prefix + step
    own = run.ended.get(f"{key}[{item}]") if item is not None else None
    if own is not None:
        return [own]
    return [one for name, one in run.ended.items() if name == key or (name.startswith(f"{key}[") and name[-1] == "]")]


def taken_again(run: RunContext, step: StepBase) -> bool:
    """Whether a step that an earlier run left out is due again, since something that rests on it is still to come."""
    return any(
        _to_come(run, one) or (_was_left_out(run, one) and taken_again(run, one))
        for one, _rest in dependents(run.loaded.runbook, step.id)
    )


def _to_come(run: RunContext, step: StepBase) -> bool:
    """Whether an earlier run had not come past a step."""
    steps = run.loaded.runbook.steps
    reached = [number for number, one in enumerate(steps) if run.past.reached(run.prefix + one.id)]
    number, last = steps.index(step), max(reached, default=-1)
    if number != last:
        return number > last
    return run.past.settled(run.prefix + step.id, may_fail=step.may_fail is not None) is None


def _was_left_out(run: RunContext, step: StepBase) -> bool:
    key = run.prefix + step.id
    return any(
        one.state in LEFT_OUT
        for name, one in run.past.ended.items()
        if name == key or (name.startswith(f"{key}[") and name[-1] == "]")
    )


def told(runbook: Runbook, step: StepBase) -> tuple[Line, ...]:
    """What is shown before a step is asked for: what becomes of others if it is left out."""
    by_way: dict[str, list[str]] = {"refuse": [], "ask": []}
    for one, rest in dependents(runbook, step.id):
        by_way[rest.or_].append(f'"{one.title}"')
    lines = []
    if refused := by_way["refuse"]:
        words = f"If this is left out, the run ends before what rests on it: {join_and(refused)}."
        lines.append(Line(Style.WARNING, words))
    if asked := by_way["ask"]:
        lines.append(Line(Style.WARNING, f"If this is left out, you are asked once more before {join_and(asked)}."))
    return tuple(lines)


def in_words(one: Missing) -> str:
    """What was left out, by whom and why."""
    ended = one.ended
    title = f"{one.rest.step} ({ended.title})" if ended.title else one.rest.step
    if ended.state == "failed":
        return f"{title} failed: {ended.reason}"
    where = f"in run {ended.carried}" if ended.carried else "by you"
    return f"{title} was left out {where}: {ended.reason}"


def refusal(key: str, lacking: Iterable[Missing]) -> StepError:
    """What ends a run before a step that rests on what was left out."""
    several = list(lacking)
    what = "; ".join(in_words(one).rstrip(".") for one in several)
    return StepError(
        f"The step {key!r} is not done, since it rests on a step that was not: {what}.",
        why=" ".join(dict.fromkeys(one.why for one in several if one.why)),
        changed="Nothing of this step was done.",
        hint="Do what was left out: whoever goes on with this run is asked for it again, before this step.",
        code="rests-on-skipped",
    )


def question(key: str, title: str, lacking: Iterable[Missing]) -> Question:
    """Whether a step is done without what it rests on; never answered by --yes."""
    names = join_and(list(dict.fromkeys(one.rest.step for one in lacking)))
    word = Name(f"without {names}", "step")
    text = f"{title}: it rests on {names}, which was not done. Type {word} to do it all the same."
    return Question(f"{key}.unguarded", text, (Option("go", (word,), "do it all the same"), SKIP, STOP))
