"""What every runbook that comes with the program has to say, so that an operator can judge it before using it."""

from __future__ import annotations

import re

import pytest

from engine.effects import Effect
from engine.load.contradictions import contradictions
from engine.model.runbook import Runbook
from tests.rehearsals.cases import CASES
from tests.rehearsals.rehearsal import SHOP

RUNBOOKS = {name: SHOP.library.load(name).runbook for name in SHOP.library.ids()}
TOUCHES_DISKS = {"drbdsetup", "drbdmeta", "lvcreate", "lvremove", "replace-disks", "migrate"}


def commands(runbook: Runbook) -> list[str]:
    """The words of all its commands."""
    return [
        word
        for step in runbook.steps
        for words in (getattr(step, "run", None), getattr(step, "job", None))
        if isinstance(words, tuple | list)
        for word in words
    ]


@pytest.mark.parametrize("name", RUNBOOKS)
def test_it_says_where_it_comes_from_when_to_use_it_and_what_can_go_wrong(name: str) -> None:
    one = RUNBOOKS[name]
    said = {"origin": one.origin, "use_when": one.use_when, "not_when": one.not_when, "dangers": one.dangers,
            "versions": one.versions.model_fields_set, "done": one.done}  # fmt: skip
    if not one.origin.startswith("The wiki does not"):
        said["differs"] = one.differs
    assert [key for key, value in said.items() if not value] == []


@pytest.mark.parametrize("name", RUNBOOKS)
def test_every_command_and_every_edit_is_justified(name: str) -> None:
    acting = [step for step in RUNBOOKS[name].steps if not {"wait", "ask", "manual", "call"} & step.model_fields_set]
    assert [step.id for step in acting if not step.source] == []


@pytest.mark.parametrize("name", RUNBOOKS)
def test_what_cannot_be_taken_back_is_verified(name: str) -> None:
    grave = [step for step in RUNBOOKS[name].steps if step.effect in {Effect.DISRUPTIVE, Effect.DESTRUCTIVE}]
    assert [step.id for step in grave if step.verify is None] == []


@pytest.mark.parametrize("name", RUNBOOKS)
def test_what_takes_disks_apart_keeps_the_watcher_away(name: str) -> None:
    one = RUNBOOKS[name]
    if TOUCHES_DISKS & set(commands(one)):
        assert "watcher" in [hold.id for hold in one.meanwhile]


def test_what_is_held_is_written_once_and_used() -> None:
    held = [hold for one in RUNBOOKS.values() for hold in one.meanwhile]
    shared = set(SHOP.knowledge.holds)
    assert {hold.id for hold in held} == shared == {"watcher"}
    assert [name for name in RUNBOOKS if "meanwhile:\n  - id:" in SHOP.library.load(name).text] == []


@pytest.mark.parametrize("name", RUNBOOKS)
def test_it_can_be_read_aloud(name: str) -> None:
    """A fact has the word for what is meant of it, instead of a chain of filters."""
    text = SHOP.library.load(name).text
    assert re.findall(r"(?:select|reject)attr|attribute\s*=", text) == []


def test_each_can_be_rehearsed() -> None:
    assert {name for name in RUNBOOKS if not any(case.split(".")[0] == name for case in CASES)} == set()


def test_no_runbook_contradicts_itself_or_another_one() -> None:
    loaded, broken = SHOP.library.load_all()
    assert not broken
    assert [str(error) for error in contradictions(loaded)] == []
