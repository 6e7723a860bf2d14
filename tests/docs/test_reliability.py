"""What the tests of faults keep becomes the page on reliability, and a page that says anything else is found."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests import reliability
from tests.reliability import Row, differences, kept, page, record, told, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reliability, "KEPT", tmp_path)
    return tmp_path


CUT = Row("links", "The link is cut", 3, 0, 0, "That it waits.")


def test_parts_of_a_fault_are_added_up_and_the_latest_of_a_part_counts(folder: Path) -> None:
    seen = {"seen": CUT.seen, "proof": "links"}
    record(CUT.fault, tried=7, lost=1, twice=1, part="a", **seen)
    record(CUT.fault, tried=1, lost=0, twice=0, part="a", **seen)
    record(CUT.fault, tried=2, lost=0, twice=0, part="b", **seen)
    assert kept(folder) == [CUT]


def test_parts_that_saw_different_things_are_refused(folder: Path) -> None:
    for seen in ("this", "that"):
        record(CUT.fault, tried=1, lost=0, twice=0, seen=seen, part=seen, proof="links")
    with pytest.raises(ValueError, match="two things"):
        kept(folder)


def test_rows_come_back_and_are_on_the_page(tmp_path: Path) -> None:
    write([CUT], tmp_path / "rows.json")
    assert told(tmp_path / "rows.json") == [CUT]
    assert "| The link is cut | 3 | nothing | nothing | That it waits. |" in page([CUT])


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([], "not tried, and on the page: The link is cut"),
        ([Row("links", "The link is cut", 2, 0, 0, "That it waits.")], "seen was 2 tried"),
        ([Row("links", "The link is cut", 3, 1, 0, "That it waits.")], "1 lost and 0 twice of 3"),
        ([Row("links", "The link is cut", 3, 0, 1, "That it waits.")], "0 lost and 1 twice of 3"),
        ([Row("links", "The link is cut", 3, 0, 0, "Nothing.")], "seen was 3 tried, 0 lost, 0 twice, 'Nothing.'"),
        ([CUT, Row("crash", "A kill", 1, 0, 0, "That it waits.")], "tried, and not on the page: A kill"),
    ],
)
def test_whatever_the_page_does_not_say_is_found(seen: list[Row], why: str) -> None:
    assert any(why in one for one in differences(seen, [CUT]))


@pytest.mark.parametrize("tried", [3, 4])
def test_a_page_that_says_no_more_than_that_is_true(tried: int) -> None:
    assert differences([replace(CUT, tried=tried)], [CUT]) == []


def test_all_that_is_told_was_survived() -> None:
    for row in told():
        assert row.tried > 0
        assert row.lost == row.twice == 0
        assert row.seen.endswith(".")
