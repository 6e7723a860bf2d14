"""What programs print one record a line: the shape that most of their output has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.look.errors import ParseError


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
