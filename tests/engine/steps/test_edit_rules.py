"""Editing `KEY="words"` lines: what is not named stays, and what is written means the same to a shell."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StepError
from engine.model.step import EditRule
from engine.steps.edit_rules import apply

FLAGS = ("--no-voting", "--yes-do-it")
ADD = EditRule(add_words={"WCONFD_ARGS": FLAGS, "LUXID_ARGS": FLAGS})
REMOVE = EditRule(remove_words={"WCONFD_ARGS": FLAGS, "LUXID_ARGS": FLAGS})

DEFAULTS = """# Default arguments for Ganeti daemons
NODED_ARGS=""
RAPI_ARGS="-b 127.0.0.1 --require-authentication"
WCONFD_ARGS="-d"
LUXID_ARGS=""
"""


def changed(text: str, *rules: EditRule) -> str:
    return apply(rules, text, lambda template: template)


def test_flags_are_added_to_what_stands_there() -> None:
    after = changed(DEFAULTS, ADD)
    assert 'WCONFD_ARGS="-d --no-voting --yes-do-it"\n' in after
    assert 'LUXID_ARGS="--no-voting --yes-do-it"\n' in after
    assert 'RAPI_ARGS="-b 127.0.0.1 --require-authentication"\n' in after


def test_adding_twice_changes_nothing_the_second_time() -> None:
    assert changed(changed(DEFAULTS, ADD), ADD) == changed(DEFAULTS, ADD)


def test_taking_out_what_was_added_gives_the_old_file() -> None:
    assert changed(changed(DEFAULTS, ADD), REMOVE) == DEFAULTS


def test_a_missing_line_is_added_also_without_a_last_newline() -> None:
    assert changed("NODED_ARGS=x", ADD) == (
        'NODED_ARGS=x\nWCONFD_ARGS="--no-voting --yes-do-it"\nLUXID_ARGS="--no-voting --yes-do-it"\n'
    )


def test_removing_from_a_file_without_the_line_changes_nothing() -> None:
    assert changed("NODED_ARGS=x\n", REMOVE) == "NODED_ARGS=x\n"


@given(st.text(), st.text())
def test_the_whole_content_takes_the_place_of_any_other(before: str, after: str) -> None:
    made = changed(before, EditRule(content=after))
    assert made in {after, f"{after}\n"}
    assert changed(made, EditRule(content=after)) == made


def test_a_commented_line_is_not_the_line() -> None:
    after = changed('#LUXID_ARGS="-d"\n', EditRule(add_words={"LUXID_ARGS": ("--no-voting",)}))
    assert after == '#LUXID_ARGS="-d"\nLUXID_ARGS="--no-voting"\n'


def test_of_two_lines_the_last_one_counts_and_is_changed() -> None:
    after = changed('LUXID_ARGS="a"\nLUXID_ARGS="b"\n', EditRule(add_words={"LUXID_ARGS": ("c",)}))
    assert after == 'LUXID_ARGS="a"\nLUXID_ARGS="b c"\n'


@pytest.mark.parametrize("line", ['X="$HOME"', "X=`id`", 'X="a', "X=a b", 'X="a\\"b"'])
def test_a_line_with_more_of_the_shell_is_left_alone(line: str) -> None:
    with pytest.raises(StepError) as error:
        changed(f"{line}\n", EditRule(add_words={"X": ("new",)}))
    assert error.value.code == "edit-unsafe"


def test_a_value_that_would_become_syntax_is_refused() -> None:
    with pytest.raises(StepError):
        changed('X=""\n', EditRule(add_words={"X": ("$(reboot)",)}))


def test_whole_values_and_lines() -> None:
    assert changed('X="a"\n', EditRule(set={"X": "b c"})) == 'X="b c"\n'
    assert changed('X="a"\nY=1\n', EditRule(unset=("X",))) == "Y=1\n"
    assert changed("a\n", EditRule(ensure_line="drbd")) == "a\ndrbd\n"
    assert changed("a\ndrbd\n", EditRule(ensure_line="drbd")) == "a\ndrbd\n"
    assert changed("a\ndrbd\nb\n", EditRule(remove_line="drbd")) == "a\nb\n"


words = st.text(alphabet="abcXYZ0129-_=/.,:+@%", min_size=1, max_size=12)


@given(have=st.lists(words, max_size=4, unique=True), new=st.lists(words, min_size=1, max_size=3, unique=True))
def test_a_shell_reads_what_was_written(have: list[str], new: list[str]) -> None:
    text = f'BEFORE=1\nX="{" ".join(have)}"\nAFTER=2\n'
    after = changed(text, EditRule(add_words={"X": tuple(new)}))
    script = f'{after}\nprintf "%s|%s|%s" "$BEFORE" "$X" "$AFTER"'
    out = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert out == f"1|{' '.join([*have, *(word for word in new if word not in have)])}|2"


@given(st.text(), st.lists(words, min_size=1, max_size=2))
def test_arbitrary_files_are_changed_or_refused_and_other_lines_stay(text: str, new: list[str]) -> None:
    try:
        after = changed(text, EditRule(add_words={"X": tuple(new)}))
    except StepError:
        return
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(("X=", "export"))]
    assert all(line in after.splitlines() for line in kept)
