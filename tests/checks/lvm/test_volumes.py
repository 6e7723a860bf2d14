"""dmsetup and lvs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.look.output import ParseError
from checks.lvm.parse.mapper import mapper_name, parse_mapper
from checks.lvm.parse.volumes import Volume, parse_volumes

NAMES = st.from_regex(r"[a-z0-9+_][a-z0-9+_.-]{0,39}", fullmatch=True)
META = "b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_meta"
SIZES = st.integers(0, 2**63)


@given(st.dictionaries(NAMES, st.booleans()))
def test_devices_are_read_back(devices: dict[str, bool]) -> None:
    text = "".join(f"{name}:{'Suspended' if suspended else 'Active'}\n" for name, suspended in devices.items())
    assert parse_mapper(text) == devices


@given(st.lists(st.builds(Volume, NAMES, NAMES, SIZES, SIZES), unique_by=lambda one: (one.group, one.name)))
def test_volumes_are_read_back(volumes: list[Volume]) -> None:
    text = "".join(f"  {one.group}:{one.name}:{one.size}:{one.free}\n" for one in volumes)
    assert parse_volumes(text) == {f"{one.group}/{one.name}": one for one in volumes}


def test_names_of_the_device_mapper() -> None:
    assert mapper_name(f"vg0/{META}") == "vg0-b7a2c794--18fb--46a8--aaff--9c8c78f42756.disk0_meta"
    assert mapper_name("my-vg/a") == "my--vg-a"
    assert parse_mapper("No devices found\n") == {}


@given(NAMES, NAMES, NAMES, NAMES)
def test_no_two_volumes_have_one_name_there(group: str, name: str, other_group: str, other: str) -> None:
    # LVM allows no name that begins or ends in a dash where that would make them alike.
    if not any(one.startswith("-") or one.endswith("-") for one in (group, name, other_group, other)):
        same = (group, name) == (other_group, other)
        assert (mapper_name(f"{group}/{name}") == mapper_name(f"{other_group}/{other}")) is same


@pytest.mark.parametrize("line", ["x", "a:Asleep", "a b:Active"])
def test_what_is_no_device(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_mapper(f"ok:Active\n{line}\n")
    assert caught.value.line == line


@pytest.mark.parametrize("line", ["x", "  vg0:a:64m:1", "  vg0:a:1", "WARNING: something"])
def test_what_is_no_volume(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_volumes(f"  vg0:a:1:2\n{line}\n")
    assert caught.value.line == line
