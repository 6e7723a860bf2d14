"""Findings in order: nothing lost, causes before consequences, and no claim that goes too far."""

from hypothesis import given
from hypothesis import strategies as st

from engine.findings import Diagnosis, Finding, Subject, Suggestion, Unknown, ranked

KEYS = st.sampled_from("abcdefg")


def finding(key: str, weight: int = 1, explained_by: tuple[str, ...] = (), runbook: str = "") -> Finding:
    suggestion = Suggestion(runbook) if runbook else None
    return Finding("code", key, (Subject("thing", key),), (), weight, suggestion, "", key, explained_by)


@given(st.dictionaries(KEYS, st.tuples(st.integers(0, 9), st.lists(KEYS).map(tuple))))
def test_each_finding_is_there_once_right_behind_its_cause(made: dict[str, tuple[int, tuple[str, ...]]]) -> None:
    found = ranked(finding(key, weight, causes) for key, (weight, causes) in made.items())
    assert sorted(one.key for one in found) == sorted(made)
    seen: list[str] = []
    for one in found:
        assert set(one.explained_by) <= {*seen}
        assert set(one.explained_by) <= {*made[one.key][1]}
        seen.append(one.key)
    weights = [one.weight for one in found if not one.explained_by]
    assert weights == sorted(weights, reverse=True)


def test_the_first_explanation_that_is_there_counts() -> None:
    found = ranked([finding("a", 1), finding("b", 2), finding("c", 9, ("x", "a", "b"))])
    assert [(one.key, one.explained_by) for one in found] == [("b", ()), ("a", ()), ("c", ("a",))]


def test_runbooks_for_causes_come_before_those_for_consequences_each_once() -> None:
    found = ranked([
        finding("a", 5, runbook="first"),
        finding("b", 9),
        finding("c", 8, ("b",), runbook="third"),
        finding("d", 3, runbook="second"),
        finding("e", 1, runbook="first"),
    ])  # fmt: skip
    told = Diagnosis(found, (), ("h",), ())
    assert ([one.runbook for one in told.suggestions], told.again) == (["first", "second", "third"], False)


def test_a_runbook_for_a_consequence_waits_for_that_of_its_cause() -> None:
    found = ranked([
        finding("a", 5, runbook="first"),
        finding("b", 9, ("a",)),
        finding("c", 8, ("b",), runbook="second"),
        finding("d", 1, runbook="third"),
    ])  # fmt: skip
    told = Diagnosis(found, (), ("h",), ())
    assert ([one.runbook for one in told.suggestions], told.again) == (["first", "third"], True)


def test_what_is_typed_is_quoted() -> None:
    assert Suggestion("x", {"name": "a b;c"}).command == "gnt-runbook run x 'name=a b;c'"


def test_all_well_only_if_everything_was_looked_at() -> None:
    assert Diagnosis((), (), ("h",), ()).all_well
    assert not Diagnosis((), (Unknown("what", "why"),), ("h",), ()).all_well
    assert not Diagnosis((), (), ("h",), ("i",)).all_well
    assert not Diagnosis((finding("a"),), (), ("h",), ()).all_well
