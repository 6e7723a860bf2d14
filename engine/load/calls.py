"""What is wrong with a runbook as one among others: those that it calls, and what its steps rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.load.document import Path, read_document
from engine.load.loader import LoadedRunbook
from engine.load.problems import InvalidRunbookError
from engine.load.resting import unsaid
from engine.load.source import Source
from engine.model.runbook import Runbook
from engine.model.step import CallRunbook
from engine.nearest import did_you_mean


def check_calls(loaded: LoadedRunbook, source: Source, find: Callable[[str], Runbook | None]) -> None:
    """Look at every `call` of a runbook, and at what its dangerous steps rest on.

    Args:
        loaded: the runbook, right in itself.
        source: where it was read, to say where a problem stands.
        find: another runbook by its name; raises InvalidRunbookError.

    Raises:
        InvalidRunbookError: a call cannot be made, or a called runbook is itself not right; or a dangerous step does
            not say what it rests on.
    """
    problems = [
        (number, path, problem)
        for number, step in enumerate(loaded.runbook.steps)
        if isinstance(step, CallRunbook)
        for path, problem in _problems(step, loaded.runbook.id, find)
    ]
    problems += unsaid(loaded.runbook, find)
    if not problems:
        return
    # Read once more only to say where the problems stand: reading takes most of the time of loading.
    document = read_document(source)
    for number, path, problem in problems:
        document.report(("steps", number, *path), problem, key=path[:1] == ("with",) and len(path) > 1)
    raise InvalidRunbookError(source.origin, document.problems)


def _problems(step: CallRunbook, caller: str, find: Callable[[str], Runbook | None]) -> Iterator[tuple[Path, str]]:
    called = find(step.call)
    if called is None:
        yield ("call",), f"there is no runbook '{step.call}'"
        return
    if circle := _circle(caller, called, find):
        yield ("call",), f"this would never end: {' calls '.join(circle)}"
    for name in step.with_:
        if name not in called.parameters:
            yield ("with", name), f"'{step.call}' has no parameter '{name}'{did_you_mean(name, called.parameters)}"
    for name, parameter in called.parameters.items():
        if parameter.default is None and name not in step.with_:
            yield ("with",) if step.with_ else (), f"'{step.call}' needs the parameter '{name}'"


def _circle(caller: str, called: Runbook, find: Callable[[str], Runbook | None]) -> tuple[str, ...]:
    """The way from a runbook back to itself over those it calls; empty if there is none."""
    ways: list[tuple[tuple[str, ...], Runbook]] = [((caller, called.id), called)]
    seen = {called.id}
    while ways:
        way, runbook = ways.pop()
        if runbook.id == caller:
            return way
        for step in runbook.steps:
            if isinstance(step, CallRunbook) and step.call not in seen:
                seen.add(step.call)
                if (next_one := find(step.call)) is not None:
                    ways.append(((*way, step.call), next_one))
    return ()
