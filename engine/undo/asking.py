"""Asking hosts what became of changes whose end nobody saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.errors import RunbookError
from engine.knowledge import Site
from engine.transport.interface import Links, Once
from engine.undo.made import Made, end

SECONDS = 60.0
"""How long a host may take to say what became of a change."""


def asked_of_hosts(changes: Iterable[Made], links: Links, site: Site) -> list[Made]:
    """The same, with what their hosts say of those whose end nobody saw; as they are where a host says nothing."""
    return [made for one in changes if (made := _asked(one, links, site)) is not None]


def _asked(made: Made, links: Links, site: Site) -> Made | None:
    host = site.hosts.get(made.host)
    if made.state != "unknown" or host is None:
        return made
    run, _, key = made.name.partition(":")
    try:
        said = links.to(host).settle(Once(run, key), timeout=SECONDS)
    except RunbookError as error:
        return replace(made, why=f"Nobody saw how it ended, and {made.host} cannot be asked: {error.what}")
    if said.state == "running":
        return replace(made, why="It still goes on")
    found = {made.name: made}
    end(
        found,
        made.name,
        said.state,
        said.result.exit_code if said.state == "ended" and said.result else None,
        said.state,
    )
    return found.get(made.name)
