"""The command `gnt-runbook`: parses, wires, renders; each command in a file of its own."""

from __future__ import annotations

import os
import sys

import structlog
import typer

from engine import __version__
from engine.cli import linting, listing, rehearsing, running, showing
from engine.cli.render import show_error
from engine.errors import RunbookError
from engine.exits import Exit
from engine.log import configure
from engine.settings import load_settings

app = typer.Typer(
    name="gnt-runbook",
    help="Guided, verified and recorded recovery of broken Ganeti clusters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"gnt-runbook {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options that go before a command."""


for command in (listing, showing, linting, running, rehearsing):
    command.register(app)


def main() -> None:
    """Run the command line; every way it can end has an exit code of `engine.exits`."""
    try:
        settings = load_settings()
        logged = configure(settings.log_file)
        # Outside its standalone mode, typer hands back the code of an Exit instead of leaving with it.
        code = app(standalone_mode=False)
        _leave(code if isinstance(code, int) else Exit.DONE)
    except RunbookError as error:
        show_error(error)
        _leave(error.exit)
    except typer.Abort:
        _leave(Exit.STOPPED)
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not show a traceback in an outage
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            _leave(error.exit_code)
        structlog.get_logger().exception("internal error")
        show_error(_internal(error, str(settings.log_file) if logged else ""))
        _leave(Exit.STOPPED)


def _internal(error: Exception, log: str) -> RunbookError:
    where = f" Details are in {log}." if log else ""
    return RunbookError(
        "gnt-runbook itself made a mistake.",
        why=f"{type(error).__name__}: {error}",
        changed="If a run was under way, its journal says what was begun and what was done.",
        hint=f"Look at the journal (gnt-runbook runs) before you go on, and report this.{where}",
        code="internal",
    )


def _leave(code: int) -> None:
    # A terminal that went away cannot be flushed to; that is no reason for another traceback or exit code.
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        os._exit(int(code))
    sys.exit(int(code))
