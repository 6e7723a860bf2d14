"""What is suggested can be typed: each runbook is there, and takes the parameters that it is suggested with."""

import ast
from collections.abc import Iterator

import pytest

from tests.checks.diagnosis.sources import called
from tests.rehearsals.rehearsal import SHOP


def suggestions() -> Iterator[tuple[str, frozenset[str]]]:
    """Each runbook that the rules suggest, with the parameters that they fill in."""
    for call in called("suggest"):
        (runbook, *_note), given = call.args, frozenset(each.arg or "" for each in call.keywords)
        assert isinstance(runbook, ast.Constant), ast.unparse(call)
        yield str(runbook.value), given


SUGGESTED = sorted({(runbook, tuple(sorted(given))) for runbook, given in suggestions()})


@pytest.mark.parametrize(("runbook", "given"), SUGGESTED)
def test_a_suggested_runbook_is_there_and_takes_these_parameters(runbook: str, given: tuple[str, ...]) -> None:
    parameters = SHOP.library.load(runbook).runbook.parameters
    needed = {each for each, one in parameters.items() if one.default is None}
    assert needed <= set(given) <= set(parameters)


def test_most_runbooks_are_suggested() -> None:
    assert len({runbook for runbook, _given in SUGGESTED}) > len(SHOP.library.ids()) // 2


def test_no_rule_makes_a_suggestion_of_its_own() -> None:
    assert len(list(called("Suggestion"))) == 1
