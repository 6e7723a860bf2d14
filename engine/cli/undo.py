"""`gnt-runbook undo`: the changes of an earlier run, taken back, newest first, each after asking."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from engine.cli.open_site import open_site, start_run
from engine.cli.options import DryOption, LivingSiteOptions, OperatorOptions, SignersOption, grouped
from engine.cli.reason import reason_for
from engine.cli.wiring import Workshop, operator_for
from engine.commands import to_type
from engine.english import plural
from engine.errors import StepError, StoppedError
from engine.exits import EXIT_HELP, Exit
from engine.identity import look
from engine.journal.events import Event
from engine.journal.folder import RunsFolder
from engine.journal.signature import relied_on
from engine.operator.interface import Line, Style
from engine.resume.chain import with_those_before
from engine.resume.trust import agreed, strangers, taken_by_undoing
from engine.run.execute import dry_run
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from engine.run.screen_text import introduction
from engine.undo.changes import Made, asked_of_hosts, made_by, taken_back
from engine.undo.record import note
from engine.undo.refusals import not_resumed, undoable
from engine.undo.runbook import explained, runbook_of
from engine.undo.sorting import sort


def register(app: typer.Typer) -> None:
    app.command("undo", epilog=EXIT_HELP)(grouped(undo))


def undo(
    run: Annotated[str, typer.Argument(help="Name of a run, or an unmistakable part of it (gnt-runbook runs).")],
    *,
    at: LivingSiteOptions,
    dry: DryOption = False,
    said: OperatorOptions,
    signers: SignersOption = None,
) -> None:
    """Take back what a run changed, newest first, each after asking; what cannot be taken back is told first."""
    shop = Workshop(at.settings)
    relied_on(signers)
    runs = RunsFolder(shop.settings.runs_folder)
    undone = runs.find(run)
    started = undoable(undone)
    journals = runs.all()[0]
    not_resumed(undone, journals)
    chain = with_those_before(undone, journals)
    strange = strangers(chain, runs, socket.gethostname())
    operator = operator_for(said.answers, asks=not dry)
    with open_site(shop, operator, at) as here:
        here.require_site(started)
        told = agreed(chain, strange, taken_by_undoing(chain), operator, here.reader, here.site, signers)

        def asked(changes: list[Made]) -> list[Made]:
            # Asking notes on the host that what was not begun never will be: a dry run does not.
            return changes if dry else asked_of_hosts(changes, here.links, here.site, heard.append)

        heard: list[Event] = []
        changes = made_by(chain, journals)
        # What was closed is forgotten there.
        if not (undone.ended is not None and undone.ended.exit == Exit.DONE):
            changes = asked(changes)
        found = sort(changes, taken_back(journals, asked), shop.knowledge, here.now)
        if not found.due:
            back = plural(found.back, "change is", "changes are")
            operator.show(
                Line(Style.HEADING, f"Undo {started.run}"),
                *(Line(Style.WARNING, explained(made, why)) for made, why in found.left),
                Line(Style.TEXT, f"Nothing is left that can be undone; {back} back."),
            )
            note(runs, undone, heard, look(), here.clock)
            return
        loaded, values = runbook_of(started, found, shop.library.trusted)
        operator.show(*introduction(loaded.runbook, here.dead))
        if dry:
            raise typer.Exit(int(dry_run(here.planned(loaded, started.parameters, saved=values), Overrides())))
        why = reason_for(loaded, said.reason, shop.library.load, operator)
        options = RunOptions(
            reason=why, ticket=said.ticket.strip(), undoes=started.run, before=undone.tip, told=[*told, *heard]
        )
        try:
            start_run(here, loaded, started.parameters, options, saved=values)
        except (StoppedError, StepError) as error:
            error.hint = f"{to_type('undo', started.run)} goes on with what is left."
            raise
