"""Block devices: what there is (`lsblk --pairs`), and whose marks stand on one (`wipefs`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.look.output import ParseError, rows

PAIR = re.compile(r'([A-Z_:-]{1,32})="((?:[^"\\\n]|\\x[0-9a-f]{2})*)"')
LSBLK, WIPEFS = "lsblk", "wipefs"
HEADING = re.compile(r"#.*", re.DOTALL)
MARK = re.compile(r"0x[0-9a-f]{1,16},[^,\n]*,[^,\n]*,([^,\n]+)")


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A block device.

    Attributes:
        path: such as /dev/sdb.
        kind: such as disk, part or lvm.
        size: in bytes.
        mounted: where, or `[SWAP]`; empty if nowhere.
        holds: what lsblk takes its content for, such as ext4 or LVM2_member; empty if nothing, or unknown.
        parent: the device it is a part of; empty if none.
    """

    path: str
    kind: str
    size: int
    mounted: str
    holds: str
    parent: str


def parse_lsblk(text: str) -> tuple[BlockDevice, ...]:
    """Read `lsblk --pairs --bytes --paths --output=NAME,TYPE,SIZE,MOUNTPOINT,FSTYPE,PKNAME`.

    Raises:
        ParseError: a line lacks one of these, or its size is no number.
    """
    found = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        pairs = dict(PAIR.findall(line))
        try:
            size = pairs["SIZE"]
            if not (size.isascii() and size.isdecimal() and len(size) < 20):  # noqa: PLR2004 - digits of 2**64
                raise ParseError(LSBLK, "not a size in bytes", line=line)
            device = BlockDevice(
                pairs["NAME"], pairs["TYPE"], int(size), pairs["MOUNTPOINT"], pairs["FSTYPE"], pairs["PKNAME"]
            )
        except KeyError as error:
            raise ParseError(LSBLK, f"no {error.args[0]} in it", line=line) from error
        found.append(device)
    return tuple(found)


def parse_wipefs(text: str) -> tuple[str, ...]:
    """The kinds of what is marked on a device, such as ext4 or dos: `wipefs --no-act --parsable`.

    Raises:
        ParseError: a line is of another form.
    """
    found = rows(text, MARK, WIPEFS, "not an offset, an id, a label and a type", passed_over=HEADING)
    return tuple(dict.fromkeys(match[1] for match in found))
