"""Logical volumes, volume groups and what they are made of (`lvs`, `vgs`, `pvs`), as rows with colons between."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.look.grammar import LVM
from checks.look.output import rows

_NUMBER = r"(\d{1,20})"
_TAG = r"[A-Za-z0-9_+.\-/=!:&#]{1,1024}"
"""What LVM allows in a tag (lvm(8), TAGS)."""


def _row(*columns: str) -> re.Pattern[str]:
    return re.compile(rf" *{':'.join(columns)}\s*", re.ASCII)


SIZED = _row(f"({LVM})", f"({LVM})", _NUMBER, _NUMBER)
TAGGED = _row(f"({LVM})", f"({LVM})", _NUMBER, f"((?:{_TAG})(?:,{_TAG})*)?")
GROUP = _row(f"({LVM})", _NUMBER, _NUMBER)
EXTENTS = _row(f"({LVM})", r"([1-9]\d{0,19})", _NUMBER)
MEMBER = _row(r"(/[^:\s]+|\[?unknown[^:]*)", f"((?:{LVM})?)")


@dataclass(frozen=True, slots=True)
class Volume:
    """A logical volume.

    Attributes:
        size: in bytes.
        free: bytes that are free in its volume group.
    """

    group: str
    name: str
    size: int
    free: int


@dataclass(frozen=True, slots=True)
class Tagged:
    """A logical volume.

    Attributes:
        size: in bytes.
        tags: in the order LVM tells them.
    """

    group: str
    name: str
    size: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """A volume group; sizes in bytes."""

    name: str
    size: int
    free: int


@dataclass(frozen=True, slots=True)
class GroupExtents:
    """A volume group.

    Attributes:
        extent: the size of one extent in bytes; every volume is a whole number of them.
        free: bytes that are in no volume.
    """

    name: str
    extent: int
    free: int

    @property
    def free_extents(self) -> int:
        """How many whole extents are in no volume."""
        return self.free // self.extent

    def extents(self, size: int) -> int:
        """How many extents a volume of so many bytes takes."""
        return -(-size // self.extent)


def parse_volumes(text: str) -> Mapping[str, Volume]:
    """The volumes by `group/name`: `lvs --separator=: --units=b --nosuffix -o vg_name,lv_name,lv_size,vg_free`.

    Raises:
        ParseError: a line is of another form.
    """
    found = (match.groups() for match in rows(text, SIZED, "lvs", "not a volume with its size"))
    return {f"{group}/{name}": Volume(group, name, int(size), int(free)) for group, name, size, free in found}


def parse_tagged(text: str) -> Mapping[str, Tagged]:
    """By `group/name`: `lvs --separator=: --units=b --nosuffix -o vg_name,lv_name,lv_size,lv_tags`.

    Raises:
        ParseError: a line is of another form.
    """
    found = (match.groups() for match in rows(text, TAGGED, "lvs", "not a volume with its size and its tags"))
    return {
        f"{group}/{name}": Tagged(group, name, int(size), tuple(tags.split(",")) if tags else ())
        for group, name, size, tags in found
    }


def parse_groups(text: str) -> Mapping[str, VolumeGroup]:
    """By name: `vgs --noheadings --nosuffix --units=b --separator=: --options=vg_name,vg_size,vg_free`.

    Raises:
        ParseError: a line is of another form.
    """
    found = (match.groups() for match in rows(text, GROUP, "vgs", "not a volume group with its size"))
    return {name: VolumeGroup(name, int(size), int(free)) for name, size, free in found}


def parse_extents(text: str) -> Mapping[str, GroupExtents]:
    """By name: `vgs --separator=: --units=b --nosuffix -o vg_name,vg_extent_size,vg_free`.

    Raises:
        ParseError: a line is of another form.
    """
    found = (match.groups() for match in rows(text, EXTENTS, "vgs", "not a volume group with its extents"))
    return {name: GroupExtents(name, int(extent), int(free)) for name, extent, free in found}


def parse_members(text: str) -> Mapping[str, str]:
    """The volume group of each physical volume; empty for one in none. A device that is missing is left out.

    Args:
        text: of `pvs --noheadings --separator=: --options=pv_name,vg_name`.

    Raises:
        ParseError: a line is of another form.
    """
    found = rows(text, MEMBER, "pvs", "not a device and its volume group")
    return {match[1]: match[2] for match in found if match[1].startswith("/")}
