"""All commands by name, and what `--help` says of each; the file of that name is imported when one of them is given."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import typer
from typer.core import TyperGroup

from engine import __version__

COMMANDS = {
    "list": "List all runbooks, and remind of what earlier runs left to be done.",
    "runs": "List all runs of this machine, the oldest first, and what of them nobody knows the end of.",
    "show": "Show a runbook: what it is for, what it needs, its steps, what can go wrong.",
    "lint": "Check runbooks without running them: every problem at once, with file, line and column.",
    "schema": "Print the JSON Schema of runbooks, for editors.",
    "diagnose": (
        "Look at the whole cluster, say what is wrong and which runbook fits. Changes nothing, needs no daemon."
    ),
    "explain": "Say what the output of a tool of the site can mean; it is not the same on every release.",
    "capture": (
        "Keep what a diagnosis reads in a file, without secrets, to look at it elsewhere and to rehearse on its twin."
    ),
    "run": "Run a runbook on the cluster, step by step. Nothing is changed before it was shown and approved.",
    "resume": "Go on with a run that did not come to its end: ask the hosts what became of it, then take what is left.",
    "undo": "Take back what a run changed, newest first, each after asking; what cannot be taken back is told first.",
    "rehearse": "Rehearse a runbook on an embedded cluster that has the incident. Needs no cluster and touches none.",
    "drills": (
        "List when each runbook was last rehearsed in the version it has now, and which should be rehearsed again."
    ),
    "approve": "Approve or deny what another person's run is about to do; you see what they were shown.",
    "report": "Tell a run: what was wrong, what was decided and done, how long who was waited for, what is left to do.",
    "follow": "Look on while a run goes, until it ends. Read-only: nothing can be answered here, and no host is asked.",
    "audit": "Verify and sign the journals of runs.",
}
"""The first line of a command's help is here as well, so that the list of them needs none of their files."""


def plain(words: Sequence[str]) -> Callable[[], None] | None:
    """What a command line does that is typed often and needs no parser; None for all others.

    To parse anything, newer versions of typer import pydantic, which takes longer than all that this does.
    """
    if words not in (["list"], ["list", "--json"]):
        return None
    from engine.cli.list import list_runbooks  # noqa: PLC0415 - of this command only, like all files

    return partial(list_runbooks, as_json=words[1:] == ["--json"])


def print_version() -> None:
    typer.echo(f"gnt-runbook {__version__}")


class CommandsByName(TyperGroup):
    """Has of each command its name and its help only, until one of them is called or completed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, told, rest = super().resolve_command(ctx, args)
        return name, told and whole(str(told.name)), rest


def register(app: typer.Typer) -> None:
    """Tell of all commands."""
    for name, said in COMMANDS.items():
        app.command(name, help=said)(_only_told)


def whole(name: str) -> Any:
    """A command with its options, from the file of its name."""
    own = typer.Typer(rich_markup_mode=None)
    importlib.import_module(f"engine.cli.{name}").register(own)
    return typer.main.get_group(own).commands[name]


def _only_told() -> None:
    raise AssertionError("a command is called by what its file makes")
