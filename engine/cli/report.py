"""`gnt-runbook report`: a run for people who were not there, from its journal alone."""

from __future__ import annotations

import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.errors import colour
from engine.errors import NOTHING_CHANGED, UsageError
from engine.exits import EXIT_HELP
from engine.journal.files import SUFFIX
from engine.journal.folder import RunsFolder
from engine.operator.screen import harmless, render
from engine.report.build import report_of
from engine.report.html import as_html
from engine.report.markdown import as_markdown
from engine.report.model import Report, as_json
from engine.report.text import as_lines
from engine.settings import load_settings


class ReportForm(StrEnum):
    """How a report is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


def register(app: typer.Typer) -> None:
    app.command("report", epilog=EXIT_HELP)(report_run)


def report_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, a part of it, or the path of a journal.")],
    form: Annotated[
        ReportForm, typer.Option("--format", help="For a terminal, a ticket, machines, or a browser.")
    ] = ReportForm.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it there; else it is printed.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Take the place of a file that is there.")] = False,
) -> None:
    """Tell a run: what was wrong, what was decided and done, how long who was waited for, what is left to do."""
    told = report_of(journal_named(run))
    if output is not None:
        write(output, written(told, form), overwrite=overwrite)
        typer.echo(harmless(f"Written: {output}"))
    elif form is ReportForm.TEXT:
        for line in as_lines(told):
            typer.echo(render(line, colour=True), color=colour())
    else:
        typer.echo(written(told, form), nl=False)


def journal_named(run: str) -> Path:
    """The journal of a run; a path is taken as it is.

    Raises:
        UsageError: there is no such run, or there are several.
    """
    if "/" in run or run.endswith(SUFFIX):
        return Path(run)
    return RunsFolder(load_settings().runs_folder).file(run)


def written(report: Report, form: ReportForm) -> str:
    """The report as the text of a file."""
    match form:
        case ReportForm.TEXT:
            return "".join(f"{render(line, colour=False)}\n" for line in as_lines(report))
        case ReportForm.MARKDOWN:
            return as_markdown(report)
        case ReportForm.JSON:
            return as_json(report)
        case ReportForm.HTML:
            return as_html(report)


def write(path: Path, text: str, *, overwrite: bool) -> None:
    """Put a file there at once, readable by its owner only.

    Raises:
        UsageError: there is one already, or it cannot be written.
    """
    try:
        if not overwrite:
            _fill(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), text)
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            _fill(descriptor, text)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except FileExistsError as error:
        raise UsageError(
            f"{path} is there already.",
            changed=NOTHING_CHANGED,
            hint="Give another name, or --overwrite.",
            code="file-exists",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written.",
            why=error.strerror or str(error),
            changed=NOTHING_CHANGED,
            hint="Check the path, its permissions, and the room on the disk.",
            code="file-unwritable",
        ) from error


def _fill(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
