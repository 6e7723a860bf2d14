"""`gnt-runbook run`: a runbook on the real cluster, for real or as a dry run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.connecting import (
    DeadOption,
    HostOption,
    PortOption,
    SshConfigOption,
    UserOption,
    links_to_hosts,
    settings_with,
)
from engine.cli.drilling import line_of
from engine.cli.reasoning import ReasonOption, TicketOption, reason_for
from engine.cli.wiring import (
    EXIT_HELP,
    Workshop,
    entries,
    forced_by,
    operator_for,
    parameters,
    refuse_early,
    refuse_yes,
)
from engine.clock import SystemClock
from engine.effects import Effect
from engine.journal.folder import RunsFolder
from engine.knowledge import Context
from engine.load.parameters import split_pairs
from engine.locks.holder import Holder
from engine.locks.hosts import HostLocks
from engine.locks.locks import Locks
from engine.operator.interface import Line, Style
from engine.person import me
from engine.run.context import RunContext
from engine.run.execute import How, dry_run, execute
from engine.run.scope import RunNames
from engine.run.second import Approvals
from engine.transport.reader import Reader
from engine.who import look

AT_ONCE = 16
"""How many items of a loop may be done at the same time, whatever a runbook says."""


SYSLOG = Path("/dev/log")


def register(app: typer.Typer) -> None:
    app.command("run", epilog=EXIT_HELP)(run)


def run(
    runbook: Annotated[str, typer.Argument(help="Name of a runbook, or path of a runbook file.")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Its parameters.")] = None,
    host: HostOption = None,
    dry: Annotated[bool, typer.Option("--dry-run", "-n", help="Read everything, change nothing, show all.")] = False,
    answers: Annotated[Path | None, typer.Option("--answers", help="A file with the answers, in YAML.")] = None,
    yes: Annotated[
        Effect, typer.Option("--yes", help="Approve steps up to this effect; never destructive ones.")
    ] = Effect.SAFE,
    force: Annotated[list[str] | None, typer.Option("--force", help="Override a precondition by its code.")] = None,
    reason: ReasonOption = "",
    ticket: TicketOption = "",
    user: UserOption = None,
    port: PortOption = None,
    ssh_config: SshConfigOption = None,
    dead: DeadOption = None,
) -> None:
    """Run a runbook on the cluster, step by step. Nothing is changed before it was shown and approved."""
    settings = settings_with(user, port, ssh_config)
    forced = forced_by(force or [], reason)
    refuse_yes(yes)
    shop = Workshop(settings)
    loaded = shop.library.load(runbook)
    given = split_pairs(pairs or [])
    refuse_early(loaded, given, shop.knowledge, forced)
    operator = operator_for(answers, asks=not dry)
    local = shop.discoverer.local_entry()
    links = links_to_hosts(settings, local, dead=dead)
    clock = SystemClock()
    try:
        reader = Reader(links)
        site = shop.discover(reader, entries(settings, host or [], local))
        left_out = links.settle(site.hosts)
        context = Context(reader, site, clock)
        values = parameters(loaded, given, shop.knowledge, context, operator)
        operator.show(line_of(shop, loaded))
        runs = RunsFolder(settings.runs_folder)
        if dry:
            names = RunNames("dry-run", loaded.runbook.id)
            made = RunContext(
                loaded,
                shop.knowledge,
                site,
                reader,
                clock,
                operator,
                names,
                values,
                library=shop.library.load,
                second_person=settings.second_person,
                dead=left_out,
            )
            raise typer.Exit(int(dry_run(made, forced)))
        why = reason_for(loaded, reason, shop.library.load, operator)
        name, journal = runs.new(loaded.runbook.id, clock)
        with journal:
            operator.show(Line(Style.FAINT, f"Run {name} on {site.label}; journal: {journal.path}"))
            made = RunContext(
                loaded,
                shop.knowledge,
                site,
                reader,
                clock,
                operator,
                RunNames(name, loaded.runbook.id),
                values,
                library=shop.library.load,
                second_person=settings.second_person,
                dead=left_out,
            )
            person = look()
            how = How(
                "real",
                person.known,
                forced,
                why,
                yes,
                AT_ONCE,
                SYSLOG,
                survey=shop.survey(context),
                ticket=ticket.strip(),
                sources=person.sources,
                locks=Locks(
                    HostLocks(links),
                    site.hosts.values(),
                    Holder.of(name, loaded.runbook.id, person.known, clock),
                ),
                approvals=Approvals(settings.approvals_folder, settings.approval_timeout, me()),
                probes=shop.probes,
            )
            execute(made, links, journal, how)
    finally:
        links.close()
