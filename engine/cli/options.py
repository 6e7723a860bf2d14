"""The options that several commands have, each written once, in the groups in which commands take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from engine.commands import reached_by
from engine.effects import Effect
from engine.errors import NOTHING_CHANGED, UsageError
from engine.run.overrides import Overrides
from engine.settings import Settings, load_settings

DryOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Read everything, change nothing, show all.")]
FromOption = Annotated[
    Path | None, typer.Option("--from", help="Use a capture of a cluster (gnt-runbook capture) instead.")
]
SignersOption = Annotated[
    Path | None, typer.Option("--allowed-signers", help="Who may sign a journal (ssh-keygen, ALLOWED SIGNERS).")
]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command that typer can call; each parameter that is a group of options is one option for each of its fields."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)}
    options: list[inspect.Parameter] = []
    for one in inspect.signature(command).parameters.values():
        if one.name in groups:
            options += _options_of(groups[one.name])
        else:
            options.append(one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[one.name]))

    @wraps(command)
    def call(**said: Any) -> None:
        made = {name: kind(**{one.name: said.pop(one.name) for one in fields(kind)}) for name, kind in groups.items()}
        command(**said, **made)

    vars(call)["__signature__"] = inspect.Signature(options)
    call.__annotations__ = {one.name: one.annotation for one in options}
    return call


def _options_of(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=hints[one.name])
        for one in fields(group)
    ]


@dataclass(frozen=True)
class SiteOptions:
    """How the real hosts are reached."""

    host: Annotated[
        list[str] | None,
        typer.Option("--host", "-H", help="A node of the cluster; the first that answers is asked."),
    ] = None
    user: Annotated[str | None, typer.Option("--user", help="ssh user: root or one with sudo.")] = None
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="ssh port of all nodes.")] = None
    ssh_config: Annotated[Path | None, typer.Option("--ssh-config", "-F", help="Another ssh_config.")] = None

    @property
    def _words(self) -> list[tuple[str, Sequence[object]]]:
        """What was said, by option, as it is told with each command to type."""
        return [
            ("--host", self.host or ()),
            ("--user", [self.user]),
            ("--port", [self.port]),
            ("--ssh-config", [self.ssh_config]),
        ]

    @property
    def settings(self) -> Settings:
        """The settings, with what the command line says instead; what it says is told with each command to type."""
        reached_by([word for name, said in self._words for one in said if one is not None for word in (name, str(one))])
        given: dict[str, Any] = {"user": self.user, "port": self.port, "ssh_config": self.ssh_config}
        return replace(load_settings(), **{key: value for key, value in given.items() if value is not None})


@dataclass(frozen=True)
class LivingSiteOptions(SiteOptions):
    """How the real hosts are reached, and which of them are dead."""

    dead: Annotated[
        list[str] | None,
        typer.Option("--dead", metavar="NODE", help="A node known to be dead: it is not tried, nothing waits for it."),
    ] = None

    @property
    def _words(self) -> list[tuple[str, Sequence[object]]]:
        return [*super()._words, ("--dead", self.dead or ())]


@dataclass(frozen=True)
class OperatorOptions:
    """Who answers in a run, and why it is made."""

    answers: Annotated[Path | None, typer.Option("--answers", help="A file with the answers, in YAML.")] = None
    reason: Annotated[
        str,
        typer.Option("--reason", help="Why; recorded. Asked for where a step is destructive; needed with --force."),
    ] = ""
    ticket: Annotated[str, typer.Option("--ticket", help="What your ticket system calls it; recorded.")] = ""


@dataclass(frozen=True)
class ForcingOptions(OperatorOptions):
    """What is overridden in a run, besides."""

    force: Annotated[list[str] | None, typer.Option("--force", help="Override a precondition by its code.")] = None

    @property
    def forced(self) -> Overrides:
        """What --force and --reason say.

        Raises:
            UsageError: something is to be overridden without a reason.
        """
        if self.force and not self.reason.strip():
            raise UsageError(
                "--force needs a reason.",
                changed=NOTHING_CHANGED,
                hint="Add --reason 'why'; it is recorded.",
                code="force-without-reason",
            )
        return Overrides(frozenset(self.force or ()), self.reason.strip())


@dataclass(frozen=True)
class ApprovingOptions(ForcingOptions):
    """What is approved before it is asked, besides."""

    yes: Annotated[Effect, typer.Option("--yes", help="Approve steps up to this effect; never destructive ones.")] = (
        Effect.SAFE
    )

    def refuse_destructive(self) -> None:
        """Refuse to approve what is destructive without asking.

        Raises:
            UsageError: that was wanted.
        """
        if self.yes is Effect.DESTRUCTIVE:
            raise UsageError(
                "--yes never approves a destructive step.",
                changed=NOTHING_CHANGED,
                hint="Give --yes disruptive at most; what is destructive is asked for by its name.",
                code="yes-refused",
            )


def one_of(**given: object) -> None:
    """Refuse more than one of the options that say where to look.

    Raises:
        UsageError: several were given.
    """
    names = [f"--{name.rstrip('_')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise UsageError(
            f"{' and '.join(names)} exclude each other.",
            changed=NOTHING_CHANGED,
            hint="Leave one of them out: each says where to look.",
        )
