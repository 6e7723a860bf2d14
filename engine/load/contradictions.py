"""What runbooks say of the cost of a step, held against what they say of taking it back, and against each other.

Only lint asks this. A runbook that a journal holds has to be readable even where it contradicts itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.effects import Effect
from engine.journal.undo_record import UndoByHand
from engine.load.document import Path, read_document
from engine.load.loader import LoadedRunbook
from engine.load.problems import InvalidRunbookError
from engine.load.source import Source
from engine.model.compensation import Compensation
from engine.model.parts import CheckCall
from engine.model.runbook import Runbook
from engine.model.step import StepBase

_FILLED_IN = re.compile(r"\{\{.{0,1000}?\}\}|\{%.{0,1000}?%\}|\d{1,20}(?:ms|[smhd])?\b", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Use:
    """A command of a runbook, with the effect that this says it has."""

    runbook: LoadedRunbook
    path: Path
    id: str
    effect: Effect
    excused: bool


def contradictions(loaded: Sequence[LoadedRunbook]) -> list[InvalidRunbookError]:
    """The runbooks that contradict themselves or another one, each with all of that."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for one in loaded:
        found[one.origin] = [
            ((*path, "undo"), problem)
            for path, step in _steps(one)
            if (problem := _of_undo(step)) is not None and path[0] == "steps"
        ]
        found[one.origin] += _of_checks(one.runbook)
    for uses in _by_command(loaded).values():
        for use in uses:
            if (problem := _of_others(use, uses)) is not None:
                found[use.runbook.origin].append(((*use.path, "effect"), problem))
    return [_error(one, problems) for one in loaded if (problems := found[one.origin])]


def _of_undo(step: StepBase) -> str | None:
    """What its effect and its undo say of taking it back, where only one of them can be true."""
    if isinstance(step.undo, Compensation):
        return None
    undo = UndoByHand(step.undo)
    if undo.impossible and step.effect.level <= Effect.REVERSIBLE.level:
        return f"'{step.effect}' says that it can be taken back, 'undo' that it cannot"
    if undo.needless and step.effect is Effect.DESTRUCTIVE:
        return "'destructive' says that something is lost, 'undo' that there is nothing to take back"
    if undo.needless and not undo.reason and step.effect is Effect.DISRUPTIVE:
        return "'disruptive' says that something is interrupted; say after 'nothing to undo; ' what became of that"
    return None


def _of_checks(runbook: Runbook) -> Iterator[tuple[Path, str]]:
    """Checks that have to hold together with their opposites."""
    sections: tuple[tuple[str, tuple[CheckCall, ...]], ...] = (
        ("preconditions", runbook.preconditions),
        ("postconditions", runbook.postconditions),
    )
    for section, calls in sections:
        asserted: dict[tuple[str, str], bool] = {}
        for number, call in enumerate(calls):
            if call.check is None:
                continue
            question = (call.check, repr(sorted(call.with_.items())))
            if asserted.setdefault(question, call.holds) is not call.holds:
                yield (section, number), f"'{call.check}' has to hold here and not to hold: that can never be"


def _of_others(use: _Use, all_uses: Sequence[_Use]) -> str | None:
    if use.excused:
        return None
    other = next((one for one in all_uses if not one.excused and one.effect is not use.effect), None)
    if other is None:
        return None
    return (
        f"the same command is '{other.effect}' in {other.runbook.runbook.id}, step {other.id}; if it has another effect"
        " here, say why in 'unlike_elsewhere'"
    )


def _by_command(loaded: Sequence[LoadedRunbook]) -> dict[tuple[str, ...], list[_Use]]:
    found: dict[tuple[str, ...], list[_Use]] = {}
    for one in loaded:
        taken_back: set[tuple[str, ...]] = set()
        for path, step in _steps(one):
            if command := _general(_command(step)):
                # Whoever approved the earlier step that it takes back has approved this as well.
                gives_back = command in taken_back and step.effect is Effect.SAFE
                excused = gives_back or bool(step.unlike_elsewhere)
                found.setdefault(command, []).append(_Use(one, path, step.id, step.effect, excused))
            if isinstance(step.undo, Compensation):
                taken_back.add(_general(step.undo.run))
    return found


def _steps(loaded: LoadedRunbook) -> Iterator[tuple[Path, StepBase]]:
    """What it does, with what it takes to hold it; giving that back is a part of it."""
    for number, hold in enumerate(loaded.runbook.meanwhile):
        yield ("meanwhile", number), hold.taking()
    for number, step in enumerate(loaded.runbook.steps):
        yield ("steps", number), step


def _command(step: StepBase) -> tuple[str, ...]:
    """The command of a step, under the key of its kind; nothing for one of another kind."""
    value = getattr(step, str(getattr(step, "kind", "")), ())
    return value if isinstance(value, tuple) and all(isinstance(word, str) for word in value) else ()


def _general(command: Sequence[str]) -> tuple[str, ...]:
    """The command whatever it is about: without what is filled in, and without numbers and durations."""
    return tuple(_FILLED_IN.sub("*", word) for word in command)


def _error(loaded: LoadedRunbook, problems: Sequence[tuple[Path, str]]) -> InvalidRunbookError:
    document = read_document(Source.of_text(loaded.text, loaded.origin))
    for path, problem in problems:
        document.report(path, problem)
    return InvalidRunbookError(loaded.origin, document.problems)
