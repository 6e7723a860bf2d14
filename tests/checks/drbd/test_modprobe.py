"""The options of a module: read from all files, written into one line, all else left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.drbd.parse.modprobe import parse_options, with_options

WANTED = {"minor_count": "128", "usermode_helper": "/bin/true"}
WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789_/.-", min_size=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "options drbd minor_count=128 usermode_helper=/bin/true\n"),
        ("# mine", "# mine\noptions drbd minor_count=128 usermode_helper=/bin/true\n"),
        (
            "options drbd minor_count=8\nblacklist x\noptions drbd disable_sendpage=1\n",
            "options drbd minor_count=128 disable_sendpage=1 usermode_helper=/bin/true\nblacklist x\n",
        ),
        ("options drbd_x a=1\n", "options drbd_x a=1\noptions drbd minor_count=128 usermode_helper=/bin/true\n"),
    ],
)
def test_options_are_put_into_one_line(before: str, after: str) -> None:
    assert with_options(before, "drbd", WANTED) == after


@given(st.dictionaries(WORD, WORD), st.dictionaries(WORD, WORD, min_size=1), st.lists(WORD))
def test_others_stay_and_doing_it_twice_changes_nothing(
    have: dict[str, str], wanted: dict[str, str], rest: list[str]
) -> None:
    lines = "".join(f"install {word} true\n" for word in rest)
    before = f"{lines}options drbd {' '.join(f'{key}={value}' for key, value in have.items())}\n"
    after = with_options(before, "drbd", wanted)
    named = "".join(f"/etc/modprobe.d/drbd.conf:{line}\n" for line in after.splitlines())
    (found,) = parse_options(named)
    assert found.values == {**have, **wanted}
    assert after.startswith(lines)
    assert with_options(after, "drbd", wanted) == after
