"""What a check asserts may have to be false: `holds: false`, in a precondition and where a step is verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, PreconditionError
from engine.journal.events import PreconditionSeen
from engine.knowledge import Knowledge, Verdict
from tests.engine.run import toy
from tests.engine.run.toy import HEADER, ON, House, go

DARK = (
    HEADER
    + """
preconditions:
  - {code: dark, check: lamps.is_on, with: {host: "{{ where }}"}, holds: false}
"""
)


def asked(*, holds: bool | None) -> Knowledge:
    """A check that says this, and has a hint for each who is not content with it."""
    found = Verdict(holds, "what was found", ("/lamp",), hint="switch it on", opposite_hint="switch it off")
    return replace(toy.KNOWLEDGE, checks={"lamps.is_on": lambda _context, *, host: found})


def test_the_opposite_of_a_check_holds_where_it_does_not_and_the_sentence_says_what_was_found(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, header=DARK)
    assert outcome.error is None
    (event,) = (event for event in outcome.journal.events if isinstance(event, PreconditionSeen))
    assert (event.holds, event.summary) == (True, "the lamp is off")


@pytest.mark.parametrize("holds", [True, None])
def test_the_opposite_is_refused_with_the_hint_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, holds: bool | None
) -> None:
    monkeypatch.setattr(toy, "KNOWLEDGE", asked(holds=holds))
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, header=DARK)
    assert isinstance(outcome.error, PreconditionError)
    (event,) = (event for event in outcome.journal.events if isinstance(event, PreconditionSeen))
    assert event.holds is (False if holds else None)
    assert "switch it off" in outcome.operator.text
    assert "switch it on" not in outcome.operator.text
    assert outcome.house.changes == []


def test_a_host_that_cannot_be_asked_is_no_proof_of_the_opposite(tmp_path: Path) -> None:
    house = House(broken={"hall.example": HostUnreachableError("no answer")})
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house, header=DARK)
    assert isinstance(outcome.error, PreconditionError)
    assert [event.holds for event in outcome.journal.events if isinstance(event, PreconditionSeen)] == [None]


@pytest.mark.parametrize(("word", "done"), [("off", True), ("lie", True), ("on", False)])
def test_a_step_is_verified_by_the_opposite_of_a_check(tmp_path: Path, word: str, *, done: bool) -> None:
    step = ON.replace('"on"]', f'"{word}"]').replace('where }}"}', 'where }}"}, holds: false')
    outcome = go(tmp_path, step, {"switch-on": "yes", "switch-on.failed": "stop"})
    assert (outcome.error is None) is done
    outcome = go(tmp_path, step, dry=True)
    assert "not lamps.is_on(host=hall.example)" in outcome.operator.text
