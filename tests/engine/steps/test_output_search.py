"""What a command printed is searched line by line, and given up when it takes too long."""

import subprocess

import pytest

from engine.steps import output_search
from engine.steps.output_search import WIDTH, found_in


def test_the_first_match_in_any_line_of_any_stream() -> None:
    assert found_in("err[a-z]*", "all well\nan error é\n", "errors") == "error"
    assert found_in("^two$", "one\ntwo\nthree", "") == "two"
    assert found_in("one.*two", "one\n two", "") is None
    assert found_in("x", "", "") is None


@pytest.mark.parametrize("before", [0, 1, WIDTH // 2 - 3, WIDTH - 3, WIDTH, 5 * WIDTH // 2 - 3, 7 * WIDTH])
def test_it_is_found_wherever_it_stands_in_a_long_line(before: int) -> None:
    assert found_in("needle", f"{'x' * before}needle{'x' * 3 * WIDTH}") == "needle"
    assert found_in("needle", f"{'x' * before}needle") == "needle"


def test_an_expression_that_takes_for_ever_is_given_up_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the loader had overlooked it."""
    monkeypatch.setattr(output_search, "SECONDS", 1.0)
    started = []
    real = subprocess.Popen.__init__

    def noted(self: "subprocess.Popen[str]", *args: object, **keys: object) -> None:
        started.append(self)
        real(self, *args, **keys)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    with pytest.raises(TimeoutError, match="did not end within 1 s"):
        found_in("(a+)+b", "a" * 60)
    assert [one.poll() is not None for one in started] == [True]
