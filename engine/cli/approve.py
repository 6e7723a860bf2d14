"""`gnt-runbook approve`: the second person sees what a run is about to do, and lets it or not."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from engine.approvals.approver import Approver
from engine.approvals.folder import ApprovalFolder
from engine.errors import NOTHING_CHANGED, StoppedError, UsageError
from engine.exits import EXIT_HELP, Exit
from engine.operator.interface import Line, Style
from engine.operator.terminal import Terminal
from engine.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("approve", epilog=EXIT_HELP)(approve)


def approve(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Default: the only run that waits.")] = None,
) -> None:
    """Approve or deny what another person's run is about to do; you see what they were shown."""
    folder = ApprovalFolder(load_settings().approvals_folder)
    name = _the_one(folder, run)
    terminal = Terminal()
    with Approver(folder, name) as approver:
        request = approver.request
        changed = f" on {', '.join(request.hosts)}" if request.hosts else ""
        terminal.show(
            Line(Style.HEADING, f"{approver.asker.name} asks for your approval"),
            Line(
                Style.TEXT, f"Run {request.run} of {request.runbook} on {request.site}; step {request.step}{changed}."
            ),
            Line(Style.TEXT, f"It waits until {request.until}; no answer is a denial. What they were shown:"),
            *request.card,
        )
        answer = terminal.ask(request.asked)
        if answer.key == "later":
            terminal.show(Line(Style.FAINT, "You gave no answer."))
            raise typer.Exit(int(Exit.DONE))
        state, why = approver.answer(answer)
    if state not in {"approved", "denied"}:
        raise StoppedError(
            "Your answer came to nothing.",
            why=why,
            changed=NOTHING_CHANGED,
            hint="See what the run does now: gnt-runbook runs.",
            code="approval-late",
        )
    wanted = "approved" if answer.key == "approve" else "denied"
    if state == wanted:
        terminal.show(Line(Style.GOOD, f"The step is {state}; the run {request.run} knows."))
    else:
        terminal.show(Line(Style.WARNING, f"The step is {state} already: {why}"))


def _the_one(folder: ApprovalFolder, run: str | None) -> str:
    waiting = folder.runs()
    fitting = [one for one in waiting if run is None or one == run] or [one for one in waiting if run and run in one]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise UsageError(
            f"Several runs wait for an approval: {', '.join(fitting)}.",
            changed=NOTHING_CHANGED,
            hint="Name the one you mean: gnt-runbook approve RUN.",
            code="run-ambiguous",
        )
    become = "" if os.geteuid() == 0 else " If it is root's run, use sudo: sudo gnt-runbook approve."
    raise UsageError(
        f"No run waits for an approval{f' whose name has {run!r} in it' if run else ''}.",
        why=f"there is no request in {folder.path}",
        changed=NOTHING_CHANGED,
        hint=f"It may have ended: gnt-runbook runs.{become} docs/approvals.md tells where requests wait.",
        code="approval-none",
    )
