"""Every way of being wrong once: tests/assets/runbooks/*.yaml say themselves what is to be found in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.exits import Exit
from engine.knowledge import Knowledge
from engine.load.loader import load_runbook
from engine.load.problems import InvalidRunbookError, Problem
from engine.load.source import Source

ASSETS = Path(__file__).parents[2] / "assets" / "runbooks"
FILES = sorted(ASSETS.glob("*.yaml"))
EXPECT = re.compile(r"^# expect: (\d+):(\d+) (.+)$", re.MULTILINE)


def expected(file: Path) -> list[str]:
    return [f"{line}:{column} {message}" for line, column, message in EXPECT.findall(file.read_text("utf-8"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_wrong_is_found_where_it_stands(file: Path, knowledge: Knowledge) -> None:
    found: tuple[Problem, ...] = ()
    try:
        load_runbook(Source.of(file), knowledge)
    except InvalidRunbookError as error:
        found = error.problems
        assert all(problem.file == str(file) for problem in found)
    assert [f"{problem.line}:{problem.column} {problem.message}" for problem in found] == expected(file)


def test_the_files_are_there_and_only_one_of_them_is_right() -> None:
    assert len(FILES) > 100
    assert [file.stem for file in FILES if not expected(file)] == ["good"]


def test_the_error_lists_every_problem_for_the_operator(knowledge: Knowledge) -> None:
    file = ASSETS / "many-at-once.yaml"
    with pytest.raises(InvalidRunbookError) as caught:
        load_runbook(Source.of(file), knowledge)
    error = caught.value
    assert error.code == "runbook-invalid"
    assert error.exit is Exit.USAGE
    assert len(error.problems) > 20
    assert f"{len(error.problems)} problems" in error.what
    assert error.why.splitlines() == [str(problem) for problem in error.problems]
    assert error.why.startswith(f"{file}:")
