"""What is wrong with a runbook as one among others: those that it calls or names, and what its steps rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.load.document import Path, read_document
from engine.load.loader import LoadedRunbook
from engine.load.problems import InvalidRunbookError
from engine.load.resting import unsaid
from engine.load.source import Source
from engine.model.parts import Instead
from engine.model.runbook import Runbook
from engine.model.step import CallRunbook
from engine.nearest import did_you_mean


def check_calls(loaded: LoadedRunbook, source: Source, find: Callable[[str], Runbook | None]) -> None:
    """Look at every `call` of a runbook, at the runbooks that its preconditions name instead, and at what it rests on.

    Args:
        loaded: the runbook, right in itself.
        source: where it was read, to say where a problem stands.
        find: another runbook by its name; raises InvalidRunbookError.

    Raises:
        InvalidRunbookError: a call cannot be made, or a called runbook is itself not right; or a dangerous step does
            not say what it rests on.
    """
    problems = [
        *(
            (("steps", number, *path), problem)
            for number, step in enumerate(loaded.runbook.steps)
            if isinstance(step, CallRunbook)
            for path, problem in _problems(step, loaded.runbook.id, find)
        ),
        *(
            (("preconditions", number, "instead", *path), problem)
            for number, one in enumerate(loaded.runbook.preconditions)
            if one.instead is not None
            for path, problem in _named(one.instead, loaded.runbook, find)
        ),
    ]
    problems += unsaid(loaded.runbook, find)
    if not problems:
        return
    # Read once more only to say where the problems stand: reading takes most of the time of loading.
    document = read_document(source)
    for path, problem in problems:
        document.report(path, problem, key=path[-2] == "with")
    raise InvalidRunbookError(source.origin, document.problems)


def _problems(step: CallRunbook, caller: str, find: Callable[[str], Runbook | None]) -> Iterator[tuple[Path, str]]:
    called = find(step.call)
    if called is None:
        yield ("call",), f"there is no runbook '{step.call}'"
        return
    if circle := _circle(caller, called, find):
        yield ("call",), f"this would never end: {' calls '.join(circle)}"
    yield from _given(step.with_, called)


def _named(instead: Instead, own: Runbook, find: Callable[[str], Runbook | None]) -> Iterator[tuple[Path, str]]:
    if instead.runbook is None:
        for name in instead.with_:
            if name not in own.parameters:
                yield ("with", name), f"there is no parameter '{name}'{did_you_mean(name, own.parameters)}"
            elif own.parameters[name].secret:
                yield ("with", name), f"'{name}' is secret; its value is shown nowhere"
    elif (other := find(instead.runbook)) is None:
        yield ("runbook",), f"there is no runbook '{instead.runbook}'"
    else:
        yield from _given(instead.with_, other)


def _given(given: Mapping[str, str], called: Runbook) -> Iterator[tuple[Path, str]]:
    for name in given:
        if name not in called.parameters:
            yield ("with", name), f"'{called.id}' has no parameter '{name}'{did_you_mean(name, called.parameters)}"
    for name, parameter in called.parameters.items():
        if parameter.default is None and name not in given:
            yield ("with",) if given else (), f"'{called.id}' needs the parameter '{name}'"


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
