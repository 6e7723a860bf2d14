"""Lines as text on a terminal: harmless, indented, and coloured where colour is wanted."""

from __future__ import annotations

import re
import textwrap

import typer

from engine.operator.interface import Line, Style

_COLOURS: dict[Style, dict[str, object]] = {
    Style.HEADING: {"bold": True},
    Style.COMMAND: {"fg": "cyan"},
    Style.OUTPUT: {"dim": True},
    Style.GOOD: {"fg": "green"},
    Style.BAD: {"fg": "red", "bold": True},
    Style.UNSURE: {"fg": "yellow"},
    Style.WARNING: {"fg": "yellow", "bold": True},
    Style.FAINT: {"dim": True},
}

_MARKS = {
    Style.COMMAND: "    $ ",
    Style.OUTPUT: "    | ",
    Style.DIFF: "    ",
    Style.GOOD: "  ok   ",
    Style.BAD: "  FAIL ",
    Style.UNSURE: "  ?    ",
    Style.WARNING: "  !    ",
}

_WRAPPED = {Style.TEXT, Style.WARNING, Style.FAINT, Style.GOOD, Style.BAD, Style.UNSURE}
"""Prose; commands, output and diffs stay as they are, to be read and copied."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """The text with every control character made visible, so that output cannot move the cursor or hide a line."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text.replace("\r\n", "\n"))


def render(line: Line, *, colour: bool, width: int = 100) -> str:
    """One line (or block of lines) as it is printed, without a last newline; prose is wrapped to the width."""
    mark = _MARKS.get(line.style, "" if line.style is Style.HEADING else "  ")
    text = harmless(line.text)
    if line.style in _WRAPPED:
        text = "\n".join(_wrap(one, width - len(mark)) for one in text.split("\n"))
    first, *rest = text.split("\n")
    follow = mark if line.style in {Style.OUTPUT, Style.DIFF} else " " * len(mark)
    block = "\n".join([mark + first, *(follow + one for one in rest)])
    if line.style is Style.HEADING:
        block = "\n" + block
    if not colour:
        return block
    if line.style is Style.DIFF:
        return "\n".join(_diff_colour(one) for one in block.split("\n"))
    return typer.style(block, **_COLOURS.get(line.style, {}))  # type: ignore[arg-type]


def _wrap(text: str, width: int) -> str:
    indent = text[: len(text) - len(text.lstrip(" "))]
    return "\n".join(
        textwrap.wrap(
            text,
            max(width, 40),
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _diff_colour(line: str) -> str:
    start = line.lstrip()[:1]
    return typer.style(line, fg={"+": "green", "-": "red", "@": "cyan"}.get(start))
