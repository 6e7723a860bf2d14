"""What a good runbook becomes, and what is refused before it is looked into."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.knowledge import Knowledge
from engine.load.document import MOST_VALUES
from engine.load.loader import load_runbook
from engine.load.problems import InvalidRunbookError, Problem
from engine.load.source import LARGEST, Source
from engine.model.step import Ask, Edit, Manual, Run, Wait

ASSETS = Path(__file__).parents[2] / "assets" / "runbooks"
GOOD = (ASSETS / "good.yaml").read_text("utf-8")
BROKEN = (ASSETS / "many-at-once.yaml").read_text("utf-8")


def problems(content: bytes, knowledge: Knowledge) -> list[str]:
    with pytest.raises(InvalidRunbookError) as caught:
        load_runbook(Source("it", content), knowledge)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_runbook_is_loaded_with_its_text_and_its_digest(knowledge: Knowledge) -> None:
    loaded = load_runbook(Source.of(ASSETS / "good.yaml"), knowledge)
    assert loaded.origin == str(ASSETS / "good.yaml")
    assert loaded.text == GOOD
    assert loaded.digest == f"sha256:{sha256(GOOD.encode()).hexdigest()}"
    assert loaded.instead_of == ()
    runbook = loaded.runbook
    assert [type(step) for step in runbook.steps] == [Ask, Run, Wait, Edit, Manual]
    assert list(runbook.facts) == ["the_job", "all", "loose"]
    kill = runbook.steps[1]
    assert isinstance(kill, Run)
    assert kill.run[:2] == ("kill", "-9")
    assert kill.timeout == 300.0
    assert kill.verify is not None
    assert kill.verify.with_ == {"job": "{{ the_job.id }}"}


def test_an_alias_stands_for_what_it_names(knowledge: Knowledge) -> None:
    words = load_runbook(Source.of_text(GOOD), knowledge).runbook.steps[3]
    assert isinstance(words, Edit)
    assert words.rules[2].unset == ("NODED_ARGS", "-9")


def test_a_text_in_no_file_may_have_any_id(knowledge: Knowledge) -> None:
    assert load_runbook(Source.of_text(GOOD.replace("id: good", "id: other")), knowledge).runbook.id == "other"


def test_a_byte_order_mark_is_no_part_of_the_text(knowledge: Knowledge) -> None:
    assert load_runbook(Source("it", b"\xef\xbb\xbf" + GOOD.encode()), knowledge).runbook.id == "good"


def test_windows_line_ends_change_no_position(knowledge: Knowledge) -> None:
    with_returns = BROKEN.replace("\n", "\r\n").encode()
    assert problems(with_returns, knowledge) == problems(BROKEN.encode(), knowledge)


def test_other_encodings_are_refused_at_the_first_byte_that_shows_it(knowledge: Knowledge) -> None:
    content = GOOD.replace("An example.", "Größe").encode("latin-1")
    assert problems(content, knowledge) == ["it:4:12: the file is not UTF-8: byte 0xf6"]


@pytest.mark.parametrize("text", [b"format: 1\nid: \x00", b"format: 1\nid: \x07"])
def test_characters_that_are_no_text_are_refused(text: bytes, knowledge: Knowledge) -> None:
    [problem] = problems(text, knowledge)
    assert problem.startswith("it:2:5: ")
    assert problem.endswith("is not allowed")


def test_a_file_that_is_too_large_is_refused_unread(knowledge: Knowledge, tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    with file.open("wb") as stream:
        stream.truncate(100 * LARGEST)
    source = Source.of(file)
    assert len(source.content) == LARGEST + 1
    with pytest.raises(InvalidRunbookError, match="larger than 1024 KiB"):
        load_runbook(source, knowledge)


def test_aliases_cannot_multiply_a_long_text(knowledge: Knowledge) -> None:
    text = f"x: &x '{'a' * 100_000}'\ny: [{', '.join(['*x'] * 100)}]\n"
    [problem] = problems(text.encode(), knowledge)
    assert problem.endswith("this has too many values once its aliases are written out")


def test_aliases_cannot_multiply_values(knowledge: Knowledge) -> None:
    lists = "".join(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 50)}]\n" for i in range(1, 10))
    [problem] = problems(f"x0: &x0 a\n{lists}".encode(), knowledge)
    assert problem.endswith("this has too many values once its aliases are written out")
    assert MOST_VALUES < 50**9


@pytest.mark.parametrize("bracket", ["[", "{", "- ", "? "])
def test_deep_nesting_is_a_problem_and_no_crash(bracket: str, knowledge: Knowledge) -> None:
    [problem] = problems((bracket * 1000).encode(), knowledge)
    assert "nested too deeply" in problem


def test_a_deeply_nested_expression_is_a_problem_and_no_crash(knowledge: Knowledge) -> None:
    text = GOOD.replace("on: item.name", f"on: {'(' * 3000}item.name{')' * 3000}")
    [problem] = problems(text.encode(), knowledge)
    assert problem.endswith("it is nested too deeply")


def test_what_is_no_file_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.yaml", Path("/dev/null"), Path("x\0y.yaml")):
        with pytest.raises(UsageError) as caught:
            Source.of(path)
        assert caught.value.code == "runbook-unreadable"


WORDS = r"""a: [ ] { } - ? : , & * ! | > ' " % @ ` # {{ }} {% %} &a *a << --- ... %YAML !!binary !!python/x 1e999 .nan
0x 2024-01-01 "\ud800" "\U0fffffff" format: id: steps: run: {{job}} {{a|b(}} {%set"""
FRAGMENTS = st.sampled_from([*WORDS.split(), "\t", "\n", "\n  ", "\u2028", "\ufeff"])


@given(st.text() | st.lists(FRAGMENTS).map(" ".join) | st.lists(FRAGMENTS).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_no_text_raises_anything_else(knowledge: Knowledge, text: str) -> None:
    with pytest.raises(InvalidRunbookError):
        load_runbook(Source.of_text(text), knowledge)


@given(st.binary())
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise_anything_else(knowledge: Knowledge, content: bytes) -> None:
    with pytest.raises(InvalidRunbookError):
        load_runbook(Source("it", content), knowledge)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_runbook_is_loaded_or_its_problems_are_told(knowledge: Knowledge, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([GOOD, BROKEN]))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    damaged = text[:start] + data.draw(FRAGMENTS | st.text(max_size=5)) + text[end:]
    found: tuple[Problem, ...] = ()
    try:
        load_runbook(Source.of_text(damaged), knowledge)
    except InvalidRunbookError as error:
        found = error.problems
    lines = len(damaged.splitlines()) + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in found)
