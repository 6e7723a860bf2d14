from __future__ import annotations

import pytest

from tests.benchmarks.__main__ import PAGE, written
from tests.benchmarks.measuring import Measured, NotMeasuredError, by_turns, output
from tests.benchmarks.programs import env
from tests.benchmarks.table import Goal, Row, lines

OTHER = ("other", Measured.of([2.0, 4.0, 3.0]))


def test_a_figure_is_the_median_with_the_least_and_the_most() -> None:
    assert str(Measured.of([0.5, 12.345, 0.04])) == "0.50 s (0.040 to 12.3)"
    assert str(Measured.of([123.4], "MB")) == "123 MB"
    assert str(Measured.of([3, 1, 7], "")) == "3 (1 to 7)"


@pytest.mark.parametrize(
    ("ours", "goal", "reached"),
    [
        ([1.5], Goal(0.5), True),
        ([1.6], Goal(0.5), False),
        ([3.0], Goal(3.0, "value", "s"), True),
        ([3.1], Goal(3.0, "value", "s"), False),
        ([3.1], None, None),
    ],
)
def test_a_goal_is_of_the_figure_or_of_the_ratio_of_the_medians(
    ours: list[float],
    goal: Goal | None,
    reached: bool | None,  # noqa: FBT001
) -> None:
    row = Row("it", Measured.of(ours), OTHER, goal)
    assert row.reached is reached
    assert row.ratio == pytest.approx(ours[0] / 3.0)


def test_what_was_not_measured_reaches_nothing_and_says_why() -> None:
    row = Row("it", goal=Goal(0.5), missing="nobody did")
    assert (row.ratio, row.reached) == (None, None)
    told = "\n".join(lines([row, Row("else", failed=True, missing="there is no ssh")]))
    assert "not measured here" in told
    assert "- it: nobody did" in told
    assert "- else: there is no ssh" in told


def test_the_columns_stand_below_each_other_with_what_is_said_of_each_goal() -> None:
    table = list(lines([Row("it", Measured.of([1.0]), OTHER, Goal(0.25)), Row("something longer", Measured.of([1.0]))]))
    assert {line.count("|") for line in table} == {7}
    assert len({tuple(at for at, one in enumerate(line) if one == "|") for line in table}) == 1
    assert "1 s" in table[2]
    assert "other: 3 s (2 to 4)" in table[2]
    assert "0.33× | ≤0.25× | missed" in table[2]  # noqa: RUF001


def test_contenders_take_turns_and_their_first_time_does_not_count() -> None:
    order: list[str] = []

    def contender(name: str, costs: list[float]) -> float:
        order.append(name)
        return costs[order.count(name) - 1]

    seen = by_turns({"a": lambda: contender("a", [9, 1, 2]), "b": lambda: contender("b", [9, 3, 4])}, 2)
    assert "".join(order) == "ababab"
    assert {name: one.samples for name, one in seen.items()} == {"a": (1, 2), "b": (3, 4)}


def test_a_program_that_fails_is_no_figure(tmp_path: object) -> None:
    with pytest.raises(NotMeasuredError, match="exit code 3: it is broken"):
        output(["sh", "-c", "echo it is broken >&2; exit 3"], env(tmp_path), tmp_path)  # type: ignore[arg-type]
    with pytest.raises(NotMeasuredError, match="no-such-program"):
        output(["no-such-program"], env(tmp_path), tmp_path)  # type: ignore[arg-type]


def test_a_page_has_the_table_between_its_marks_and_keeps_the_rest() -> None:
    page = "before\n<!-- make bench: begin -->\nold\n<!-- make bench: end -->\nafter\n"
    assert written(page, "new") == page.replace("old", "\nnew\n", 1)
    assert written(written(page, "newer"), "new") == written(page, "new")
    assert "new table" in written(PAGE.read_text(encoding="utf-8"), "new table")
    with pytest.raises(ValueError, match="no place"):
        written("before\nafter\n", "new")
