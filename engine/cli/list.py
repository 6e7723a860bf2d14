"""`gnt-runbook list`: what there is to run, and what earlier runs left to be done.

It is typed often, and has to be there at once: what takes long to import is imported only where it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.errors import colour, show_all
from engine.clock import SystemClock
from engine.drills.folder import read_all
from engine.drills.status import standing
from engine.errors import JournalError, RunbookError
from engine.headings import Heading, headings, shipped
from engine.journal.files import journals_in
from engine.operator.screen import harmless
from engine.settings import Settings, load_settings


def register(app: typer.Typer) -> None:
    app.command("list")(list_runbooks)


def list_runbooks(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """List all runbooks, and remind of what earlier runs left to be done."""
    settings = load_settings()
    errors: list[RunbookError] = []
    runbooks, exercises = _runbooks(settings, errors)
    drills = read_all([settings.drills_folder, *settings.drills], exercises)
    now = SystemClock().now()
    practised = {one.id: standing(one.digest, drills.of(one.id), now, settings.drill_days) for one in runbooks}
    follow_ups, unread = _follow_ups(settings.runs_folder, errors)
    if as_json:
        rows = [
            {"id": one.id, "title": one.title, "origin": one.origin, "drills": practised[one.id].as_data}
            for one in runbooks
        ]
        typer.echo(json.dumps({"runbooks": rows, "follow_ups": follow_ups}, indent=2))
    else:
        width = max((len(one.id) for one in runbooks), default=0)
        for one in runbooks:
            typer.echo(harmless(f"{one.id:<{width}}  {one.title}"))
            typer.secho(harmless(f"    {practised[one.id].words}"), dim=True, color=colour())
        for left in follow_ups:
            head = harmless(f"STILL TO BE DONE on {left['site']} (left by {left['left_by']}):")
            typer.secho(f"\n{head}", fg="yellow", bold=True, color=colour())
            typer.echo(f"  {harmless(left['because'])}\n  {harmless(left['command'])}")
    if unread:
        typer.echo("What these journals say is still to be done is not known:", err=True)
    show_all(errors)


def _runbooks(settings: Settings, errors: list[RunbookError]) -> tuple[Sequence[Heading], Sequence[Any]]:
    """All runbooks that are right, and the folders of exercises that came with packs."""
    packs = shipped()
    if packs is not None and (found := headings(packs, settings.runbooks)) is not None:
        return found, [one.drills for one in packs]
    from engine.cli.wiring import Workshop  # noqa: PLC0415 - it imports everything

    shop = Workshop(settings)
    loaded, broken = shop.library.load_all()
    errors.extend(broken)
    return [one.heading for one in loaded], [one.drills for one in shop.packs if one.drills is not None]


def _follow_ups(folder: Path, errors: list[RunbookError]) -> tuple[list[dict[str, str]], bool]:
    """What is still to be done, and whether there are journals that do not tell."""
    try:
        if not journals_in(folder):
            return [], False
    except JournalError as error:
        errors.append(error)
        return [], False
    from engine.cli.follow_ups import follow_ups  # noqa: PLC0415 - it imports all that journals can hold

    return follow_ups(folder, errors)
