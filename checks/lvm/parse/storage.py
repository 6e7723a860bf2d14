"""Logical volumes with their tags, and volume groups with their extents (`lvs`, `vgs`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from checks.look.errors import ParseError
from checks.look.grammar import LVM

TAG = r"[A-Za-z0-9_+.\-/=!:&#]{1,1024}"
"""What LVM allows in a tag (lvm(8), TAGS)."""
VOLUME = re.compile(rf" *({LVM}):({LVM}):(\d{{1,20}}):((?:{TAG})(?:,{TAG})*)?", re.ASCII)
GROUP = re.compile(rf" *({LVM}):([1-9]\d{{0,19}}):(\d{{1,20}})", re.ASCII)

Found = TypeVar("Found")


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


def parse_tagged(text: str) -> Mapping[str, Tagged]:
    """By `group/name`: `lvs --separator=: --units=b --nosuffix -o vg_name,lv_name,lv_size,lv_tags`.

    Raises:
        ParseError: a line is of another form.
    """

    def volume(line: str) -> tuple[str, Tagged] | None:
        match = VOLUME.fullmatch(line)
        if match is None:
            return None
        group, name, size, tags = match.groups()
        return f"{group}/{name}", Tagged(group, name, int(size), tuple(tags.split(",")) if tags else ())

    return _lines(text, volume, "lvs", "not a volume with its size and its tags")


def parse_extents(text: str) -> Mapping[str, GroupExtents]:
    """By name: `vgs --separator=: --units=b --nosuffix -o vg_name,vg_extent_size,vg_free`.

    Raises:
        ParseError: a line is of another form.
    """

    def group(line: str) -> tuple[str, GroupExtents] | None:
        match = GROUP.fullmatch(line)
        return None if match is None else (match[1], GroupExtents(match[1], int(match[2]), int(match[3])))

    return _lines(text, group, "vgs", "not a volume group with its extents")


def _lines(
    text: str, understand: Callable[[str], tuple[str, Found] | None], source: str, why: str
) -> Mapping[str, Found]:
    found: dict[str, Found] = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        one = understand(line.rstrip())
        if one is None:
            raise ParseError(source, why, line=line)
        found[one[0]] = one[1]
    return found
