"""lvs with tags, and vgs with extents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.look.output import ParseError
from checks.lvm.parse.volumes import GroupExtents, Tagged, parse_extents, parse_tagged

NAMES = st.from_regex(r"[a-z0-9+_][a-z0-9+_.-]{0,39}", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_+.\-/=!:&#]{1,60}", fullmatch=True)
SIZES = st.integers(0, 2**63)
VOLUMES = st.builds(Tagged, NAMES, NAMES, SIZES, st.lists(TAGS, max_size=4).map(tuple))


@given(st.lists(VOLUMES, unique_by=lambda one: (one.group, one.name)))
def test_volumes_are_read_back_with_their_tags(volumes: list[Tagged]) -> None:
    text = "".join(f"  {one.group}:{one.name}:{one.size}:{','.join(one.tags)}\n" for one in volumes)
    assert parse_tagged(text) == {f"{one.group}/{one.name}": one for one in volumes}


@given(st.lists(st.builds(GroupExtents, NAMES, st.integers(1, 2**40), SIZES), unique_by=lambda one: one.name))
def test_groups_are_read_back(groups: list[GroupExtents]) -> None:
    text = "".join(f"  {one.name}:{one.extent}:{one.free}\n" for one in groups)
    assert parse_extents(text) == {one.name: one for one in groups}


@given(st.integers(1, 2**50), st.integers(1, 2**32))
def test_extents_are_the_fewest_that_hold_it(size: int, extent: int) -> None:
    count = GroupExtents("vg0", extent, 0).extents(size)
    assert (count - 1) * extent < size <= count * extent


@pytest.mark.parametrize("line", ["x", "  vg0:a:64m:", "  vg0:a:1", "  vg0:a:1:a b", "  WARNING: something"])
def test_what_is_no_volume(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_tagged(f"  vg0:a:1:x,y\n{line}\n")
    assert caught.value.line == line


@pytest.mark.parametrize("line", ["x", "  vg0:4m:1", "  vg0:0:1", "  vg0:4194304", "  vg0:4194304:1:2"])
def test_what_is_no_group(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_extents(f"  vg0:4194304:12\n{line}\n")
    assert caught.value.line == line
