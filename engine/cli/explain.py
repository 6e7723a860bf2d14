"""`gnt-runbook explain`: what a tool of the site printed, in words. It asks no host."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.bounded_files import LARGEST_TEXT, read_bytes, read_stream
from engine.cli.errors import colour
from engine.cli.wiring import Workshop
from engine.errors import NOTHING_CHANGED, UsageError
from engine.exits import EXIT_HELP
from engine.operator.interface import Line, Style
from engine.operator.screen import render
from engine.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("explain", epilog=f"{EXIT_HELP}. 3 if it is not the output of a tool that is known.")(explain)


def explain(
    file: Annotated[Path, typer.Argument(help="What was printed, in a file; - for standard input.")],
    release: Annotated[str, typer.Option("--release", help="The release of the software that printed it.")],
) -> None:
    """Say what the output of a tool of the site can mean; it is not the same on every release."""
    words = next((pack.explain for pack in Workshop(load_settings()).packs if pack.explain is not None), None)
    if words is None:
        raise UsageError("The installed packs explain no output.", changed=NOTHING_CHANGED, code="pack-missing")
    for text in words(_text(file), release):
        style = Style.TEXT if text.startswith(" ") else Style.HEADING
        typer.echo(render(Line(style, text), colour=True), color=colour())


def _text(file: Path) -> str:
    try:
        if str(file) == "-":
            return read_stream(sys.stdin.buffer, "-", LARGEST_TEXT).decode(errors="replace")
        return read_bytes(file, LARGEST_TEXT).decode(errors="replace")
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read.",
            why=error.strerror or str(error),
            changed=NOTHING_CHANGED,
            hint="Name a file that holds what was printed, or - and pipe it in.",
        ) from error
