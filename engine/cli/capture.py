"""`gnt-runbook capture`: what a diagnosis reads, kept in a file without secrets. It only looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine import __version__
from engine.capture.archive import refuse_existing, write
from engine.capture.model import Capture
from engine.capture.recording import Recording, RecordingReader
from engine.capture.redact import redacted
from engine.cli.diagnose import world_named
from engine.cli.errors import colour
from engine.cli.links import links_to_hosts
from engine.cli.options import SiteOptions, grouped, one_of
from engine.cli.wiring import Workshop, entries
from engine.clock import Clock, SystemClock
from engine.commands import to_type
from engine.errors import NOTHING_CHANGED, UsageError
from engine.exits import EXIT_HELP, Exit
from engine.hosts.host import Host, Links
from engine.knowledge import Context
from engine.operator.interface import Line, Style
from engine.operator.screen import render


def register(app: typer.Typer) -> None:
    app.command("capture", epilog=f"{EXIT_HELP}. 3 if no host could be read; nothing is written then.")(
        grouped(capture)
    )


def capture(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, such as incident.tar.gz.")],
    *,
    at: SiteOptions,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Capture an embedded cluster in this state instead.")
    ] = None,
) -> None:
    """Keep what a diagnosis reads in a file, without secrets, to look at it elsewhere and to rehearse on its twin."""
    one_of(scenario=scenario, host=at.host)
    refuse_existing(output)
    settings = at.settings
    shop = Workshop(settings)
    if scenario is not None:
        world = world_named(shop, scenario)
        _keep(taken(shop, world.links, [world.entry], world.clock), output)
        return
    local = shop.discoverer.local_entry()
    links = links_to_hosts(settings, local, soon=True)
    try:
        found = taken(shop, links, entries(settings, at.host or [], local), SystemClock())
    finally:
        links.close()
    _keep(found, output)


def taken(shop: Workshop, links: Links, where: list[Host], clock: Clock) -> Capture:
    """A capture of the site behind these links, without secrets.

    Raises:
        FactError, HostError: no host of it answers as one.
        UsageError: the pack cannot capture.
    """
    pack = shop.discoverer
    if pack.diagnose is None or pack.captures is None:
        raise UsageError("The installed pack cannot capture.", changed=NOTHING_CHANGED, code="pack-missing")
    begun, recording = clock.now(), Recording()
    reader = RecordingReader(links, recording)
    site = shop.discover(reader, where)
    context = Context(reader, site, clock)
    pack.diagnose(context)
    pack.captures.further(context)
    answers = redacted(recording.entries, pack.captures.redact)
    return Capture(begun, site.label, tuple(where), answers, __version__)


def _keep(found: Capture, output: Path) -> None:
    answered = found.answering()
    if not answered:
        raise typer.Exit(int(Exit.PRECONDITION))
    write(found, output)
    silent = [name for name in found.host_names() if name not in answered]
    lines = [Line(Style.GOOD, f"{found.site}: {len(found.answers)} answers of {', '.join(answered)} are in {output}")]
    lines += [Line(Style.UNSURE, f"not captured: {name}") for name in silent]
    lines += [
        Line(
            Style.TEXT,
            "Passwords, keys and parameters of operating systems were taken out as far as they are known by name or"
            " form. Names, addresses and logs are in it: look at it before you pass it on.",
        ),
        Line(Style.COMMAND, to_type("diagnose", "--from", str(output))),
    ]
    for line in lines:
        typer.echo(render(line, colour=True), color=colour())
