"""What is worked out of the answers of a moment is worked out once: the rule for all facts and all parsers."""

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.cluster.facts.masters import claims
from checks.look.commands import DATE
from checks.look.nodes import understood
from checks.look.numbers import parse_seconds
from engine.knowledge import Context
from tests.checks.diagnosis.clinic import ONE, TWO, patient

CHECKS = Path(__file__).parents[3] / "checks"
PLAIN = {"str", "int", "bool", "Host", "Read"}
"""What tells one question from another, whole: of nothing in it a part does not count."""
LOOKS = {"host", "hosts", "look", "answer", "understood", "content", "error_of"}
"""What only asks the reader, which remembers by itself."""
OF_WORDS = {"parse_address", "parse_repair_tags", "parse_pattern", "parse_port"}
"""Parsers of a word or two."""


def _files(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Those of these rooms of all subjects, and of what all subjects need."""
    for file in sorted(CHECKS.rglob("*.py")):
        subject, *inside = file.relative_to(CHECKS).with_suffix("").parts
        if subject == "look" or (inside and subject != "world" and inside[0] in rooms):
            yield str(file.relative_to(CHECKS)), ast.parse(file.read_text(encoding="utf-8"))


def test_every_fact_is_remembered_whose_arguments_are_plain() -> None:
    seen = 0
    for name, module in _files("facts"):
        for one in module.body:
            if not isinstance(one, ast.FunctionDef) or [each.arg for each in one.args.args[:1]] != ["context"]:
                continue
            others = [*one.args.args[1:], *one.args.kwonlyargs]
            plain = all(each.annotation is not None and ast.unparse(each.annotation) in PLAIN for each in others)
            remembered = "remembered" in [ast.unparse(each) for each in one.decorator_list]
            if not one.name.startswith("_") and one.name not in LOOKS:
                assert remembered == plain, f"{name}: {one.name}"
                seen += 1
            assert plain or not remembered, f"{name}: {one.name}"
    assert seen > 60


def test_every_parser_is_asked_through_the_memory() -> None:
    seen = 0
    for name, module in _files("facts", "checks", "rules"):
        for one in ast.walk(module):
            if isinstance(one, ast.Call):
                called = ast.unparse(one.func)
                assert not called.startswith("parse_") or called in OF_WORDS, f"{name}: {called}"
                seen += called == "context.remember"
    assert seen > 50


_parsed: list[str] = []


def _counted(text: str) -> int:
    _parsed.append(text)
    return parse_seconds(text, "date")


def test_another_moment_remembers_nothing_of_this_one() -> None:
    ill = patient("healthy")
    context = ill.context()
    later = Context(context.reader.moment(), context.site, context.clock)
    _parsed.clear()
    first, believed = understood(context, context.site.hosts[TWO], DATE, _counted), claims(context)
    ill.waits(60).happens("power-off hwhost-1")
    assert understood(context, context.site.hosts[TWO], DATE, _counted) == first
    assert claims(context) is believed
    assert believed.acting == ONE
    assert len(_parsed) == 1
    again = understood(later, context.site.hosts[TWO], DATE, _counted)
    assert again is not None
    assert first is not None
    assert again >= first + 60
    assert claims(later).acting is None
