"""Checksums of files (`sha256sum`), and where symbolic links lead (`find -printf`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.parse.errors import ParseError

LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
ESCAPED = re.compile(r"\\([\\nr])")
MEANING = {"\\": "\\", "n": "\n", "r": "\r"}
ARROW = "\t"


def parse_checksums(text: str) -> Mapping[str, str]:
    """Each path with its checksum; a leading backslash says that the path is escaped (coreutils, md5sum invocation).

    Raises:
        ParseError: a line is of another form.
    """
    found = {}
    for line in text.split("\n"):
        if not line:
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise ParseError("sha256sum", "not a checksum and a path", line=line)
        escaped, checksum, path = match.groups()
        found[ESCAPED.sub(lambda one: MEANING[one[1]], path) if escaped else path] = checksum
    return found


def parse_links(text: str) -> Mapping[str, str]:
    r"""Each link with where it leads: `find … -type l -printf '%p\t%l\n'`.

    Raises:
        ParseError: a line without a tab.
    """
    found = {}
    for line in text.split("\n"):
        if not line:
            continue
        path, arrow, target = line.partition(ARROW)
        if not (arrow and path.startswith("/")):
            raise ParseError("find", "not a link and where it leads", line=line)
        found[path] = target
    return found
