"""The command `gnt-runbook`: how it begins, and how it can end."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from engine import log
from engine.cli import commands
from engine.cli.errors import show_error
from engine.errors import NOTHING_CHANGED, RunbookError, StoppedError, UsageError
from engine.exits import Exit, leave
from engine.log import SYSLOG, configure, where
from engine.operator.screen import harmless
from engine.ownership import REMEDY, StrangerError
from engine.settings import Settings, load_settings

BY_CTRL_C = 130
"""What newer versions of typer return for an interrupt; older ones raise Abort."""

app = typer.Typer(
    name="gnt-runbook",
    cls=commands.CommandsByName,
    help="Guided, verified and recorded recovery of broken Ganeti clusters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        commands.print_version()
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(  # noqa: ARG001 - its callback does it
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
    log_file: Annotated[
        Path | None, typer.Option("--log-file", help="Write the log for machines to this file instead.")
    ] = None,
    log_syslog: Annotated[
        bool, typer.Option("--log-syslog", help="Send it to this machine's syslog or journald as well.")
    ] = False,
) -> None:
    """Options that go before a command."""
    if log_file is not None or log_syslog:
        settings = load_settings()
        given = replace(settings, log_file=log_file or settings.log_file, log_syslog=log_syslog or settings.log_syslog)
        for path, error in _log(given):
            typer.echo(harmless(f"There is no log in {path}: {error.strerror or error}. It goes on without."), err=True)


commands.register(app)


def main() -> None:
    """Run the command line; every way it can end has an exit code of `engine.exits`."""
    _prepare_streams()
    words = sys.argv[1:]
    if words == ["--version"]:
        with contextlib.suppress(BrokenPipeError):
            commands.print_version()
        leave(Exit.DONE)
    try:
        _log_as_usual()
        code = _obey(words)
    except RunbookError as error:
        show_error(error)
        leave(error.exit)
    except (typer.Abort, KeyboardInterrupt):
        show_error(_interrupted())
        leave(Exit.STOPPED)
    except OSError as error:
        show_error(_refused_by_the_system(error))
        leave(Exit.STOPPED)
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not show a traceback in an outage
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            leave(_misused(error))
        log.failed("internal error")
        show_error(_internal(error, where()))
        leave(Exit.STOPPED)
    leave(code)


def _obey(words: Sequence[str]) -> int:
    if (command := commands.plain(words)) is not None:
        try:
            command()
        except typer.Exit as ended:
            return ended.exit_code
        except BrokenPipeError:
            # As typer has it with all others: whoever reads no further has what they wanted.
            return Exit.DONE
        return Exit.DONE
    # Without its standalone mode, typer returns the code of an Exit that a command raised.
    code = app(standalone_mode=False)
    if code == BY_CTRL_C:
        raise KeyboardInterrupt
    return code if isinstance(code, int) else Exit.DONE


def _interrupted() -> RunbookError:
    return StoppedError(
        "You interrupted it.",
        changed="No change was under way.",
        hint="If a run had begun, its journal says what was done (gnt-runbook runs).",
        code="interrupted",
    )


def _prepare_streams() -> None:
    """Let no closed stream and no odd locale make printing fail."""
    # What is opened first would get the number of a stream that is closed, and everything printed with it.
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as we live
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as we live


def _log_as_usual() -> None:
    """Begin the log where the settings say; settings that are wrong are told by the command that needs them.

    That it is not used since others may have put it there is said; that there is no room for one is no news.
    """
    try:
        failed = _log(load_settings())
    except UsageError:
        return
    for path, error in failed:
        if isinstance(error, StrangerError):
            what = f"The log {path} is not written to; all else goes on."
            why = str(error.strerror)
            show_error(UsageError(what, why=why, changed=NOTHING_CHANGED, hint=REMEDY, code="log-not-ours"))


def _log(settings: Settings) -> list[tuple[Path, OSError]]:
    """Begin the log where the settings say; why it does not go there, where it cannot."""
    return configure(settings.log_path, SYSLOG if settings.log_syslog else None)


def _misused(error: Any) -> int:
    """What typer complains about, as an error like all others; its list of commands as it is."""
    words = error.format_message()
    context = getattr(error, "ctx", None)
    if not words or type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        hint = f"`{context.command_path} --help` tells what can be given." if context is not None else ""
        show_error(UsageError(words, changed=NOTHING_CHANGED, hint=hint))
    return int(error.exit_code)


def _refused_by_the_system(error: OSError) -> RunbookError:
    return RunbookError(
        "The system refused something that was needed.",
        why=str(error),
        changed="If a run was under way, its journal says what was begun and what was done.",
        hint="Look at the journal (gnt-runbook runs) before you go on.",
        code="system",
    )


def _internal(error: Exception, log: str) -> RunbookError:
    where = f" Details are in {log}." if log else ""
    return RunbookError(
        "gnt-runbook itself made a mistake.",
        why=f"{type(error).__name__}: {error}",
        changed="If a run was under way, its journal says what was begun and what was done.",
        hint=f"Look at the journal (gnt-runbook runs) before you go on, and report this.{where}",
        code="internal",
    )
