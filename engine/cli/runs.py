"""`gnt-runbook runs`: what was run from this machine, what of it nobody knows the end of, and what it left behind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.errors import show_all
from engine.errors import JournalError, RunbookError
from engine.identity import in_a_word
from engine.journal.folder import RunsFolder
from engine.journal.leftovers import Leftover, by_run
from engine.journal.reader import Journal
from engine.journal.unsettled import Unsettled
from engine.operator.screen import harmless
from engine.settings import load_settings


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


def register(app: typer.Typer) -> None:
    app.command("runs")(list_runs)


def list_runs(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """List all runs of this machine, the oldest first, and what of them nobody knows the end of."""
    errors: list[RunbookError] = []
    journals, damaged = RunsFolder(load_settings().runs_folder).readable(errors)
    resumed = {one.started.resumes: one.path.stem for one in journals if one.started is not None}
    sums = Sums(resumed, Unsettled(journals), by_run(journals))
    if as_json:
        rows = [*(_run(one, sums) for one in journals), *(_damaged(path, error) for path, error in damaged)]
        typer.echo(json.dumps(sorted(rows, key=lambda row: str(row["run"])), indent=2))
    else:
        for one in journals:
            typer.echo(_in_words(one, sums))
    show_all(errors)


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
