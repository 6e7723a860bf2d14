"""What a journal says an undo costs never makes it cost less than its step did, and never nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import Effect
from engine.errors import UsageError
from engine.journal.events import Intent
from engine.journal.undo_record import UndoByCommand, UndoByHand, as_data
from engine.load.loader import LoadedRunbook, load_runbook
from engine.load.source import Source
from engine.undo.changes import Made, made_by
from engine.undo.floor import Floor, floor
from engine.undo.runbook import runbook_of
from engine.undo.sorting import Sorted
from tests.engine.run.toy import HEADER, KNOWLEDGE, ON, go
from tests.engine.undo.test_undo import SWITCH, YES

INNER = HEADER.replace("id: toy", "id: inner") + "steps:\n" + ON.replace("effect: disruptive", "effect: reversible")
OUTER = (
    HEADER
    + "second_person: disruptive\nmeanwhile:\n"
    + "  - {id: light, title: Hold, hold: [lamp, 'on'], release: [lamp, 'off'], on: where}\nsteps:\n"
    + ON
    + ON.replace("id: switch-on", "id: burn").replace("effect: disruptive", "effect: destructive\n    confirm: hall")
    + "  - {id: call, title: Call, call: inner}\n"
)
TEXTS = {"toy": OUTER, "inner": INNER}


def library(name: str) -> LoadedRunbook:
    if name not in TEXTS:
        raise UsageError("There is none.", code="runbook-unknown")
    return load_runbook(Source(f"{name}.yaml", TEXTS[name].encode()), KNOWLEDGE)


def change(step: str, effect: str = "safe", undo: UndoByCommand | None = None) -> Made:
    return Made(f"r:{step}#1", step, "Title", "hall.example", {"argv": ["lamp"]}, "done", "", undo, effect)


@pytest.mark.parametrize(
    ("step", "said", "least"),
    [
        ("switch-on", "safe", Floor(Effect.DISRUPTIVE, second_person=True)),
        ("switch-on", "destructive", Floor(Effect.DESTRUCTIVE, second_person=True)),
        ("switch-on[hall/x[1]]", "safe", Floor(Effect.DISRUPTIVE, second_person=True)),
        ("burn", "safe", Floor(Effect.DESTRUCTIVE, second_person=True)),
        ("light", "safe", Floor(Effect.REVERSIBLE)),
        ("light-released", "safe", Floor(Effect.REVERSIBLE)),
        ("call/switch-on", "safe", Floor(Effect.REVERSIBLE)),
        ("call[a]/switch-on[b]", "safe", Floor(Effect.REVERSIBLE)),
        ("call/burn", "safe", Floor(Effect.DISRUPTIVE)),
        ("switch-on/switch-on", "safe", Floor(Effect.DISRUPTIVE)),
        ("unheard-of", "safe", Floor(Effect.DISRUPTIVE)),
        ("light", "no effect at all", Floor(Effect.DISRUPTIVE)),
        ("", "safe", Floor(Effect.DISRUPTIVE)),
        ("/", "safe", Floor(Effect.DISRUPTIVE)),
    ],
)
def test_the_least_is_that_of_the_journal_and_of_the_library(step: str, said: str, least: Floor) -> None:
    assert floor(change(step, said), "toy", library) == least


@given(st.text(), st.text(), st.text())
def test_whatever_a_journal_calls_its_steps_it_is_asked_about(step: str, said: str, runbook: str) -> None:
    assert floor(change(step, said), runbook, library).effect is not Effect.SAFE


@pytest.mark.parametrize("load", [library, lambda name: library(f"no {name}")])
@pytest.mark.parametrize("recorded", list(Effect))
def test_every_undo_asks_and_a_destructive_one_for_a_name(
    recorded: Effect, load: Callable[[str], LoadedRunbook], tmp_path: Path
) -> None:
    started = go(tmp_path, SWITCH, YES).journal.started
    assert started is not None
    undo = UndoByCommand(argv=("lamp", "off"), timeout=5.0, host="hall.example", effect=recorded)
    some = tuple((change(step, "safe", undo), undo) for step in ("switch-on", "burn", "light", "unheard-of"))
    loaded, _values = runbook_of(started, Sorted(some, (), 0), load)
    for step in loaded.runbook.steps:
        assert step.effect.level >= max(recorded.level, Effect.REVERSIBLE.level)
        assert bool(step.confirm) is (step.effect is Effect.DESTRUCTIVE)  # type: ignore[attr-defined]


def test_an_undo_of_which_a_part_would_not_be_shown_is_not_made(tmp_path: Path) -> None:
    """We record none such; somebody else may have."""
    journal = go(tmp_path, SWITCH, YES).journal
    hidden = UndoByCommand(argv=("env", "PASSWORD=hunter2hunter2"), timeout=5.0, host="h", effect=Effect.REVERSIBLE)
    entries = tuple(
        replace(one, event=replace(one.event, undo=as_data(hidden))) if isinstance(one.event, Intent) else one
        for one in journal.entries
    )
    (made,) = made_by([replace(journal, entries=entries)])
    assert isinstance(made.undo, UndoByHand)
