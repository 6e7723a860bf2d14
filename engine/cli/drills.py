"""`gnt-runbook drills`: how well each runbook is practised; and the words for it that other commands show."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

import typer

from engine.cli.errors import colour, show_error
from engine.cli.wiring import Workshop
from engine.clock import SystemClock
from engine.drills.folder import Drills, read_all
from engine.drills.status import REASONS, DrillStatus, standing
from engine.load.loader import LoadedRunbook
from engine.operator.interface import Line, Style
from engine.operator.screen import harmless
from engine.settings import load_settings

FORMAT = 1
"""Of what `--json` prints: keys may be added; none is removed or changes its meaning without a new number."""


def register(app: typer.Typer) -> None:
    app.command("drills")(drills)


def known(shop: Workshop) -> Drills:
    """All exercises that are known: those made here, those of the site, those that came with the packs."""
    shipped = [pack.drills for pack in shop.packs if pack.drills is not None]
    return read_all([shop.settings.drills_folder, *shop.settings.drills], shipped)


def standing_of(shop: Workshop, loaded: LoadedRunbook, of: Drills) -> DrillStatus:
    """How well a runbook is practised."""
    return standing(loaded.digest, of.of(loaded.runbook.id), SystemClock().now(), shop.settings.drill_days)


def line_of(shop: Workshop, loaded: LoadedRunbook) -> Line:
    """The same for the first screen of a run."""
    found = standing_of(shop, loaded, known(shop))
    return Line(Style.WARNING if found.stale else Style.FAINT, found.words)


def drills(
    days: Annotated[int | None, typer.Option("--days", min=1, help="Old after so many; default: the setting.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List when each runbook was last rehearsed in the version it has now, and which should be rehearsed again."""
    settings = load_settings()
    if days is not None:
        settings = replace(settings, drill_days=days)
    shop = Workshop(settings)
    loaded, broken = shop.library.load_all()
    records = known(shop)
    rows = [(one, standing_of(shop, one, records)) for one in loaded]
    if as_json:
        told = [{"id": one.runbook.id, "digest": one.digest, **found.as_data} for one, found in rows]
        whole = {"format": FORMAT, "days": settings.drill_days, "runbooks": told, "damaged": records.damaged}
        typer.echo(json.dumps(whole, indent=2))
    else:
        for one, found in rows:
            head = f"{one.runbook.id}: {REASONS[found.stale]}" if found.stale else f"{one.runbook.id}: practised"
            typer.secho(harmless(head), fg="yellow" if found.stale else "green", color=colour())
            typer.echo(harmless(f"    {found.words}"))
        stale = sum(1 for _one, found in rows if found.stale)
        typer.echo(f"\n{stale} of {len(rows)} should be rehearsed: gnt-runbook rehearse RUNBOOK")
        for words in records.damaged:
            typer.echo(harmless(f"Not read: {words}"), err=True)
    for error in broken:
        show_error(error)
    if broken:
        raise typer.Exit(int(broken[0].exit))
