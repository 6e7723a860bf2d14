"""The one error of all parsers."""

from __future__ import annotations

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
