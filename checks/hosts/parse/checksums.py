"""Checksums of files (`sha256sum`), and where symbolic links lead (`find -printf`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.look.output import rows

LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
ESCAPED = re.compile(r"\\([\\nr])")
MEANING = {"\\": "\\", "n": "\n", "r": "\r"}
LINK = re.compile(r"(/[^\t]*)\t(.*)", re.DOTALL)


def parse_checksums(text: str) -> Mapping[str, str]:
    """Each path with its checksum; a leading backslash says that the path is escaped (coreutils, md5sum invocation).

    Raises:
        ParseError: a line is of another form.
    """
    found = {}
    for match in rows(text, LINE, "sha256sum", "not a checksum and a path"):
        escaped, checksum, path = match.groups()
        found[ESCAPED.sub(lambda one: MEANING[one[1]], path) if escaped else path] = checksum
    return found


def parse_links(text: str) -> Mapping[str, str]:
    r"""Each link with where it leads: `find … -type l -printf '%p\t%l\n'`.

    Raises:
        ParseError: a line without a tab.
    """
    return {match[1]: match[2] for match in rows(text, LINK, "find", "not a link and where it leads")}
