"""Long lists as a person reads them."""

from hypothesis import given
from hypothesis import strategies as st

from engine.english import FEW, FIRST, WIDEST, evidence, join_and, listed, shortened

NODES = [f"node{number}" for number in range(100)]


def test_few_are_named_each() -> None:
    assert listed(NODES[:FEW]) == ", ".join(NODES[:FEW])
    assert join_and(["a", "b", "c"]) == "a, b and c"
    assert (listed([]), join_and([]), evidence(())) == ("", "", ())


def test_of_many_the_first_ones_are_named_and_the_others_counted() -> None:
    assert listed(NODES) == f"{', '.join(NODES[:FIRST])} and 92 others"
    assert join_and(NODES) == f"{', '.join(NODES[:FIRST])} and 92 others"
    assert join_and(NODES, "or") == f"{', '.join(NODES[:FIRST])} or 92 others"


def test_lines_that_say_the_same_of_many_places_are_one() -> None:
    lines = [f"{one}: no sign of a master" for one in NODES]
    lines[3] = "node3: luxid runs"
    lines[70] = "node70: does not answer"
    assert evidence(lines) == ("node3: luxid runs", "node70: does not answer", "98 others: no sign of a master")
    assert evidence(lines[:3] + lines[4:70]) == ("all 69: no sign of a master",)


def test_many_that_all_say_something_of_their_own_are_counted() -> None:
    found = evidence([f"{one}: serial {one}" for one in NODES])
    assert found[FIRST:] == ("… and 92 lines like these",)
    found = evidence([f"{one}: serial {number % 30}" for number, one in enumerate(NODES)])
    assert found[-1] == "… and 68 that say 22 other things"


@given(st.lists(st.text(max_size=4), max_size=60), st.booleans())
def test_nothing_is_lost_without_being_counted(words: list[str], wide: bool) -> None:  # noqa: FBT001 - drawn
    lines = [f"{number % 7}: {word}" + ("x" * 2 * WIDEST if wide else "") for number, word in enumerate(words)]
    found = evidence(lines)
    assert len(found) <= max(FEW, FEW + FEW + 2)
    assert all(len(one) <= WIDEST + 40 for one in found)
    assert len(shortened(words)) <= FEW
    if len(lines) <= FEW and not wide:
        assert found == tuple(lines)
