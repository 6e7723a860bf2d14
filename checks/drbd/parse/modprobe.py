"""What modprobe gives a module: `options` lines of /etc/modprobe.d, each with its file (modprobe.d(5))."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.look.output import ParseError

_LINE = re.compile(r"(/[^:\n]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OptionsLine:
    """One `options` line.

    Attributes:
        values: each parameter with its value; the last one of a line counts.
    """

    path: str
    module: str
    values: Mapping[str, str]


def parse_options(text: str) -> tuple[OptionsLine, ...]:
    """Read what `grep -H` found; a line that is no `options` line is left out.

    Raises:
        ParseError: a line without the name of its file before it.
    """
    found = []
    for line in text.split("\n"):
        if not line:
            continue
        named = _LINE.fullmatch(line)
        if named is None:
            raise ParseError("grep of /etc/modprobe.d", "a line without its file", line=line)
        match = _options(named[2])
        if match is not None:
            found.append(OptionsLine(named[1], *match))
    return tuple(found)


def _options(line: str) -> tuple[str, dict[str, str]] | None:
    """The module of an `options` line, and what it is given."""
    match line.split(maxsplit=2):
        case ["options", module]:
            return module, {}
        case ["options", module, values]:
            return module, values_of(values)
    return None


def values_of(words: str) -> dict[str, str]:
    """`minor_count=128 usermode_helper=/bin/true` as a mapping."""
    return {key: value for key, _, value in (word.partition("=") for word in words.split())}


def with_options(text: str, module: str, wanted: Mapping[str, str]) -> str:
    """The text of a file with these options of a module in one line; its other options and all other lines stay."""
    lines = text.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if _is_about(line, module)]
    have: dict[str, str] = {}
    for number in at:
        match = _options(lines[number])
        have.update(match[1] if match else {})
    if at and all(have.get(key) == value for key, value in wanted.items()):
        return text
    words = " ".join(f"{key}={value}" if value else key for key, value in {**have, **wanted}.items())
    line = f"options {module} {words}\n"
    if not at:
        return text + ("" if not text or text.endswith("\n") else "\n") + line
    kept = [each for number, each in enumerate(lines) if number not in at[1:]]
    kept[at[0]] = line
    return "".join(kept)


def _is_about(line: str, module: str) -> bool:
    match = _options(line)
    return match is not None and match[0] == module
