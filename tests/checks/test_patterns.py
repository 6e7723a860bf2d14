"""Every regular expression of the program, by its form: none takes longer than what it is looked for in is long.

Counted is what the expression can try, not time: see `engine.patterns`.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import checks
import engine
from engine.hosts.reads import NAME
from engine.patterns import analysed
from engine.redaction.arguments import _WORD
from engine.template.words import PLAIN

ROOT = Path(__file__).resolve().parents[2]
LOOKED_FOR = {"search", "sub", "subn", "findall", "finditer", "split"}
"""Ways of looking from every character on."""
TRIED = LOOKED_FOR | {"match", "fullmatch"}

REVIEWED = {
    r"(\d+) ?(.*)": "the last part takes anything, so that nothing is tried twice",
    r"(\d{1,9}(?:\.\d{1,9})*)(.*)": "likewise",
    r"version: (\d{1,4})\.(\d{1,4})\S*.*": "likewise",
    r"( *)(- +)?([^\s:-][^:]*):(?: +(.*))?": "likewise",
    r"(\S*/)?(ps|sh|bash|env|sudo|timeout|sshd:?|systemd)( .*)?|\[.*\]|\(sd-pam\)": "one repetition, and a known end",
    r"os_?params.*|.*_private|.*_secret|.*osparams.*": "one repetition, and known letters behind it",
    r"/etc/ssh/ssh_host_[a-z0-9]+_key|.*/\.ssh/id_[a-z0-9]+": "likewise",
    r"(.+)_replaced-(\d{9,11})": "likewise",
    r".*(?:sync'ed|verified): *(\d{1,3}(?:\.\d{1,6})?)%.*": "one repetition, and known letters behind it",
    r" .*\boos:(\d{1,18})(?: .*)?": "likewise",
    r"/[A-Za-z0-9._+:@=-]+\.(\d{8}-\d{6})-[a-z0-9-]+-[0-9a-f]{4})": "what is between two / or . is tried once",
    r"^(.*?) \S+ kernel: ": "each run between two blanks is tried once",
}
"""Repetitions that share characters with what follows them, and why that costs no more than the text is long."""

UNTRIED = {
    PLAIN.pattern: "what looks ahead tries each character once; the rest is one repetition",
    NAME.pattern: "likewise",
    _WORD.pattern: "nothing has to follow it, so that no second way is tried",
}
"""Those of which the form alone does not tell that they are harmless, and why they are."""


@cache
def patterns() -> dict[tuple[str, int], str]:
    """Each compiled expression that is kept in a module, and each that is written where it is used; with its place."""
    found: dict[tuple[str, int], str] = {}
    for package in (engine, checks):
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if one.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(one.name)).items():
                if isinstance(value, re.Pattern):
                    text = value.pattern if isinstance(value.pattern, str) else value.pattern.decode()
                    found.setdefault((text, value.flags & ~re.UNICODE), f"{one.name}.{name}")
    for path, call in calls():
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "re" and call.func.attr in TRIED:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.setdefault((first.value, 0), f"{path}:{call.lineno}")
    return found


@cache
def calls() -> list[tuple[Path, ast.Call]]:
    return list(_calls())


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    for folder in ("engine", "checks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield path.relative_to(ROOT), node


@cache
def searched() -> set[str]:
    """The expressions that are looked for from every character on: by name within their module, or as they stand."""
    found = set()
    for path, call in calls():
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in LOOKED_FOR:
            continue
        owner = call.func.value
        first = call.args[0] if call.args else None
        if isinstance(owner, ast.Name) and owner.id == "re" and isinstance(first, ast.Constant):
            found.add(str(first.value))
        elif isinstance(owner, ast.Name):
            module = importlib.import_module(".".join(path.with_suffix("").parts))
            value = getattr(module, owner.id, None)
            if isinstance(value, re.Pattern):
                found.add(str(value.pattern))
    return found


@pytest.mark.parametrize(("text", "flags"), patterns(), ids=patterns().values())
def test_no_expression_tries_more_than_its_text_is_long(text: str, flags: int) -> None:
    found = analysed(text, flags)
    assert not found.doubling or text in UNTRIED
    assert not found.refers
    assert found.choices <= 12
    assert found.endless == 0 or any(text.endswith(one) for one in REVIEWED)


def test_no_search_begins_with_a_repetition_without_bound() -> None:
    """It would try the same run of characters anew from each of them."""
    found = [text for text, flags in patterns() if text in searched() and analysed(text, flags).leading]
    assert found == [], "\n".join(found)


def test_all_that_was_reviewed_is_still_there() -> None:
    assert [one for one in REVIEWED if not any(text.endswith(one) for text, _flags in patterns())] == []
