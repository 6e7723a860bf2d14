"""The device mapper's devices: which of them let nothing through (`dmsetup info`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.look.output import rows

SOURCE = "dmsetup info"
NONE = re.compile(r"\s*No devices found\s*")
LINE = re.compile(r" *([^\s:]{1,512}):(Active|Suspended|None|)\s*", re.ASCII)


def mapper_name(volume: str) -> str:
    """How the device mapper names the volume `group/name`: dashes in either are doubled (lvm2, dm_build_dm_name)."""
    group, _slash, name = volume.partition("/")
    return f"{group.replace('-', '--')}-{name.replace('-', '--')}"


def parse_mapper(text: str) -> Mapping[str, bool]:
    """Whether each device is suspended, by name: `dmsetup info -c --noheadings --separator : -o name,suspended`.

    Raises:
        ParseError: a line is of another form.
    """
    found = rows(text, LINE, SOURCE, "not a device and its state", passed_over=NONE)
    return {match[1]: match[2] == "Suspended" for match in found}
