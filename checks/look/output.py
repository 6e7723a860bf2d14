"""What programs print, taken apart: a record a line, lines behind their file's path; the one error of all parsers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.errors import FactError

SHOWN = 200
"""Characters of an offending line that are shown."""


class ParseError(FactError):
    """Text from a host is not of the form it should have.

    Attributes:
        line: what was not understood, shortened; empty where the text may hold secrets.
    """

    code = "not-understood"

    def __init__(self, source: str, why: str, *, line: str = "", hint: str = "", code: str | None = None) -> None:
        self.line = line if len(line) <= SHOWN else line[:SHOWN] + "…"
        shown = f"{why}: {self.line!r}" if self.line else why
        super().__init__(
            f"{source} is not as expected.",
            why=shown,
            hint=hint or "Look at it on the host: it may be damaged, or of a version this tool does not know.",
            code=code,
        )


def rows(
    text: str, form: re.Pattern[str], source: str, wrong: str, passed_over: re.Pattern[str] | None = None
) -> Iterator[re.Match[str]]:
    """Each line that is not blank, as its form has it. Only newlines end a line; blanks at its end are a part of it.

    Args:
        text: all that was printed.
        form: what a whole line looks like.
        source: the program, as an error names it.
        wrong: what a line is not, where it is of another form.
        passed_over: lines of this form are left out.

    Raises:
        ParseError: a line is of another form.
    """
    for line in text.split("\n"):
        if not line.strip() or (passed_over is not None and passed_over.fullmatch(line)):
            continue
        match = form.fullmatch(line)
        if match is None:
            raise ParseError(source, wrong, line=line)
        yield match


def split_files(text: str, prefix: str) -> Mapping[str, str]:
    """The content of each file whose path begins with the prefix, by the rest of its path.

    Files elsewhere are left out. Only newlines end a line; a last one is not kept.

    Raises:
        ParseError: a line without a path, as grep prints for a binary file.
    """
    files: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if not line:
            continue
        path, colon, content = line.partition(":")
        if not colon or not path.startswith("/"):
            raise ParseError(f"A file below {prefix.rpartition('/')[0]}", "a line without a path", line=path)
        if path.startswith(prefix):
            files.setdefault(path.removeprefix(prefix), []).append(content)
    return {name: "\n".join(lines) for name, lines in files.items()}
