"""`gnt-runbook follow`: a run as it goes, for a colleague who looks on; it only reads the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.errors import colour
from engine.cli.report import journal_named, write
from engine.clock import Clock, SystemClock
from engine.errors import NOTHING_CHANGED, UsageError
from engine.exits import EXIT_HELP, Exit
from engine.journal.folder import RunsFolder
from engine.journal.reader import is_written
from engine.operator.interface import Line, Style
from engine.operator.screen import render
from engine.ownership import stranger_of
from engine.report.build import report_of
from engine.report.follow import EVERY, JournalFollower, in_words
from engine.report.html import as_html
from engine.settings import load_settings

RENEWED = 5
"""Seconds after which a browser reads the page again."""


def register(app: typer.Typer) -> None:
    app.command("follow", epilog=f"{EXIT_HELP}. 0 whatever the run came to; 1 if it has no end.")(follow_run)


def follow_run(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Default: the newest run that still goes on.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also keep a page there that renews itself.")] = None,
) -> None:
    """Look on while a run goes, until it ends. Read-only: nothing can be answered here, and no host is asked."""
    path = journal_named(run) if run is not None else going_on(RunsFolder(load_settings().runs_folder))
    if html is not None:
        write(html, as_html(report_of(path), refresh=RENEWED), overwrite=False)
    if stranger := stranger_of(path):
        _say(Line(Style.WARNING, f"{path}: {stranger}; nothing but itself vouches for what it says."))
    follower = follow(path, SystemClock(), html)
    if not follower.ended:
        words = "Nobody writes this journal any more, and it has no end: the run was killed, or it is a copy."
        _say(Line(Style.BAD, words))
        raise typer.Exit(int(Exit.STOPPED))


def going_on(folder: RunsFolder) -> Path:
    """The journal of the newest run that goes on.

    Raises:
        UsageError: none does.
    """
    for path in reversed(folder.files()):
        if is_written(path):
            return path
    raise UsageError(
        "No run goes on here.",
        changed=NOTHING_CHANGED,
        hint="Name a run (gnt-runbook runs lists them), or the path of a journal, such as another user's.",
        code="no-run-goes-on",
    )


def follow(path: Path, clock: Clock, html: Path | None = None) -> JournalFollower:
    """Show a run until it is over, and keep the page as new as what was shown."""
    follower = JournalFollower(path)
    while True:
        lines = follower.look()
        for line in lines:
            _say(*in_words(line))
        if html is not None and (lines or follower.over):
            refresh = 0 if follower.over else RENEWED
            write(html, as_html(report_of(path), refresh=refresh), overwrite=True)
        if follower.over:
            return follower
        clock.sleep(EVERY)


def _say(*lines: Line) -> None:
    for line in lines:
        typer.echo(render(line, colour=True), color=colour())
