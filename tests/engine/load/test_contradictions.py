"""Lint refuses runbooks that say two things of one step, or of one command."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.knowledge import Knowledge, Verdict
from engine.load.contradictions import contradictions
from engine.load.library import Library
from engine.packs import Pack

TEXT = """\
format: 1
id: {id}
title: An example
summary: An example.
steps:
{steps}
"""
STEP = "  - {{id: {id}, title: One, run: [{run}], on: \"'x'\", effect: {effect}, confirm: x, undo: {undo}{more}}}"


def step(
    run: str = "lamp", effect: str = "reversible", undo: str = "by hand", more: str = "", name: str = "one"
) -> str:
    return STEP.format(id=name, run=run, effect=effect, undo=undo, more=more)


def found(tmp_path: Path, **steps: str) -> list[str]:
    for name, text in steps.items():
        (tmp_path / f"{name}.yaml").write_text(TEXT.format(id=name, steps=text))
    loaded, broken = Library([Pack(name="lab", runbooks=tmp_path)]).load_all()
    assert not broken
    return [
        f"{Path(one.origin).stem}:{problem.line} {problem.message}"
        for one in contradictions(loaded)
        for problem in one.problems
    ]


@pytest.mark.parametrize(
    ("effect", "undo", "said"),
    [
        ("reversible", "none", "'reversible' says that it can be taken back, 'undo' that it cannot"),
        ("reversible", '"none: it is gone"', "'reversible' says that it can be taken back, 'undo' that it cannot"),
        ("safe", "none", "'safe' says that it can be taken back, 'undo' that it cannot"),
        ("destructive", "nothing to undo; it is done", "'destructive' says that something is lost"),
        ("destructive", "none needed", "'destructive' says that something is lost"),
        ("disruptive", "nothing to undo", "'disruptive' says that something is interrupted"),
        ("disruptive", "none needed", "'disruptive' says that something is interrupted"),
        ("reversible", "none needed", ""),
        ("reversible", "nothing to undo", ""),
        ("disruptive", "nothing to undo; the daemons run again", ""),
        ("disruptive", "none", ""),
        ("destructive", "none", ""),
        ("safe", "nothing to undo", ""),
        ("reversible", "{run: [lamp, off]}", ""),
    ],
)
def test_an_effect_and_its_undo_cannot_both_be_true(tmp_path: Path, effect: str, undo: str, said: str) -> None:
    problems = found(tmp_path, one=step(effect=effect, undo=undo))
    assert [said in one for one in problems] == ([True] if said else [])


def test_the_same_command_has_one_effect_whatever_it_is_about(tmp_path: Path) -> None:
    problems = found(
        tmp_path,
        asks=step('lamp, pause, 12h, "{{ run.id }}"'),
        tells=step('lamp, pause, 15m, "{{ run.runbook }}"', effect="safe", name="two"),
    )
    assert [one.partition("; if")[0] for one in problems] == [
        "asks:6 the same command is 'safe' in tells, step two",
        "tells:6 the same command is 'reversible' in asks, step one",
    ]


LAB = Knowledge(checks={"lab.lit": lambda _context, *, lamp: Verdict(holds=None, summary=lamp)})


@pytest.mark.parametrize(
    ("section", "other", "contrary"),
    [
        ("preconditions", "{check: lab.lit, with: {lamp: hall}, holds: false, code: b}", True),
        ("preconditions", "{check: lab.lit, with: {lamp: hall}, holds: true, code: b}", False),
        ("preconditions", "{check: lab.lit, with: {lamp: attic}, holds: false, code: b}", False),
        ("postconditions", "{check: lab.lit, with: {lamp: hall}, holds: false}", True),
    ],
)
def test_a_check_and_its_opposite_cannot_both_hold(tmp_path: Path, section: str, other: str, *, contrary: bool) -> None:
    code = ", code: a" if section == "preconditions" else ""
    both = f"{section}:\n  - {{check: lab.lit, with: {{lamp: hall}}{code}}}\n  - {other}\nsteps:"
    (tmp_path / "one.yaml").write_text(TEXT.format(id="one", steps=step()).replace("steps:", both))
    loaded, broken = Library([Pack(name="lab", runbooks=tmp_path, checks=LAB.checks)]).load_all()
    assert not broken
    found = [(problem.line, problem.message) for one in contradictions(loaded) for problem in one.problems]
    assert found == ([(7, "'lab.lit' has to hold here and not to hold: that can never be")] if contrary else [])


def test_what_is_held_counts_as_well(tmp_path: Path) -> None:
    held = "  - {id: it, title: It, hold: [lamp, pause, 1h], release: [lamp, on], on: \"'x'\"}"
    text = TEXT.format(id="holds", steps=step("walk")).replace("steps:", f"meanwhile:\n{held}\nsteps:")
    (tmp_path / "holds.yaml").write_text(text)
    assert len(found(tmp_path, tells=step("lamp, pause, 15m", effect="safe"))) == 2


def test_giving_back_what_an_earlier_step_took_is_safe(tmp_path: Path) -> None:
    taking = step("lamp, pause, 1h", undo="{run: [lamp, on]}")
    giving = step("lamp, on", effect="safe", undo="{run: [lamp, pause, 1h], effect: reversible}", name="two")
    asked = step("lamp, on")
    assert found(tmp_path, gives=f"{taking}\n{giving}", asks=asked) == []
    # Not the other way round: what a later step takes back is not approved yet.
    assert len(found(tmp_path, gives=f"{giving}\n{taking}", asks=asked)) == 2


def test_another_effect_needs_a_reason(tmp_path: Path) -> None:
    excused = step(effect="disruptive", more=", unlike_elsewhere: somebody reads by it here")
    assert found(tmp_path, one=step(), other=excused) == []
    assert len(found(tmp_path, one=step(), other=step(effect="disruptive"))) == 2
