"""LVM's configuration files and the patterns in them: read as LVM reads them, changed in one place only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lvm.parse.filters import accepted
from checks.lvm.parse.lvm_conf import LvmConf, parse_lvm_conf

NAME = "devices/global_filter"
JESSIE = """\
devices {
    # By default we accept every block device:
    # filter = [ "a/.*/" ]
    filter = [ "a/.*/" ]  # as it came
    preferred_names = [ ]
    cache_file_prefix = ""
    types = [ "fd", 16 ]
}
activation {
    thin_check_options = [ "-q", "--clear-needs-check-flag" ]
}
"""
BOOKWORM = """\
config {
	checks = 1
}
devices {
	dir = "/dev"
	# filter = [ "a|.*|" ]
}
allocation/maximise_cling = 1
"""


def read(text: str) -> LvmConf:
    return parse_lvm_conf(text, "lvm.conf")


def test_settings_have_their_section_and_comments_are_none() -> None:
    found = read(JESSIE)
    setting = found.get("devices/filter")
    assert setting is not None
    assert setting.values == ("a/.*/",)
    assert [one.values for one in found.settings] == [
        ("a/.*/",), (), ("",), ("fd", "16"), ("-q", "--clear-needs-check-flag"),
    ]  # fmt: skip
    assert read(BOOKWORM).get("devices/filter") is None
    assert read(BOOKWORM).get("allocation/maximise_cling") is not None


@pytest.mark.parametrize(
    "text", ["", JESSIE, BOOKWORM, "local {\n}", JESSIE + 'devices {\n\tglobal_filter="a|.*|"\n}\n']
)
def test_an_array_is_set_and_nothing_else_is_touched(text: str) -> None:
    after = read(text).with_array(NAME, ("r|^/dev/drbd|", "a|.*|"))
    found = read(after)
    setting = found.get(NAME)
    assert setting is not None
    assert setting.values == ("r|^/dev/drbd|", "a|.*|")
    others = [(one.name, one.values) for one in found.settings if one.name != NAME]
    assert others == [(one.name, one.values) for one in read(text).settings if one.name != NAME]
    kept = [line for line in text.splitlines() if "global_filter" not in line]
    assert [line for line in after.splitlines() if line in kept][: len(kept)] == kept
    assert found.with_array(NAME, setting.values) == after


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.sampled_from(["", JESSIE, BOOKWORM]))
def test_any_values_come_back_as_they_were_written(values: list[str], text: str) -> None:
    setting = read(read(text).with_array(NAME, tuple(values))).get(NAME)
    assert setting is not None
    assert setting.values == tuple(values)


@pytest.mark.parametrize(
    ("patterns", "scanned"),
    [
        ((), True),
        (("a|.*|",), True),
        (("r|/dev/cdrom|", "r|/dev/drbd[0-9]+|"), False),
        (("r|^/dev/drbd|", "a|.*|"), False),
        (("a|.*|", "r|^/dev/drbd|"), True),
        (("a|^/dev/ubd|", "r|.*|"), False),
        (("a/.*/",), True),
        (("r(^/dev/drbd)", "a{.*}"), False),
        (("r|^/dev/drbd[[0-9]|",), False),
    ],
)
def test_the_first_pattern_that_matches_decides(patterns: tuple[str, ...], scanned: bool) -> None:  # noqa: FBT001
    assert accepted(patterns, "/dev/drbd0") is scanned
    assert accepted(("r|^/dev/drbd|", *patterns), "/dev/drbd0") is False
    assert accepted(("r|^/dev/drbd|", *patterns), "/dev/sda1") is accepted(patterns, "/dev/sda1")
