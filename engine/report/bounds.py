"""How much of an output is shown."""

from __future__ import annotations

from engine.operator.screen import harmless, relayed

COLUMNS = 2000
"""Characters of one line that are shown."""


def bounded(text: str, lines: int, line: int, columns: int = COLUMNS) -> tuple[str, str]:
    """As much of an output as can be read, harmless; and in words what was left out, if anything.

    Args:
        text: what a command printed.
        lines: how many lines are shown: of more, two thirds from the beginning and one from the end.
        line: the line of the journal that holds the whole.
        columns: how many characters of a line are shown.
    """
    rows = harmless(relayed(text)).split("\n")
    long = sum(len(one) > columns for one in rows)
    cut = len(rows) - lines
    if cut > 0:
        head = lines * 2 // 3
        rows = [*rows[:head], f"[… {cut} lines are not shown here …]", *rows[len(rows) - lines + head :]]
    shown = "\n".join(
        one if len(one) <= columns else f"{one[:columns]} [… {len(one) - columns} characters …]" for one in rows
    )
    left = [f"{cut} lines"] if cut > 0 else []
    left += [f"parts of {long} long lines"] if long else []
    return shown, f"Not shown: {' and '.join(left)}. The whole is in line {line} of the journal." if left else ""
