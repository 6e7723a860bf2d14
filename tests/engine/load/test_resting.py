"""A dangerous step whose guard can be left out is found before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.load.loader import load_runbook
from engine.load.resting import UNSAID
from engine.load.source import Source
from engine.model.runbook import rests_of
from tests.engine.load.conftest import KNOWLEDGE
from tests.engine.load.test_calls import TEXT, library, problems

GUARDS = {
    "manual": "{id: guard, title: G, manual: Do it., effect: safe, undo: none}",
    "run": "{id: guard, title: G, run: [x], on: \"'x'\", effect: reversible, undo: none}",
    "safe": "{id: guard, title: G, run: [x], on: \"'x'\", effect: safe, undo: none}",
    "may-fail": "{id: guard, title: G, run: [x], on: \"'x'\", effect: safe, undo: none, may_fail: so what}",
    "edit": "{id: guard, title: G, edit: /x, on: \"'x'\", rules: [{ensure_line: x}], effect: reversible, undo: none}",
    "wait": "{id: guard, title: G, wait: {that: \"node == 'x'\", else: it is not}}",
    "call": "{id: guard, title: G, call: other, with: {node: x}}",
}
DANGERS = {
    "disruptive": "{id: danger, title: D, run: [x], on: \"'x'\", effect: disruptive, undo: none",
    "destructive": "{id: danger, title: D, run: [x], on: \"'x'\", effect: destructive, confirm: x, undo: none",
    "by-hand": "{id: danger, title: D, manual: Do it., effect: disruptive, undo: none",
    "in-what-it-calls": "{id: danger, title: D, call: dangerous, with: {node: x}",
}
OTHERS = {
    "other": f"  - {GUARDS['safe']}",
    "dangerous": "  - {id: a, title: A, call: deeper, with: {node: x}}",
    "deeper": f"  - {DANGERS['destructive']}}}",
}
ASK = "  - {id: q, title: Q, ask: Which?, choices: {a: {title: A}, b: {title: B}}, saves: way}\n"


def steps(*entries: str) -> str:
    return "\n".join(f"  - {one}" for one in entries)


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("danger", DANGERS)
def test_it_has_to_say_what_it_rests_on_whatever_comes_before_it(tmp_path: Path, guard: str, danger: str) -> None:
    unsaid = steps(GUARDS[guard], f"{DANGERS[danger]}}}")
    said = steps(GUARDS[guard], f"{DANGERS[danger]}, rests_on: [guard]}}")
    none = steps(GUARDS[guard], f"{DANGERS[danger]}, rests_on: []}}")
    found = library(tmp_path, unsaid=unsaid, said=said, none=none, **OTHERS)
    assert problems(found, "unsaid") == [f"10:5 {UNSAID}"]
    assert [rest.step for rest in found.load("said").runbook.steps[1].rests_on or ()] == ["guard"]
    assert found.load("none").runbook.steps[1].rests_on == ()


def test_what_is_held_meanwhile_can_be_left_out_as_well(tmp_path: Path) -> None:
    hold = "meanwhile:\n  - {id: h, title: H, hold: [x], release: [x], on: \"'x'\"}"
    danger = f"  - {DANGERS['disruptive']}"
    found = library(tmp_path, unsaid=f"{danger}}}\n{hold}", said=f"{danger}, rests_on: [h]}}\n{hold}")
    assert problems(found, "unsaid") == [f"9:5 {UNSAID}"]
    assert found.load("said")


def test_nothing_has_to_be_said_where_nothing_can_be_left_out_or_nothing_is_dangerous(tmp_path: Path) -> None:
    first = f"{ASK}  - {DANGERS['destructive']}}}"
    tame = steps(GUARDS["manual"], GUARDS["run"].replace("id: guard", "id: next"))
    found = library(tmp_path, first=first, tame=tame)
    assert found.load("first")
    assert found.load("tame")


@pytest.mark.parametrize(
    ("rests", "said"),
    [
        ("[gaurd]", "10:92 there is no step 'gaurd' before this one, did you mean 'guard'?"),
        ("[danger]", "10:92 'danger' does not come before this step"),
        ("[later]", "10:92 'later' does not come before this step"),
        ("[{step: guard, or: shrug}]", "'shrug'"),
    ],
)
def test_it_rests_on_what_is_there_and_comes_before(tmp_path: Path, rests: str, said: str) -> None:
    last = GUARDS["safe"].replace("id: guard", "id: later")
    text = steps(GUARDS["manual"], f"{DANGERS['disruptive']}, rests_on: {rests}}}", last)
    (problem,) = problems(library(tmp_path, wrong=text), "wrong")
    assert said in problem


def test_a_runbook_of_an_older_version_can_still_be_read_from_a_journal(tmp_path: Path) -> None:
    """As it was when a run began: whoever goes on with it is not refused; it rests on all that comes before."""
    text = TEXT.format(id="old", steps=steps(GUARDS["manual"], f"{DANGERS['disruptive']}}}"))
    runbook = load_runbook(Source("the journal", text.encode()), KNOWLEDGE).runbook
    assert [rest.step for rest in rests_of(runbook, runbook.steps[1])] == ["guard"]
    assert rests_of(runbook, runbook.steps[0]) == ()
