"""What is suggested can be typed: each runbook is there, and takes the parameters that it is suggested with."""

import re
from pathlib import Path

import pytest

from checks.diagnosis.suggest import SUGGESTED, suggest
from tests.rehearsals.rehearsal import SHOP

ROOT = Path(__file__).resolve().parents[3]
RULES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "checks/diagnosis").glob("*.py")}


@pytest.mark.parametrize("name", SUGGESTED)
def test_a_suggested_runbook_is_there_and_takes_these_parameters(name: str) -> None:
    parameters = SHOP.library.load(name).runbook.parameters
    assert set(SUGGESTED[name]) <= set(parameters)
    needed = {each for each, given in parameters.items() if given.default is None}
    assert needed <= set(SUGGESTED[name])


@pytest.mark.parametrize("name", sorted(set(RULES) - {"suggest.py"}))
def test_no_rule_makes_a_suggestion_of_its_own(name: str) -> None:
    assert not re.search(r"\bSuggestion\(", RULES[name])


def test_the_list_names_what_the_rules_suggest_and_nothing_else() -> None:
    assert set(SUGGESTED) == set(re.findall(r'\bsuggest\(\s*"([a-z-]+)"', "".join(RULES.values())))


def test_a_parameter_that_is_forgotten_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="old_master"):
        suggest("master-failover-return", node="x")
