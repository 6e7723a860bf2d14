"""The one place where an error becomes text for a person."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TextIO

import typer

from engine.errors import NOTHING_CHANGED, RunbookError
from engine.exits import Exit
from engine.operator.screen import bounded, harmless

BEFORE_ANYTHING = {Exit.USAGE, Exit.PRECONDITION, Exit.REFUSED}
"""Exit codes of errors that end a command before it changed anything; a run that changed something has others."""

USUAL_HINT = "Correct it and start again; --help after a command tells what it takes."


def show_error(error: RunbookError, out: TextIO | None = None) -> None:
    """Print an error: its code, what happened, why, what changed, what to do next. Never fails itself."""
    early = error.exit in BEFORE_ANYTHING
    changed = error.changed or (NOTHING_CHANGED if early else "")
    hint = error.hint or (USUAL_HINT if early else "")
    rows = (("Why:", error.why), ("Changed:", changed), ("Next:", hint))
    head = typer.style(f"ERROR {error.code}:", fg="red", bold=True)
    lines = [f"{head} {bounded(harmless(error.what))}"]
    lines += [f"  {typer.style(label, bold=True):<9} {_indented(text)}" for label, text in rows if text]
    # The terminal may be what went away.
    with contextlib.suppress(OSError, ValueError):
        typer.echo("\n" + "\n".join(lines), file=out or sys.stderr, err=out is None, color=colour())


def show_all(errors: Sequence[RunbookError]) -> None:
    """Print them all, and end the command if there are any."""
    for error in errors:
        show_error(error)
    if errors:
        raise typer.Exit(int(errors[0].exit))


def colour() -> bool | None:
    """False where nobody wants colours (https://no-color.org); None lets the stream decide."""
    return False if "NO_COLOR" in os.environ else None


def _indented(text: str) -> str:
    return bounded(harmless(text.strip())).replace("\n", "\n           ")
