"""Lines as text on a terminal: harmless, indented, and coloured where colour is wanted."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import typer

from engine.operator.interface import Line, Style
from engine.operator.visible import visible
from engine.redaction.redactor import REDACTOR

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
    Style.FILE: "    | ",
    Style.GOOD: "  ok   ",
    Style.BAD: "  FAIL ",
    Style.UNSURE: "  ?    ",
    Style.WARNING: "  !    ",
}

_WRAPPED = {Style.TEXT, Style.WARNING, Style.FAINT, Style.GOOD, Style.BAD, Style.UNSURE}
"""Prose; commands, output and diffs stay as they are, to be read and copied."""

LONGEST = 4000
"""Characters of a line that are shown: of a longer one the beginning and the end. Nobody reads a megabyte."""
MOST = 600
"""Lines that are shown of one text, likewise."""

_WHOLE = {Style.COMMAND, Style.DIFF, Style.FILE}
"""What is approved is shown as it is, however long."""


def harmless(text: str) -> str:
    """The text without secrets and with every character visible: it cannot move the cursor or hide a line."""
    text = REDACTOR.text(text)
    return visible(text.replace("\r\n", "\n"))


def bounded(text: str) -> str:
    """What is worth showing of a text that somebody else wrote; it says what is left out."""
    lines = text.split("\n", 2 * MOST)
    if len(lines) > MOST:
        head, tail = lines[: MOST // 2], text.rsplit("\n", MOST // 2)[1:]
        left = text.count("\n") + 1 - len(head) - len(tail)
        lines = [*head, f"[{left} lines are left out here; the journal may have them]", *tail]
    return "\n".join(map(_bounded_line, lines))


def _bounded_line(line: str) -> str:
    if len(line) <= LONGEST:
        return line
    half = LONGEST // 2
    return f"{line[:half]} [{len(line) - 2 * half} characters are left out here] {line[-half:]}"


def without_secrets(lines: Sequence[Line]) -> list[Line]:
    """Lines that are shown at once, looked through as one text: a key may go over many of them."""
    texts = REDACTOR.lines([one.text for one in lines]) if lines else []
    return [replace(one, text=text) for one, text in zip(lines, texts, strict=True)]


def relayed(text: str) -> str:
    """What a host has printed, without its last newlines, and without the carriage returns at the ends of its lines.

    One within a line stays, and is shown: it would hide what stands before it.
    """
    return "\n".join(one.rstrip("\r") for one in text.split("\n")).rstrip("\n")


def render(line: Line, *, colour: bool, width: int = 100) -> str:
    """One line (or block of lines) as it is printed, without a last newline; prose is wrapped to the width."""
    mark = _MARKS.get(line.style, "" if line.style is Style.HEADING else "  ")
    text = harmless(line.text if line.style in _WHOLE else bounded(REDACTOR.text(line.text)))
    if line.style in _WRAPPED:
        text = "\n".join(_wrap(one, width - len(mark)) for one in text.split("\n"))
    first, *rest = text.split("\n")
    follow = mark if line.style in {Style.OUTPUT, Style.DIFF, Style.FILE} else " " * len(mark)
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
