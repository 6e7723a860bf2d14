"""Every command of every runbook, with a hostile value in every text that a fact can hold: none is made of it."""

from __future__ import annotations

import types as kinds
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import pytest

from checks.version import Version
from engine.clock import SystemClock
from engine.effects import Effect
from engine.hosts.host import Host
from engine.hosts.reader import Reader
from engine.knowledge import Context
from engine.model.runbook import Runbook
from engine.model.step import Run, StepBase
from engine.steps.run import RunKind
from engine.steps.scope import Scope, ThisRun
from engine.template import StrangeWordError, evaluate, names_in, type_of
from engine.template.types import element, hints, members, returns
from tests.hostile import HOSTILE
from tests.rehearsals.rehearsal import SHOP
from tests.support.links import FakeLinks
from tests.support.runs import SomeSite

RUNBOOKS = {name: SHOP.library.load(name).runbook for name in SHOP.library.ids()}
OURS = frozenset({"run"})


class Anywhere(dict[str, Host]):
    """A site that has every host, so that nothing else refuses the command."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Host:
        return Host(name)


def poisoned(annotation: Any, text: str) -> Any:  # noqa: PLR0911 - a line a type
    """A value of a type in which every text is this one."""
    member = members(annotation)[0]
    base, arguments = get_origin(member) or member, get_args(member)
    if base is str or get_origin(annotation) is Literal:
        return text
    if issubclass(base, Enum):
        # Its words are ours: the parser has no other.
        return next(iter(base))
    if issubclass(base, Version):
        return Version(text)
    if base in {bool, int, float}:
        return base(1)
    if is_dataclass(base):
        known = hints(base)
        return base(**{one.name: poisoned(known[one.name], text) for one in fields(base) if one.init})
    if issubclass(base, tuple | list):
        return base([poisoned(one, text) for one in arguments if one is not Ellipsis])
    if issubclass(base, Mapping):
        return {poisoned(arguments[0], text): poisoned(arguments[1], text)}
    assert base is kinds.NoneType, f"no value is known for {annotation}"
    return None


def commands(step: StepBase) -> Iterator[str]:
    """Every part of a command of a step, of the one that takes it back, and of those that remove what it leaves."""
    for holder in (step, step.undo, *step.leaves_behind):
        for key in ("run", "job", "remove"):
            yield from getattr(holder, key, None) or ()


def parts(runbook: Runbook) -> list[tuple[str, StepBase]]:
    """The parts into which something is filled that is not the run's own name, each with its step."""
    holds = [one for hold in runbook.meanwhile for one in vars(hold).values() if isinstance(one, StepBase)]
    return [
        (part, step)
        for step in (*runbook.steps, *holds)
        for part in commands(step)
        if names_in(part) - OURS - runbook.parameters.keys()
    ]


def names_of(runbook: Runbook, step: StepBase, text: str) -> dict[str, Any]:
    """What the names of a step's templates are where every host says this text."""
    annotations = {name: returns(SHOP.knowledge.facts[fact.read]) for name, fact in runbook.facts.items()}
    found = {name: poisoned(kind, text) for name, kind in annotations.items()}
    found |= dict.fromkeys(runbook.parameters, "value")
    if step.each is not None:
        told = type_of(step.each, "expression", {**annotations, **dict.fromkeys(runbook.parameters, str)})
        items = element(told)
        found["item"] = evaluate(step.each, found)[0] if items is Any else poisoned(items, text)
    return found


def planned(runbook: Runbook, part: str, names: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that a step of this part would send, as the engine itself plans it."""
    context = Context(Reader(FakeLinks()), SomeSite("here", Anywhere()), SystemClock())
    scope = Scope(runbook, SHOP.knowledge, context, ThisRun("2026-run", runbook.id), names, {})
    step = Run(id="one", title="One", run=("true", part), on="'here'", effect=Effect.REVERSIBLE, undo="none")
    (change,) = RunKind().plan(step, scope).changes
    assert isinstance(change.action, tuple)
    return change.action[1:]


FILLED = [
    pytest.param(name, part, step, id=f"{name}:{step.id}:{part[:50]}")
    for name, one in RUNBOOKS.items()
    for part, step in parts(one)
]


def test_the_parts_are_found() -> None:
    assert len(FILLED) > 40
    assert len({one.values[0] for one in FILLED}) > 8


@pytest.mark.parametrize(("name", "part", "step"), FILLED)
def test_no_hostile_text_becomes_a_part_of_a_command(name: str, part: str, step: StepBase) -> None:
    for text in filter(None, HOSTILE):
        names = names_of(RUNBOOKS[name], step, text)
        try:
            words = planned(RUNBOOKS[name], part, names)
        except StrangeWordError:
            continue
        # In the middle of a word a dash is one.
        assert not [word for word in words if (word.startswith(text) if text.startswith("-") else text in word)], words


@pytest.mark.parametrize(("name", "part", "step"), FILLED)
def test_what_hosts_usually_say_does(name: str, part: str, step: StepBase) -> None:
    for word in planned(RUNBOOKS[name], part, names_of(RUNBOOKS[name], step, "vg0")):
        assert word
