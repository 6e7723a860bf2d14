"""A fact that is a tuple and has words for some of its items."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine.knowledge import Context, FactFunction, Knowledge
from engine.load.loader import load_runbook
from engine.load.problems import InvalidRunbookError
from engine.load.source import Source
from engine.resume.facts import recorded, remembered
from engine.resume.items import Items
from engine.several import Several, item_of
from engine.steps.scope import plain
from engine.template import check, type_of
from engine.template.types import element


@dataclass(frozen=True, slots=True)
class Lamp:
    name: str
    lit: bool

    def __str__(self) -> str:
        return self.name


class Lamps(Several[Lamp]):
    __slots__ = ()

    @property
    def lit(self) -> Lamps:
        return Lamps(one for one in self if one.lit)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self)

    def is_lit(self, name: str) -> bool:
        return name in self.lit.names


class Lanterns(Lamps):
    __slots__ = ()


HALL, ATTIC = Lamp("hall", lit=True), Lamp("attic", lit=False)


def lamps(context: Context) -> Lamps:
    raise NotImplementedError


FACTS: dict[str, FactFunction] = {"lamps.all": lamps}
RUNBOOK = """\
format: 1
id: one
title: An example
summary: An example.
facts:
  lamps: {{read: lamps.all}}
steps:
  - {{id: one, title: One, manual: "Do {{{{ item.name }}}}.", each: {each}, effect: safe, undo: none}}
"""


def test_it_is_a_tuple_with_words() -> None:
    some = Lamps([HALL, ATTIC])
    assert (some, some.lit, bool(Lamps())) == ((HALL, ATTIC), (HALL,), False)
    assert (some.lit.names, some.is_lit("attic")) == (("hall",), False)


@pytest.mark.parametrize("kind", [Lamps, Lanterns])
def test_a_template_knows_its_words_and_its_items(kind: type[Lamps]) -> None:
    assert item_of(kind) is Lamp
    types = {"lamps": kind}
    assert (
        check("{% for one in lamps.lit %}{{ one.name }}{% endfor %}{{ lamps.names | join_and }}", "template", types)
        == []
    )
    assert type_of("lamps.is_lit('hall')", "expression", types) is bool
    assert element(kind) is Lamp
    (unknown,) = check("{% for one in lamps.lit %}{{ one.colour }}{% endfor %}", "template", types)
    assert "has no attribute 'colour'" in unknown
    (unknown,) = check("lamps.list", "expression", types)
    assert "has no attribute 'list', did you mean 'lit'?" in unknown


def test_a_runbook_loops_over_some_of_them() -> None:
    knowledge = Knowledge(FACTS)
    assert (
        load_runbook(Source.of_text(RUNBOOK.format(each="lamps.lit")), knowledge).runbook.steps[0].each == "lamps.lit"
    )
    with pytest.raises(InvalidRunbookError, match="dark"):
        load_runbook(Source.of_text(RUNBOOK.format(each="lamps.dark")), knowledge)


def test_a_journal_holds_it_as_a_list_and_it_is_read_back_with_its_words() -> None:
    some = Lamps([HALL, ATTIC])
    told = [{"name": "hall", "lit": True}, {"name": "attic", "lit": False}]
    assert plain(some) == told
    assert recorded({"some": some}, {"some": lamps}) == {"some": told}
    back = remembered({"some": told}, {"some": lamps})["some"]
    assert back == some
    assert isinstance(back, Lamps)
    assert back.lit == (HALL,)


def test_the_items_of_a_loop_are_read_back_as_what_they_were() -> None:
    knowledge = Knowledge(FACTS)
    runbook = load_runbook(Source.of_text(RUNBOOK.format(each="lamps")), knowledge).runbook
    for each in ("lamps", "lamps.lit"):
        items = Items(each, runbook, knowledge, {})
        told = items.recorded(Lamps([HALL]))
        assert told == [{"name": "hall", "lit": True}]
        assert items.remembered(told) == [HALL]
