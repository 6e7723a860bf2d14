"""The house: what stands where, so that whoever looks for something finds it. The floors are import-linter's."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from engine.cli.commands import COMMANDS

ROOT = Path(__file__).parents[1]
FILES = sorted(path for room in ("engine", "checks") for path in (ROOT / room).rglob("*.py"))
SUBJECTS = ("cluster", "jobs", "instances", "lvm", "drbd", "ssh", "hosts")
ROOMS = {"parse", "facts", "checks", "rules"}
BESIDE = {"drbd": {"states"}, "jobs": {"step", "following"}}
"""What a subject has besides: the states that all of DRBD's rooms speak of, the step `job`."""
GUIDE = (ROOT / "docs" / "contributing.md").read_text()
EXAMPLE = re.findall(r"^\| `([^`]+)` \| [^|]+ \| `([^`]+)` \|$", GUIDE, re.MULTILINE)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_no_two_classes_share_a_name() -> None:
    rooms = defaultdict(list)
    for path in FILES:
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                rooms[node.name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in rooms.items() if len(where) > 1} == {}


def test_no_import_is_hidden_from_who_runs_it() -> None:
    hidden = [str(path.relative_to(ROOT)) for path in FILES if "TYPE_CHECKING" in path.read_text()]
    assert hidden == []


def test_each_command_has_a_file_of_its_name() -> None:
    files = {path.stem for path in (ROOT / "engine" / "cli").glob("*.py")}
    assert set(COMMANDS) <= files


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_subject_has_the_same_rooms(subject: str) -> None:
    inside = {
        path.stem for path in (ROOT / "checks" / subject).iterdir() if path.name not in {"__init__.py", "__pycache__"}
    }
    assert inside <= ROOMS | BESIDE.get(subject, set())
    assert {"parse", "facts", "checks"} <= inside


def test_no_file_is_empty() -> None:
    empty = [
        str(path.relative_to(ROOT))
        for path in FILES
        if path.name not in {"__init__.py", "__main__.py"}
        and all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom) for node in _tree(path).body)
    ]
    assert empty == []


def test_the_example_of_an_incident_is_what_is_there() -> None:
    assert len(EXAMPLE) == 11
    for name, word in EXAMPLE:
        assert word in (ROOT / name).read_text(), (name, word)


def test_what_the_guide_names_is_there() -> None:
    named = [one for one in re.findall(r"`([a-z]+/[\w./-]+)`", GUIDE) if not one.startswith(("parse/", "facts/"))]
    assert len(named) > 30
    assert [one for one in named if not (ROOT / one).exists()] == []
