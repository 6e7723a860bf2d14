"""The options by which commands reach the real hosts, the same for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands import reached_by
from engine.errors import NOTHING_CHANGED, UsageError
from engine.settings import Settings, load_settings

HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", "-H", help="A node of the cluster; the first that answers is asked."),
]
UserOption = Annotated[str | None, typer.Option("--user", help="ssh user: root or one with sudo.")]
PortOption = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="ssh port of all nodes.")]
DeadOption = Annotated[
    list[str] | None,
    typer.Option("--dead", metavar="NODE", help="A node known to be dead: it is not tried, nothing waits for it."),
]
FromOption = Annotated[
    Path | None, typer.Option("--from", help="Use a capture of a cluster (gnt-runbook capture) instead.")
]
SshConfigOption = Annotated[Path | None, typer.Option("--ssh-config", "-F", help="Another ssh_config.")]


def settings_with(
    user: str | None,
    port: int | None,
    ssh_config: Path | None,
    host: Sequence[str] | None = None,
    dead: Sequence[str] | None = None,
) -> Settings:
    """The settings, with what the command line says instead; what it says is told with each command to type."""
    options: list[tuple[str, Sequence[object]]] = [("--host", host or ()), ("--user", [user]), ("--port", [port])]
    options += [("--ssh-config", [ssh_config]), ("--dead", dead or ())]
    reached_by([word for name, said in options for one in said if one is not None for word in (name, str(one))])
    given: dict[str, Any] = {"user": user, "port": port, "ssh_config": ssh_config}
    return replace(load_settings(), **{key: value for key, value in given.items() if value is not None})


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
