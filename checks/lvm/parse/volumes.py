"""Logical volumes with their sizes, and what is free beside them (`lvs`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.look.errors import ParseError
from checks.look.grammar import LVM

SOURCE = "lvs"
LINE = re.compile(rf" *({LVM}):({LVM}):(\d{{1,20}}):(\d{{1,20}})", re.ASCII)


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


def parse_volumes(text: str) -> Mapping[str, Volume]:
    """The volumes by `group/name`: `lvs --separator=: --units=b --nosuffix -o vg_name,lv_name,lv_size,vg_free`.

    Raises:
        ParseError: a line is of another form.
    """
    found: dict[str, Volume] = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = LINE.fullmatch(line.rstrip())
        if match is None:
            raise ParseError(SOURCE, "not a volume with its size", line=line)
        group, name, size, free = match.groups()
        found[f"{group}/{name}"] = Volume(group, name, int(size), int(free))
    return found
