"""`gnt-runbook run`: a runbook on the real cluster, for real or as a dry run."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.drills import line_of
from engine.cli.open_site import open_site, start_run
from engine.cli.options import ApprovingOptions, DryOption, LivingSiteOptions, grouped
from engine.cli.reason import reason_for
from engine.cli.wiring import Workshop, operator_for, parameters, refuse_early
from engine.exits import EXIT_HELP
from engine.load.parameters import split_pairs
from engine.run.execute import dry_run
from engine.run.options import RunOptions
from engine.run.screen_text import introduction


def register(app: typer.Typer) -> None:
    app.command("run", epilog=EXIT_HELP)(grouped(run))


def run(
    runbook: Annotated[str, typer.Argument(help="Name of a runbook, or path of a runbook file.")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Its parameters.")] = None,
    *,
    at: LivingSiteOptions,
    dry: DryOption = False,
    said: ApprovingOptions,
) -> None:
    """Run a runbook on the cluster, step by step. Nothing is changed before it was shown and approved."""
    forced = said.forced
    said.refuse_destructive()
    shop = Workshop(at.settings)
    loaded = shop.library.trusted(runbook)
    given = split_pairs(pairs or [])
    refuse_early(loaded, given, shop.knowledge, forced)
    operator = operator_for(said.answers, asks=not dry)
    with open_site(shop, operator, at) as here:
        # Before anything is asked: nobody can say why, or on what, who does not know what is about to be done.
        operator.show(*introduction(loaded.runbook, here.dead))
        values = parameters(loaded, given, shop.knowledge, here.now, operator)
        operator.show(line_of(shop, loaded))
        if dry:
            raise typer.Exit(int(dry_run(here.planned(loaded, values), forced)))
        why = reason_for(loaded, said.reason, shop.library.load, operator)
        start_run(here, loaded, values, RunOptions(forced, why, said.ticket.strip(), said.yes))
