"""What to do where a precondition does not hold: the value of a parameter with which it holds, or another runbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.commands import to_type
from engine.errors import RunbookError
from engine.hosts.command import shown
from engine.knowledge import Verdict
from engine.load.parameters import parse_value
from engine.model.parts import Instead, Precondition
from engine.run.context import RunContext
from engine.steps.scope import Scope


@dataclass(frozen=True, slots=True)
class Alternative:
    """What is named in place of `--force`.

    Attributes:
        words: the parameters as they are typed; of another runbook the whole command.
        runbook: the other runbook; empty if it is this one.
        missed: what does not hold with these parameters either, as it was found; nothing of another runbook.
    """

    words: str
    runbook: str = ""
    missed: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """What to do, one sentence."""
        if self.runbook:
            return f"Do this instead: {self.words}."
        if self.missed:
            return f"Right is {self.words}, but then this has to be put right first: {' '.join(self.missed)}"
        return f"Run this again with {self.words}: with that it holds."


def alternative(
    run: RunContext, precondition: Precondition, scope: Scope, forced: frozenset[str] = frozenset()
) -> Alternative | None:
    """What a precondition that does not hold names; None where there is nothing, or where that does not hold either.

    All is judged in the same moment in which it was found that it does not hold. What is `forced` need not hold.
    """
    if precondition.instead is None:
        return None
    try:
        given = _given(precondition.instead, scope)
        if precondition.instead.runbook is not None:
            return _another(precondition.instead.runbook, given)
        return _other_values(run, precondition, given, scope, forced)
    except (RunbookError, ValueError):
        # It cannot be told now; the refusal says why this one does not hold, and that is enough to go on with.
        return None


def _given(instead: Instead, scope: Scope) -> dict[str, str]:
    return {name: text for name, one in instead.with_.items() if (text := scope.render(one).strip())}


def _another(runbook: str, given: dict[str, str]) -> Alternative:
    return Alternative(to_type("run", runbook, **given), runbook)


def _other_values(
    run: RunContext, precondition: Precondition, given: dict[str, str], scope: Scope, forced: frozenset[str]
) -> Alternative | None:
    parameters = run.loaded.runbook.parameters
    values = {name: parse_value(parameters[name], text, run.knowledge) for name, text in given.items()}
    if all(values[name] == run.values.get(name) for name in values):
        return None
    # What was read once was read with the other values.
    other = replace(run, values={**run.values, **values}, kept={})
    there = other.scope(scope.reader)
    if there.judge(precondition).holds is not True:
        return None
    others = [one for one in run.loaded.runbook.preconditions if one.code not in {precondition.code, *forced}]
    return Alternative(shown(_pairs(given)), missed=tuple(_missed(others, there)))


def _missed(preconditions: Sequence[Precondition], scope: Scope) -> list[str]:
    found = [_judged(one, scope) for one in preconditions]
    return [one.summary for one in found if one.holds is not True]


def _judged(precondition: Precondition, scope: Scope) -> Verdict:
    try:
        return scope.judge(precondition)
    except RunbookError as error:
        return Verdict(None, error.what)


def _pairs(given: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in given.items())
