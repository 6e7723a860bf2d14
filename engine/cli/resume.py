"""`gnt-runbook resume`: a run that did not come to its end, gone on with."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from engine.cli.drills import line_of
from engine.cli.open_site import open_site, start_run
from engine.cli.options import ApprovingOptions, LivingSiteOptions, SignersOption, grouped
from engine.cli.wiring import Workshop, operator_for, parameters
from engine.effects import Effect
from engine.errors import NOTHING_CHANGED, RunbookError, StoppedError, UsageError
from engine.exits import EXIT_HELP
from engine.journal.events import Answered, RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.signature import relied_on
from engine.load.loader import LoadedRunbook
from engine.load.source import Source
from engine.operator.interface import Operator
from engine.resume.chain import chain_of
from engine.resume.past import Past, replay
from engine.resume.screens import changed_file, summary, whole_text
from engine.resume.trust import agreed, strangers, taken_by_resuming
from engine.run.options import RunOptions
from engine.run.preconditions import know_codes
from engine.run.screen_text import introduction


def register(app: typer.Typer) -> None:
    app.command("resume", epilog=EXIT_HELP)(grouped(resume))


def resume(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="Its name or a part of it, or the path of its journal.")
    ] = "",
    *,
    at: LivingSiteOptions,
    said: ApprovingOptions,
    signers: SignersOption = None,
) -> None:
    """Go on with a run that did not come to its end: ask the hosts what became of it, then take what is left."""
    forced = said.forced
    said.refuse_destructive()
    shop = Workshop(at.settings)
    relied_on(signers)
    runs = RunsFolder(shop.settings.runs_folder)
    journals = chain_of(runs, run)
    strange = strangers(journals, runs, socket.gethostname())
    past = replay(journals)
    started = journals[-1].started
    assert started is not None  # noqa: S101 - a journal that does not say is none that can be gone on with
    operator = operator_for(said.answers, asks=True)
    operator.show(*summary(journals, past))
    with open_site(shop, operator, at) as here:
        here.require_site(started)
        taken = taken_by_resuming(past)
        told = agreed(journals, strange, taken, operator, here.reader, here.site, signers)
        loaded, chosen = _runbook(shop, past, started, operator)
        told += chosen
        know_codes(loaded.runbook.preconditions, forced)
        operator.show(*introduction(loaded.runbook, here.dead))
        given = {
            name: text
            for name, text in started.parameters.items()
            if name in loaded.runbook.parameters and not loaded.runbook.parameters[name].secret
        }
        values = parameters(loaded, given, shop.knowledge, here.now, operator)
        operator.show(line_of(shop, loaded))
        up_to = said.yes if loaded.digest == _digest(shop, started.runbook) else Effect.SAFE
        options = RunOptions(
            forced, said.reason or started.reason, said.ticket.strip() or started.ticket, up_to, told=told
        )
        start_run(here, loaded, values, options, past=past)


def _digest(shop: Workshop, runbook: str) -> str:
    """Which text the library has of a runbook; nothing if it has none."""
    try:
        return shop.library.load(runbook).digest
    except RunbookError:
        return ""


def _runbook(
    shop: Workshop, past: Past, started: RunStarted, operator: Operator
) -> tuple[LoadedRunbook, list[Answered]]:
    """The runbook as it is now; as it was then where that is wanted, or where there is none any more.

    One that only the journal has is read by the operator first.
    """
    then = past.texts.get(started.runbook)
    chosen: list[Answered] = []
    try:
        now = shop.library.trusted(started.runbook)
    except UsageError as error:
        if then is None or error.code != "runbook-unknown":
            raise
    else:
        if (changed := changed_file(past, now)) is None:
            return now, chosen
        lines, question = changed
        operator.show(*lines)
        answer = operator.ask(question)
        chosen.append(Answered(question.id, question.text, answer.key, answer.typed))
        if answer.key == "stop":
            raise StoppedError("You stopped before the run was resumed.", changed=NOTHING_CHANGED)
        if answer.key == "now" or then is None:
            return now, chosen
    loaded = shop.library.read(Source(f"journal of {past.runs[0]}", then.text.encode()))
    lines, question = whole_text(loaded)
    operator.show(*lines)
    answer = operator.ask(question)
    if answer.key == "stop":
        raise StoppedError("You stopped before the run was resumed.", changed=NOTHING_CHANGED)
    return loaded, [*chosen, Answered(question.id, question.text, answer.key, answer.typed)]
