"""`gnt-runbook undo`: the changes of an earlier run, taken back, newest first, each after asking."""

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
from engine.cli.reasoning import ReasonOption, TicketOption, reason_for
from engine.cli.running import AT_ONCE, SYSLOG
from engine.cli.wiring import EXIT_HELP, Workshop, entries, operator_for, refuse_yes
from engine.clock import SystemClock
from engine.effects import Effect
from engine.errors import StoppedError
from engine.journal.folder import RunsFolder
from engine.knowledge import Context
from engine.locks.holder import Holder
from engine.locks.hosts import HostLocks
from engine.locks.locks import Locks
from engine.operator.interface import Line, Style
from engine.person import me
from engine.run.context import RunContext
from engine.run.execute import How, dry_run, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.run.second import Approvals
from engine.template.filters import plural
from engine.transport.reader import Reader
from engine.undo.made import made_by, taken_back
from engine.undo.refusals import same_site, undoable
from engine.undo.runbook import runbook_of, told
from engine.undo.sorting import sort
from engine.who import look


def register(app: typer.Typer) -> None:
    app.command("undo", epilog=EXIT_HELP)(undo)


def undo(
    run: Annotated[str, typer.Argument(help="Name of a run, or an unmistakable part of it (gnt-runbook runs).")],
    host: HostOption = None,
    dry: Annotated[bool, typer.Option("--dry-run", "-n", help="Read everything, change nothing, show all.")] = False,
    answers: Annotated[Path | None, typer.Option("--answers", help="A file with the answers, in YAML.")] = None,
    yes: Annotated[
        Effect, typer.Option("--yes", help="Approve steps up to this effect; never destructive ones.")
    ] = Effect.SAFE,
    reason: ReasonOption = "",
    ticket: TicketOption = "",
    user: UserOption = None,
    port: PortOption = None,
    ssh_config: SshConfigOption = None,
    dead: DeadOption = None,
) -> None:
    """Take back what a run changed, newest first, each after asking; what cannot be taken back is told first."""
    settings = settings_with(user, port, ssh_config)
    refuse_yes(yes)
    shop = Workshop(settings)
    runs = RunsFolder(settings.runs_folder)
    undone = runs.find(run)
    started = undoable(undone)
    operator = operator_for(answers, asks=not dry)
    local = shop.discoverer.local_entry()
    links = links_to_hosts(settings, local, dead=dead)
    clock = SystemClock()
    try:
        reader = Reader(links)
        site = shop.discover(reader, entries(settings, host or [], local))
        left_out = links.settle(site.hosts)
        same_site(started, site.label)
        found = sort(made_by(undone), taken_back(runs.all()[0]), reader, site)
        if not found.due:
            operator.show(
                Line(Style.HEADING, f"Undo {started.run}"),
                *(Line(Style.WARNING, told(made, why)) for made, why in found.left),
                Line(
                    Style.TEXT,
                    f"Nothing is left that can be undone; {plural(found.back, 'change is', 'changes are')} back.",
                ),
            )
            return
        loaded, kept = runbook_of(started, found)
        made = RunContext(
            loaded,
            shop.knowledge,
            site,
            reader,
            clock,
            operator,
            RunNames("dry-run", loaded.runbook.id),
            started.parameters,
            kept=kept,
            library=shop.library.load,
            second_person=settings.second_person,
            dead=left_out,
        )
        if dry:
            raise typer.Exit(int(dry_run(made, Forced())))
        why = reason_for(loaded, reason, shop.library.load, operator)
        name, journal = runs.new(loaded.runbook.id, clock)
        made.names = RunNames(name, loaded.runbook.id)
        with journal:
            operator.show(Line(Style.FAINT, f"Run {name} on {site.label}; journal: {journal.path}"))
            person = look()
            how = How(
                "real",
                person.known,
                reason=why,
                yes_up_to=yes,
                at_once=AT_ONCE,
                syslog=SYSLOG,
                undoes=started.run,
                probes=shop.probes,
                survey=shop.survey(Context(reader, site, clock)),
                ticket=ticket.strip(),
                sources=person.sources,
                locks=Locks(
                    HostLocks(links),
                    site.hosts.values(),
                    Holder.of(name, loaded.runbook.id, person.known, clock),
                ),
                approvals=Approvals(settings.approvals_folder, settings.approval_timeout, me()),
            )
            try:
                execute(made, links, journal, how)
            except StoppedError as error:
                error.hint = f"gnt-runbook undo {started.run} goes on with what is left."
                raise
    finally:
        links.close()
