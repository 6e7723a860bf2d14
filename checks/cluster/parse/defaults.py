"""/etc/default/ganeti: `KEY="words"` lines, sourced by the SysV script and read by systemd."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from checks.look.output import ParseError

ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
SOURCE = "/etc/default/ganeti"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The values set in the file; a later line replaces an earlier one."""

    values: Mapping[str, str]

    def words(self, key: str) -> tuple[str, ...]:
        return tuple(self.values.get(key, "").split())


def parse_defaults(text: str) -> Defaults:
    """Read a defaults file.

    Raises:
        ParseError: a line is more than an assignment of fixed words: only running it would tell its meaning.
    """
    values = {}
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = ASSIGNMENT.fullmatch(line)
        if match is None:
            raise ParseError(SOURCE, 'not a line of the form KEY="words"', line=line)
        key, value = match.groups()
        values[key] = _words(value, line)
    return Defaults(values)


def _words(value: str, line: str) -> str:
    try:
        words = shlex.split(value, comments=True)
    except ValueError as error:
        raise ParseError(SOURCE, "a quote is not closed on its line", line=line) from error
    if len(words) > 1 or (words and value[:1].isspace()):
        raise ParseError(SOURCE, "several words without quotes around them", line=line)
    if any(mark in value for mark in "$`"):
        raise ParseError(SOURCE, "the value is computed by the shell", line=line)
    return words[0] if words else ""
