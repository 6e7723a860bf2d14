"""`gnt-runbook list` and `gnt-runbook runs`: what there is to run, what was run, what is still to be done."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from engine.cli.render import show_error
from engine.cli.wiring import Workshop
from engine.journal.folder import OpenFollowUp, RunsFolder
from engine.journal.reader import Journal
from engine.operator.screen import harmless
from engine.settings import load_settings

Json = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    app.command("list")(list_runbooks)
    app.command("runs")(list_runs)


def list_runbooks(as_json: Json = False) -> None:
    """List all runbooks, and remind of what earlier runs left to be done."""
    settings = load_settings()
    loaded, broken = Workshop(settings).library.load_all()
    follow_ups = RunsFolder(settings.runs_folder).follow_ups()
    if as_json:
        rows = [{"id": one.runbook.id, "title": one.runbook.title, "origin": one.origin} for one in loaded]
        typer.echo(json.dumps({"runbooks": rows, "follow_ups": [_row(one) for one in follow_ups]}, indent=2))
    else:
        width = max((len(one.runbook.id) for one in loaded), default=0)
        for one in loaded:
            typer.echo(f"{one.runbook.id:<{width}}  {one.runbook.title}")
        for left in follow_ups:
            typer.secho(f"\nSTILL TO BE DONE on {left.left.site} (left by {left.run}):", fg="yellow", bold=True)
            typer.echo(f"  {harmless(left.left.because)}\n  {command(left)}")
    for error in broken:
        show_error(error)
    if broken:
        raise typer.Exit(int(broken[0].exit))


def command(left: OpenFollowUp) -> str:
    """What to type for a follow-up."""
    pairs = " ".join(f"{name}={value}" for name, value in left.left.parameters.items())
    return f"gnt-runbook run {left.left.runbook} {pairs}".rstrip()


def list_runs(as_json: Json = False) -> None:
    """List all runs of this machine, the oldest first, and what of them nobody knows the end of."""
    journals, broken = RunsFolder(load_settings().runs_folder).all()
    if as_json:
        typer.echo(json.dumps([_run(one) for one in journals], indent=2))
    else:
        for one in journals:
            typer.echo(_in_words(one))
    for path, error in broken:
        error.hint = error.hint or f"The file is {path}."
        show_error(error)


def _in_words(journal: Journal) -> str:
    row = _run(journal)
    lines = [f"{row['run']}  {row['mode']}  {row['end']}"]
    lines += [f"    UNKNOWN: {one.key} on {one.host} was begun and nobody saw its end" for one in journal.unknown]
    if journal.torn:
        lines.append("    its last line is torn: the run was killed while it was written")
    return harmless("\n".join(lines))


def _run(journal: Journal) -> dict[str, Any]:
    started, ended = journal.started, journal.ended
    return {
        "run": journal.path.stem,
        "runbook": started.runbook if started else None,
        "site": started.site if started else None,
        "mode": started.mode if started else "?",
        "end": f"exit {ended.exit}: {ended.code}" if ended else "no end recorded: killed, or still going on",
        "exit": ended.exit if ended else None,
        "unknown": [{"key": one.key, "host": one.host, "action": one.action} for one in journal.unknown],
        "torn": journal.torn,
        "journal": str(journal.path),
    }


def _row(one: OpenFollowUp) -> dict[str, Any]:
    return {
        "site": one.left.site,
        "runbook": one.left.runbook,
        "because": one.left.because,
        "command": command(one),
        "left_by": one.run,
        "since": one.time,
    }
