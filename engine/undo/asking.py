"""Asking hosts what became of changes whose end nobody saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.errors import RunbookError
from engine.journal.events import Settled
from engine.journal.outcomes import settled_of
from engine.knowledge import Site
from engine.transport.interface import Links, Once
from engine.undo.made import Made, end

SECONDS = 60.0
"""How long a host may take to say what became of a change."""


def asked_of_hosts(
    changes: Iterable[Made], links: Links, site: Site, hears: Callable[[Settled], object] = lambda _settled: None
) -> list[Made]:
    """The same, with what their hosts say of those whose end nobody saw; as they are where a host says nothing.

    Args:
        changes: some of them.
        links: how to reach their hosts.
        site: its hosts.
        hears: told what each host says, for the record.
    """
    return [made for one in changes if (made := _asked(one, links, site, hears)) is not None]


def _asked(made: Made, links: Links, site: Site, hears: Callable[[Settled], object]) -> Made | None:
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
    settled = settled_of(Once(run, key), made.step, made.host, said)
    hears(settled)
    found = {made.name: made}
    end(found, made.name, settled.state, settled.exit_code, said.state)
    return found.get(made.name)
