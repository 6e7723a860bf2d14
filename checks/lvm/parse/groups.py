"""Volume groups (`vgs`) and what they are made of (`pvs`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.look.grammar import LVM
from checks.look.rows import rows

GROUP = re.compile(rf" *({LVM}):(\d{{1,20}}):(\d{{1,20}})\s*", re.ASCII)
MEMBER = re.compile(rf" *(/[^:\s]+|\[?unknown[^:]*):((?:{LVM})?)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """A volume group; sizes in bytes."""

    name: str
    size: int
    free: int


def parse_groups(text: str) -> Mapping[str, VolumeGroup]:
    """Read `vgs --noheadings --nosuffix --units=b --separator=: --options=vg_name,vg_size,vg_free`.

    Raises:
        ParseError: a line is of another form.
    """
    found = (match.groups() for match in rows(text, GROUP, "vgs", "not a volume group with its size"))
    return {name: VolumeGroup(name, int(size), int(free)) for name, size, free in found}


def parse_members(text: str) -> Mapping[str, str]:
    """The volume group of each physical volume; empty for one in none. A device that is missing is left out.

    Args:
        text: of `pvs --noheadings --separator=: --options=pv_name,vg_name`.

    Raises:
        ParseError: a line is of another form.
    """
    found = rows(text, MEMBER, "pvs", "not a device and its volume group")
    return {match[1]: match[2] for match in found if match[1].startswith("/")}
