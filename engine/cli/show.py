"""`gnt-runbook show`: a runbook as prose, before anyone runs it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from engine.cli.drills import known, standing_of
from engine.cli.wiring import Workshop
from engine.journal.undo_record import UndoByHand
from engine.load.loader import LoadedRunbook
from engine.model.hold import Hold
from engine.model.parts import ParallelPolicy, Rest
from engine.model.step import StepBase
from engine.model.versions import Versions
from engine.operator.screen import harmless
from engine.report.flow import as_html, as_mermaid, flow_of
from engine.run.screen_text import EFFECTS
from engine.settings import load_settings
from engine.steps.kind import name_of, prose
from engine.steps.kinds import Kinds


class ShownAs(StrEnum):
    """How a runbook is shown."""

    TEXT = "text"
    MERMAID = "mermaid"
    HTML = "html"


def register(app: typer.Typer) -> None:
    app.command("show")(show)


def show(
    runbook: Annotated[str, typer.Argument(help="Name of a runbook, or path of a runbook file.")],
    form: Annotated[
        ShownAs, typer.Option("--format", help="In words; or its flow, drawn for a wiki or a browser.")
    ] = ShownAs.TEXT,
) -> None:
    """Show a runbook: what it is for, what it needs, its steps, what can go wrong."""
    shop = Workshop(load_settings())
    loaded = shop.library.load(runbook)
    match form:
        case ShownAs.TEXT:
            title, *rest = page(loaded)
            practised = standing_of(shop, loaded, known(shop)).words
            typer.echo(harmless("\n".join([title, "", practised, *rest])))
        case ShownAs.MERMAID:
            typer.echo(as_mermaid(flow_of(loaded, shop.library.load)), nl=False)
        case ShownAs.HTML:
            typer.echo(as_html(flow_of(loaded, shop.library.load)), nl=False)


def page(loaded: LoadedRunbook) -> list[str]:
    """A runbook in words, line by line (Markdown)."""
    runbook = loaded.runbook
    lines = [f"# {runbook.id}: {runbook.title}", "", runbook.summary.strip(), ""]
    if runbook.versions != Versions():
        lines += [f"Versions: {runbook.versions.words}.", ""]
    if runbook.origin:
        lines += [f"Origin: {runbook.origin}", ""]
    lines += _section("When to use it", [f"- {one.strip()}" for one in runbook.use_when])
    lines += _section("When not", [f"- {one.strip()}" for one in runbook.not_when])
    lines += _section("What can go wrong", [f"- {one.strip()}" for one in runbook.dangers])
    lines += _section("What it does differently from its origin", [f"- {one.strip()}" for one in runbook.differs])
    lines += _section(
        "Parameters", [f"- `{name}` ({one.type}): {one.help}" for name, one in runbook.parameters.items()]
    )
    lines += _section(
        "Before anything",
        [
            f"- `{one.code}`: {name_of(one)}" + ("" if one.forcible else " (cannot be forced)")
            for one in runbook.preconditions
        ],
    )
    if runbook.second_person is not None:
        least = runbook.second_person
        lines += [f"A second person has to approve each step that is {least}, or costs more.", ""]
    if runbook.despite:
        lines += [f"It is made for hosts that are not well: {', '.join(runbook.despite)} does not stop it.", ""]
    for hold in runbook.meanwhile:
        lines += _hold(hold)
    lines += ["## Steps", ""]
    for number, step in enumerate(runbook.steps, start=1):
        lines += _step(number, step, loaded.kinds)
    lines += _section("Afterwards", [f"- {name_of(one)}" for one in runbook.postconditions])
    return lines


def _section(title: str, rows: list[str]) -> list[str]:
    return [f"## {title}", "", *rows, ""] if rows else []


def _hold(hold: Hold) -> list[str]:
    rows = [
        ("why", prose(hold.why)),
        ("only when", " and ".join(f"`{one}`" for one in hold.when)),
        ("taken by", f"`{' '.join(hold.hold)}` on `{hold.on}`"),
        ("given back by", f"`{' '.join(hold.release)}`, however the run ends"),
        ("leaves", hold.leaves and f"`{hold.leaves.runbook}` if it is not given back: {prose(hold.leaves.because)}"),
        ("justified by", hold.source),
    ]
    told = [f"- {name}: {text}" for name, text in rows if text]
    return [f"## Meanwhile: {hold.title} (`{hold.id}`)", "", *told, ""]


def undoing(step: StepBase) -> str:
    """How it is taken back, and whether gnt-runbook undo does that, in Markdown."""
    undo = step.undo
    if isinstance(undo, str):
        said = prose(undo)
        return f"{said}; `gnt-runbook undo` does it" if step.keeps_old and not UndoByHand(said).impossible else said
    on = f" on `{undo.on}`" if undo.on is not None else ""
    does = f"does `{' '.join(undo.run)}`{on}" if undo.run else "puts the old file back"
    needs = f", if `{name_of(undo.needs)}`" if undo.needs is not None else ""
    costs = f" ({EFFECTS[undo.effect]})" if undo.effect is not None else ""
    return "; ".join(filter(None, (prose(undo.advice), f"`gnt-runbook undo` {does}{needs}{costs}")))


def _at_once(together: ParallelPolicy) -> str:
    return f"up to {together.limit}, approved as one; no further one once more than {together.failures} failed"


def _rest(rest: Rest) -> str:
    return f"`{rest.step}`" if rest.or_ == "refuse" else f"`{rest.step}` (else it is asked for once more)"


def _step(number: int, step: StepBase, kinds: Kinds) -> list[str]:
    lines = [f"{number}. **{step.title}** (`{step.id}`)"]
    if step.why:
        lines.append(f"   {' '.join(step.why.split())}")
    rows = [
        ("only when", " and ".join(f"`{one}`" for one in step.when)),
        ("for each", step.each and f"`{step.each}`"),
        ("at the same time", step.together and _at_once(step.together)),
        ("rests on", step.rests_on and ", ".join(_rest(one) for one in step.rests_on)),
        ("does", kinds.of(step).does(step)),
        ("effect", EFFECTS[step.effect]),
        ("second person", "has to approve it" if step.second_person else ""),
        ("what follows", " ".join(step.consequence.split())),
        ("verified by", step.verify and f"`{name_of(step.verify)}`"),
        ("to take it back", undoing(step)),
        ("may fail", step.may_fail),
        ("leaves", step.leaves and f"`{step.leaves.runbook}`: {' '.join(step.leaves.because.split())}"),
        ("justified by", step.source),
    ]
    lines += [f"   - {name}: {text}" for name, text in rows if text]
    return [*lines, ""]
