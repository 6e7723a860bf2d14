"""Each event is declared once: what it takes, what it does, and what is told of it."""

from __future__ import annotations

import inspect

import pytest

from checks.world.events import WORDS, event, events, happen, node_in, read
from tests.checks.world.lab import Lab

GIVEN = {
    "NODE": "hwhost-2",
    "SIDE": "hwhost-1 inst1/0",
    "SECONDS": "5",
    "KIB": "8",
    "AHEAD": "-7",
    "PROGRAM": "lvs",
    "COMMAND": "touch it",
}


def test_no_two_events_have_one_verb() -> None:
    assert len(events()) == len(event.gathered("checks.world.events"))


@pytest.mark.parametrize("verb", sorted(events()))
def test_each_event_can_happen_in_all_its_forms(verb: str) -> None:
    event = events()[verb]
    words = [GIVEN[kind] for kind in event.kinds]
    optional = event.form.count("[")
    for given in (words, words[: len(words) - optional]):
        action = " ".join([verb, *given])
        assert read(action) == (event, given)
        happen(Lab().cluster, action)


@pytest.mark.parametrize("verb", sorted(events()))
def test_each_event_says_what_it_does_and_takes_known_words(verb: str) -> None:
    said = inspect.getdoc(events()[verb].happens) or ""
    assert said.endswith(".")
    assert "\n" not in said
    assert set(events()[verb].kinds) <= set(WORDS)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("power-of hwhost-1", "no such event: 'power-of', did you mean 'power-off'?"),
        ("power-off", "'power-off' should be: power-off NODE"),
        ("power-off hwhost-1 now", "should be: power-off NODE"),
        ("wait -1", "should be: wait SECONDS"),
        ("write hwhost-1", "should be: write SIDE [KIB]"),
        ("write hwhost-1 inst1", "should be: write SIDE [KIB]"),
        ("run hwhost-1 true\nfalse", "should be: run NODE COMMAND"),
    ],
)
def test_what_is_no_event_is_said(action: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the text is looked at below
        read(action)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("action", "said"),
    [("reboot nobody", "no such node in this scenario: nobody"), ("detach hwhost-1 inst1/7", "no device of inst1/7")],
)
def test_what_is_not_there_cannot_have_it_happen(action: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        happen(Lab().cluster, action)


@pytest.mark.parametrize(
    ("action", "node"),
    [
        ("reboot hwhost-1", "hwhost-1"),
        ("write hwhost-2 inst1/0 64", "hwhost-2"),
        ("run hwhost-2 ls /", "hwhost-2"),
        ("cut-replication hwhost-1", "hwhost-1"),
        ("cut-replication", None),
        ("wait 3", None),
    ],
)
def test_the_node_of_an_event_is_known(action: str, node: str | None) -> None:
    assert node_in(action) == node
