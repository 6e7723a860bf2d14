"""`gnt-runbook lint`: every problem of runbooks at once, for those who write them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.errors import show_error
from engine.cli.wiring import Workshop
from engine.errors import RunbookError
from engine.exits import Exit
from engine.load.contradictions import contradictions
from engine.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("lint")(lint)


def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Runbook files; default: all known runbooks.")] = None,
) -> None:
    """Check runbooks without running them: every problem at once, with file, line and column."""
    library = Workshop(load_settings()).library
    errors: list[RunbookError] = []
    known, broken = library.load_all()
    loaded = list(known)
    if paths:
        loaded = []
        for path in paths:
            try:
                loaded.append(library.load(str(path)))
            except RunbookError as problem:
                errors.append(problem)
    else:
        errors = list(broken)
    given = {one.origin for one in loaded}
    others = [one for one in known if one.runbook.id not in {each.runbook.id for each in loaded}]
    contrary = [one for one in contradictions([*loaded, *others]) if one.origin in given]
    errors += contrary
    good = len(loaded) - len(contrary)
    for error in errors:
        show_error(error)
    typer.echo(f"valid runbooks: {good}; not valid: {len(errors)}")
    if errors:
        raise typer.Exit(int(Exit.USAGE))
