"""The device mapper's devices: which of them let nothing through (`dmsetup info`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.parse.errors import ParseError

SOURCE = "dmsetup info"
NONE = "No devices found"
LINE = re.compile(r" *([^\s:]{1,512}):(Active|Suspended|None|)", re.ASCII)


def mapper_name(volume: str) -> str:
    """How the device mapper names the volume `group/name`: dashes in either are doubled (lvm2, dm_build_dm_name)."""
    group, _slash, name = volume.partition("/")
    return f"{group.replace('-', '--')}-{name.replace('-', '--')}"


def parse_mapper(text: str) -> Mapping[str, bool]:
    """Whether each device is suspended, by name: `dmsetup info -c --noheadings --separator : -o name,suspended`.

    Raises:
        ParseError: a line is of another form.
    """
    found: dict[str, bool] = {}
    for line in text.split("\n"):
        if not line.strip() or line.strip() == NONE:
            continue
        match = LINE.fullmatch(line.rstrip())
        if match is None:
            raise ParseError(SOURCE, "not a device and its state", line=line)
        found[match[1]] = match[2] == "Suspended"
    return found
