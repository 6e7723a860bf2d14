"""`gnt-runbook list` and `gnt-runbook runs`: what there is to run, what was run, what is still to be done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.drilling import known, row_of, standing_of
from engine.cli.render import colour, show_error
from engine.cli.wiring import Workshop
from engine.commands import to_type
from engine.errors import JournalError, RunbookError
from engine.journal.folder import OpenFollowUp, RunsFolder, still_open
from engine.journal.reader import Journal
from engine.journal.unsettled import Unsettled
from engine.leftovers import Leftover, by_run
from engine.operator.screen import harmless
from engine.settings import Settings, load_settings
from engine.who import in_a_word

Damaged = tuple[Path, JournalError]


@dataclass(frozen=True, slots=True)
class Sums:
    """What only all journals together say of one.

    Attributes:
        resumed: by which run another one was gone on with.
        behind: what each run has left on hosts.
    """

    resumed: Mapping[str, str]
    unsettled: Unsettled
    behind: Mapping[str, Sequence[Leftover]]


Json = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    app.command("list")(list_runbooks)
    app.command("runs")(list_runs)


def list_runbooks(as_json: Json = False) -> None:
    """List all runbooks, and remind of what earlier runs left to be done."""
    settings = load_settings()
    shop = Workshop(settings)
    loaded, broken = shop.library.load_all()
    drills = known(shop)
    practised = {one.runbook.id: standing_of(shop, one, drills) for one in loaded}
    errors: list[RunbookError] = list(broken)
    journals, damaged = _journals(settings, errors)
    follow_ups = still_open(journals)
    if as_json:
        rows = [
            {
                "id": one.runbook.id,
                "title": one.runbook.title,
                "origin": one.origin,
                "drills": row_of(practised[one.runbook.id]),
            }
            for one in loaded
        ]
        typer.echo(json.dumps({"runbooks": rows, "follow_ups": [_row(one) for one in follow_ups]}, indent=2))
    else:
        width = max((len(one.runbook.id) for one in loaded), default=0)
        for one in loaded:
            typer.echo(harmless(f"{one.runbook.id:<{width}}  {one.runbook.title}"))
            typer.secho(harmless(f"    {practised[one.runbook.id].words}"), dim=True, color=colour())
        for left in follow_ups:
            head = harmless(f"STILL TO BE DONE on {left.left.site} (left by {left.run}):")
            typer.secho(f"\n{head}", fg="yellow", bold=True, color=colour())
            typer.echo(f"  {harmless(left.left.because)}\n  {harmless(command(left))}")
    if damaged:
        typer.echo("What these journals say is still to be done is not known:", err=True)
    _show_all(errors)


def command(left: OpenFollowUp) -> str:
    """What to type for a follow-up."""
    return to_type("run", left.left.runbook, **left.left.parameters)


def list_runs(as_json: Json = False) -> None:
    """List all runs of this machine, the oldest first, and what of them nobody knows the end of."""
    errors: list[RunbookError] = []
    journals, damaged = _journals(load_settings(), errors)
    resumed = {one.started.resumes: one.path.stem for one in journals if one.started is not None}
    sums = Sums(resumed, Unsettled(journals), by_run(journals))
    if as_json:
        rows = [*(_run(one, sums) for one in journals), *(_damaged(path, error) for path, error in damaged)]
        typer.echo(json.dumps(sorted(rows, key=lambda row: str(row["run"])), indent=2))
    else:
        for one in journals:
            typer.echo(_in_words(one, sums))
    _show_all(errors)


def _journals(settings: Settings, errors: list[RunbookError]) -> tuple[list[Journal], list[Damaged]]:
    """What can be read of all runs, and what cannot; nothing that is damaged hides the rest, or the runbooks."""
    try:
        journals, damaged = RunsFolder(settings.runs_folder).all()
    except JournalError as error:
        errors.append(error)
        return [], []
    errors.extend(error for _path, error in damaged)
    return journals, damaged


def _show_all(errors: list[RunbookError]) -> None:
    for error in errors:
        show_error(error)
    if errors:
        raise typer.Exit(int(errors[0].exit))


def _damaged(path: Path, error: JournalError) -> dict[str, Any]:
    row = dict.fromkeys(_run(Journal(path, (), torn=False), Sums({}, Unsettled(()), {})))
    return {**row, "run": path.stem, "end": str(error), "unknown": [], "left": [], "journal": str(path)}


def _in_words(journal: Journal, sums: Sums) -> str:
    row = _run(journal, sums)
    lines = [f"{row['run']}  {row['mode']}  {row['end']}"]
    lines += [f"    undoes {row['undoes']}"] if row["undoes"] else []
    said = [f"{name}: {row[name]}" for name in ("by", "ticket", "reason") if row[name]]
    lines += [f"    {'; '.join(said)}"] if said else []
    lines += [f"    resumes {row['resumes']}"] if row["resumes"] else []
    lines += [f"    resumed by {row['resumed_by']}"] if row["resumed_by"] else []
    unknown = sums.unsettled.of(journal)
    lines += [f"    UNKNOWN: {one.key} on {one.host} was begun and nobody saw its end" for one in unknown]
    lines += [f"    not this account's own: {row['stranger']}"] if row["stranger"] else []
    for one in row["left"]:
        lines.append(f"    left behind: {one['words']}")
        lines += [f"        on {one['host']}: {one['command']}"] if one["command"] else []
    if journal.torn:
        lines.append("    its last line is torn: the run was killed while it was written")
    return harmless("\n".join(lines))


def _run(journal: Journal, sums: Sums) -> dict[str, Any]:
    started, ended = journal.started, journal.ended
    left = [_left(one) for one in sums.behind.get(started.run, ())] if started else []
    return {
        "run": journal.path.stem,
        "runbook": started.runbook if started else None,
        "site": started.site if started else None,
        "mode": started.mode if started else "?",
        "by": in_a_word(started.operator) if started else "",
        "reason": started.reason if started else "",
        "ticket": started.ticket if started else "",
        "undoes": started.undoes if started else "",
        "end": f"exit {ended.exit}: {ended.code}" if ended else "no end recorded: killed, or still going on",
        "exit": ended.exit if ended else None,
        "unknown": [{"key": one.key, "host": one.host, "action": one.action} for one in sums.unsettled.of(journal)],
        "torn": journal.torn,
        "left": left,
        "resumes": started.resumes if started else "",
        "resumed_by": sums.resumed.get(started.run, "") if started else "",
        "stranger": journal.stranger,
        "journal": str(journal.path),
    }


def _left(one: Leftover) -> dict[str, Any]:
    """With the state in which the end of its run saw it; nobody has looked since."""
    return {
        "kind": one.kind,
        "name": one.name,
        "host": one.host,
        "size": one.size,
        "why": one.why,
        "state": one.state,
        "words": one.words,
        "command": one.command,
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
