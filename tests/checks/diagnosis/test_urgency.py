"""One table says how urgent a finding is: it has each code that a rule can yield, each case, and nothing else."""

import re
from itertools import chain
from pathlib import Path

import pytest

from checks.look.rule import MOST_COUNTED, finding, job
from checks.look.urgency import URGENCY
from tests.checks.diagnosis.sources import SOURCES, called, texts

DOCS = Path(__file__).resolve().parents[3] / "docs"
CODES = {one.partition(", ")[0] for one in URGENCY}
CASES = {one.partition(", ")[2] for one in URGENCY} - {""}


def test_each_code_of_a_finding_has_its_place() -> None:
    said = set(chain.from_iterable(texts(one.args[0]) for one in chain(called("finding"), called("Ailment"))))
    assert len(said) > 50
    assert said <= CODES


def test_nothing_in_the_table_is_a_code_that_no_rule_yields() -> None:
    rules = set(chain.from_iterable(texts(tree) for path, tree in SOURCES.items() if "urgency" not in path))
    assert rules >= CODES


def test_the_cases_are_those_that_rules_tell_apart() -> None:
    cases = [each.value for one in called("finding") for each in one.keywords if each.arg == "case"]
    assert set(chain.from_iterable(map(texts, cases))) - {""} == CASES


def test_the_documentation_names_each_code() -> None:
    table = (DOCS / "diagnose.md").read_text("utf-8").partition("| Codes | About |")[2]
    assert set(re.findall(r"`([a-z-]+)`", table)) == CODES


def test_the_table_is_read_from_above() -> None:
    assert list(URGENCY.values()) == sorted(URGENCY.values(), reverse=True)


@pytest.mark.parametrize(("held_up", "more"), [(0, 0), (3, 3), (10_000, MOST_COUNTED)])
def test_what_holds_others_up_is_a_little_more_urgent(held_up: int, more: int) -> None:
    found = finding("job-hangs", "It hangs.", job(1), evidence=(), held_up=held_up)
    assert found.weight == URGENCY["job-hangs"] + more
    assert found.weight < URGENCY["disk-stuck"]


def test_a_code_without_a_place_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        finding("no-such-code", "It is.", evidence=())
