from __future__ import annotations

from pathlib import Path

import pytest

from engine.load.library import Library
from engine.load.problems import InvalidRunbookError
from engine.packs import Pack

TEXT = """\
format: 1
id: {id}
title: An example
summary: An example.
parameters:
  node: {{type: str, help: The node}}
  size: {{type: int, help: The size, default: "1"}}
steps:
{steps}
"""
PLAIN = "  - {id: one, title: One, manual: Do it., effect: safe, undo: none}"


def library(tmp_path: Path, **steps: str) -> Library:
    for name, text in steps.items():
        (tmp_path / f"{name}.yaml").write_text(TEXT.format(id=name, steps=text))
    return Library([Pack(name="lab", runbooks=tmp_path)])


def problems(found: Library, name: str) -> list[str]:
    with pytest.raises(InvalidRunbookError) as raised:
        found.load(name)
    return [f"{one.line}:{one.column} {one.message}" for one in raised.value.problems]


def test_a_right_call_is_loaded(tmp_path: Path) -> None:
    found = library(tmp_path, outer='  - {id: a, title: A, call: inner, with: {node: "{{ node }}"}}', inner=PLAIN)
    assert found.load("outer").runbook.steps[0].id == "a"


def test_a_call_is_checked_against_what_it_calls(tmp_path: Path) -> None:
    found = library(
        tmp_path,
        gone="  - {id: a, title: A, call: nowhere}",
        wrong="  - {id: a, title: A, call: inner, with: {nod: x}}",
        less="  - {id: a, title: A, call: inner, with: {size: x}}",
        inner=PLAIN,
    )
    assert problems(found, "gone") == ["9:29 there is no runbook 'nowhere'"]
    assert problems(found, "wrong") == [
        "9:42 'inner' needs the parameter 'node'",
        "9:43 'inner' has no parameter 'nod', did you mean 'node'?",
    ]
    assert problems(found, "less") == ["9:42 'inner' needs the parameter 'node'"]


def test_a_circle_is_found(tmp_path: Path) -> None:
    call = "  - {{id: a, title: A, call: {}, with: {{node: x}}}}".format
    found = library(tmp_path, one=call("two"), two=call("three"), three=call("one"), other=call("two"))
    assert problems(found, "one") == ["9:29 this would never end: one calls two calls three calls one"]
    assert found.load("other").runbook.id == "other"


def test_a_runbook_that_is_called_and_broken_is_told_as_itself(tmp_path: Path) -> None:
    found = library(tmp_path, outer="  - {id: a, title: A, call: inner, with: {node: x}}", inner="  - {id: one}")
    with pytest.raises(InvalidRunbookError) as raised:
        found.load("outer")
    assert all(problem.file.endswith("inner.yaml") for problem in raised.value.problems)


NAMING = """\
format: 1
id: {id}
title: An example
summary: An example.
parameters:
  node: {{type: str, help: The node}}
  pin: {{type: str, help: A number, secret: true}}
preconditions:
  - {{code: fits, that: "node != ''", else: It does not fit., {rest}}}
steps:
  - {{id: one, title: One, manual: Do it., effect: safe, undo: none}}
"""


def named(tmp_path: Path, rest: str) -> list[str]:
    (tmp_path / "naming.yaml").write_text(NAMING.format(id="naming", rest=rest))
    found = library(tmp_path, inner=PLAIN)
    try:
        found.load("naming")
    except InvalidRunbookError as error:
        return [one.message for one in error.problems]
    return []


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ('instead: {with: {node: "{{ node }}"}}', ""),
        ('instead: {runbook: inner, with: {node: "{{ node }}"}}, if_forced: It breaks.', ""),
        ("instead: {with: {nod: x}}", "there is no parameter 'nod', did you mean 'node'?"),
        ("instead: {with: {pin: x}}", "'pin' is secret; its value is shown nowhere"),
        ("instead: {runbook: nowhere}", "there is no runbook 'nowhere'"),
        ("instead: {runbook: inner, with: {nod: x, node: y}}", "'inner' has no parameter 'nod', did you mean 'node'?"),
        ("instead: {runbook: inner}", "'inner' needs the parameter 'node'"),
        ("instead: {}", "'instead' needs 'with': other values for this runbook; or 'runbook': another one"),
        ("forcible: false, if_forced: x", "'if_forced' belongs to what can be forced; this has 'forcible: false'"),
        ('instead: {with: {node: "{{ nobody }}"}}', "unknown name 'nobody'"),
    ],
)
def test_what_a_precondition_names_instead_is_checked(tmp_path: Path, rest: str, problem: str) -> None:
    found = named(tmp_path, rest)
    assert found == [] if not problem else any(problem in one for one in found), found
