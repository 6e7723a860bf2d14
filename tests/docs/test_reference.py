"""The reference tables name all there is, and nothing that is not."""

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from engine.errors import RunbookError
from engine.exits import Exit
from engine.journal.events import KINDS
from engine.run import interrupts
from engine.settings import Settings
from tests.docs.generated import DOCS, ROOT

CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""Ours have small letters; Ganeti's own, which the embedded cluster prints, have capitals."""

SHAPES = {"Precondition"}
"""Classes whose `code` is not that of an error."""


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def first_column(page: str) -> list[str]:
    """What stands in backticks in the first column of the tables of a page."""
    return re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)


def sections(page: str, level: str) -> dict[str, str]:
    """The parts of a page by their headings."""
    heads, *rest = re.split(rf"^{level} (.+)$", page, flags=re.MULTILINE)
    assert heads is not None
    return dict(zip(rest[::2], rest[1::2], strict=True))


def codes_in(path: Path) -> set[str]:
    """The codes of errors in a file: class attributes, and arguments of calls."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            values = [one.value for one in node.body if isinstance(one, ast.Assign) and _names(one.targets[0], "code")]
        elif isinstance(node, ast.Call) and not any(_names(node.func, shape) for shape in SHAPES):
            values = [one.value for one in node.keywords if one.arg == "code"]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            # Several names are given values at once, one of them the code.
            named = [_names(one, "code") for one in node.targets[0].elts]
            values = [one for one, is_code in zip(getattr(node.value, "elts", []), named, strict=False) if is_code]
        else:
            continue
        found |= {one.value for one in values if isinstance(one, ast.Constant) and CODE.fullmatch(str(one.value))}
    return found


def _names(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def test_every_code_of_an_error_is_explained_once_and_no_other() -> None:
    files = [path for floor in ("engine", "checks") for path in (ROOT / floor).rglob("*.py")]
    codes = set().union(*map(codes_in, files)) | {code for code, _ in interrupts._WORDS.values()}
    told = first_column(text("errors.md"))
    assert sorted(set(told)) == sorted(told)
    assert set(told) == codes


def test_codes_are_found_wherever_they_may_stand(tmp_path: Path) -> None:
    lines = ["class A(E):", '    code = "one"', 'raise A("x", code="two")', 'what, code = "x", "three"']
    lines += ['Precondition(code="no")', 'what, code = "x", "EINVAL"', 'B(code=code, coder="no")']
    path = tmp_path / "source.py"
    path.write_text("\n".join(lines))
    assert codes_in(path) == {"one", "two", "three"}


def _classes(of: type[RunbookError]) -> set[type[RunbookError]]:
    return {of, *(one for child in of.__subclasses__() for one in _classes(child))}


def test_the_exit_code_of_each_class_of_errors_is_as_explained() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (\d) \|", text("errors.md"), re.MULTILINE))
    for one in _classes(RunbookError) - {RunbookError}:
        if one.__module__.startswith(("engine.", "checks.")):
            assert rows[one.code] == str(int(one.exit)), one


def test_every_setting_is_in_the_table() -> None:
    table = sections(text("settings.md"), "##")["Where they are set"]
    assert "config.toml" in table
    settings = text("settings.md").split("\n## ", 1)[0]
    assert first_column(settings) == [one.name for one in dataclasses.fields(Settings)]


def test_the_example_of_settings_can_be_used() -> None:
    import tomllib  # noqa: PLC0415 - of this test alone

    block = re.search(r"```toml\n(.*?)```", text("settings.md"), re.DOTALL)
    assert block is not None
    assert tomllib.loads(block[1]).keys() <= {one.name for one in dataclasses.fields(Settings)}


def test_every_exit_code_is_in_the_table() -> None:
    rows = re.findall(r"^\| (\d) \| (\w+) \|", text("exit-codes.md"), re.MULTILINE)
    assert rows == [(str(int(one)), one.name) for one in Exit]


def test_every_kind_of_line_of_the_journal_is_told() -> None:
    kinds = sections(sections(text("journal.md"), "##")["Kinds of lines"], "###")
    assert [one.strip("`") for one in kinds] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_line_of_the_journal_is_told(kind: str) -> None:
    kinds = sections(sections(text("journal.md"), "##")["Kinds of lines"], "###")
    assert first_column(kinds[f"`{kind}`"]) == [one.name for one in dataclasses.fields(KINDS[kind])]
