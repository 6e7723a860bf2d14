"""The one place where an error becomes text for a person."""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO

import typer

from engine.errors import RunbookError
from engine.operator.screen import harmless


def show_error(error: RunbookError, out: TextIO | None = None) -> None:
    """Print an error: its code, what happened, why, what changed, what to do next. Never fails itself."""
    rows = (("Why:", error.why), ("Changed:", error.changed), ("Next:", error.hint))
    head = typer.style(f"ERROR {error.code}:", fg="red", bold=True)
    lines = [f"{head} {harmless(error.what)}"]
    lines += [f"  {typer.style(label, bold=True):<9} {_indented(text)}" for label, text in rows if text]
    # The terminal may be what went away.
    with contextlib.suppress(OSError, ValueError):
        typer.echo("\n" + "\n".join(lines), file=out or sys.stderr, err=out is None)


def _indented(text: str) -> str:
    return harmless(text.strip()).replace("\n", "\n           ")
