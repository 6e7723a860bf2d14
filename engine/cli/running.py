"""`gnt-runbook run`: a runbook on the real cluster, for real or as a dry run."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.connecting import DeadOption, HostOption, PortOption, SshConfigOption, UserOption, settings_with
from engine.cli.drilling import line_of
from engine.cli.real import AnswersOption, DryOption, ForceOption, YesOption, open_site, start_run
from engine.cli.reasoning import ReasonOption, TicketOption, reason_for
from engine.cli.wiring import Workshop, forced_by, operator_for, parameters, refuse_early, refuse_yes
from engine.effects import Effect
from engine.exits import EXIT_HELP
from engine.load.parameters import split_pairs
from engine.run.execute import dry_run
from engine.run.options import RunOptions
from engine.run.telling import introduction


def register(app: typer.Typer) -> None:
    app.command("run", epilog=EXIT_HELP)(run)


def run(
    runbook: Annotated[str, typer.Argument(help="Name of a runbook, or path of a runbook file.")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Its parameters.")] = None,
    host: HostOption = None,
    dry: DryOption = False,
    answers: AnswersOption = None,
    yes: YesOption = Effect.SAFE,
    force: ForceOption = None,
    reason: ReasonOption = "",
    ticket: TicketOption = "",
    user: UserOption = None,
    port: PortOption = None,
    ssh_config: SshConfigOption = None,
    dead: DeadOption = None,
) -> None:
    """Run a runbook on the cluster, step by step. Nothing is changed before it was shown and approved."""
    forced = forced_by(force or [], reason)
    refuse_yes(yes)
    shop = Workshop(settings_with(user, port, ssh_config, host, dead))
    loaded = shop.library.trusted(runbook)
    said = split_pairs(pairs or [])
    refuse_early(loaded, said, shop.knowledge, forced)
    operator = operator_for(answers, asks=not dry)
    with open_site(shop, operator, host, dead) as here:
        # Before anything is asked: nobody can say why, or on what, who does not know what is about to be done.
        operator.show(*introduction(loaded.runbook, here.dead))
        values = parameters(loaded, said, shop.knowledge, here.now, operator)
        operator.show(line_of(shop, loaded))
        if dry:
            raise typer.Exit(int(dry_run(here.planned(loaded, values), forced)))
        why = reason_for(loaded, reason, shop.library.load, operator)
        start_run(here, loaded, values, RunOptions(forced, why, ticket.strip(), yes))
