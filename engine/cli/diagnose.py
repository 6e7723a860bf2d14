"""`gnt-runbook diagnose`: what is wrong with the cluster, and which runbook fits. It only looks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from engine.capture.archive import load
from engine.capture.recording import ReplayClock, ReplayingReader
from engine.cli.errors import colour
from engine.cli.links import links_to_hosts
from engine.cli.options import FromOption, LivingSiteOptions, grouped, one_of
from engine.cli.wiring import Workshop, entries
from engine.clock import Clock, SystemClock
from engine.english import evidence, listed, shortened
from engine.errors import NOTHING_CHANGED, UsageError
from engine.exits import EXIT_HELP, Exit
from engine.findings import Diagnosis, Finding, Suggestion
from engine.hosts.declared_dead import WithoutTheDead
from engine.hosts.host import Host
from engine.hosts.reader import Reader
from engine.knowledge import Context
from engine.operator.interface import Line, Style
from engine.operator.screen import render, without_secrets
from engine.ownership import stranger_of
from engine.packs import World
from engine.redaction.redactor import REDACTOR

FORMAT = 1
"""Of what `--json` prints: keys may be added; none is removed or changes its meaning without a new number."""


def register(app: typer.Typer) -> None:
    app.command("diagnose", epilog=f"{EXIT_HELP}. 0 whatever was found; 3 if no host could be read.")(grouped(diagnose))


def diagnose(
    *,
    at: LivingSiteOptions,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Look at an embedded cluster in this state instead.")
    ] = None,
    from_file: FromOption = None,
) -> None:
    """Look at the whole cluster, say what is wrong and which runbook fits. Changes nothing, needs no daemon."""
    settings = at.settings
    shop = Workshop(settings)
    one_of(scenario=scenario, host=at.host, from_=from_file)
    one_of(dead=at.dead, from_=from_file)
    if from_file is not None:
        capture = load(from_file)
        replayed = ReplayingReader(capture)
        site = shop.discover(replayed, list(capture.entries))
        context = Context(replayed, site, ReplayClock(capture.taken))
        _show(shop, context, as_json=as_json, captured=capture.taken, stranger=stranger_of(from_file))
        return
    if scenario is not None:
        world = world_named(shop, scenario)
        _look(shop, WithoutTheDead(world.links, at.dead or ()), [world.entry], world.clock, as_json=as_json)
        return
    local = shop.discoverer.local_entry()
    links = links_to_hosts(settings, local, soon=True, dead=at.dead)
    try:
        _look(shop, links, entries(settings, at.host or [], local), SystemClock(), as_json=as_json)
    finally:
        links.close()


def _look(shop: Workshop, links: WithoutTheDead, where: list[Host], clock: Clock, *, as_json: bool) -> None:
    reader = Reader(links)
    site = shop.discover(reader, where)
    links.settle(site.hosts)
    _show(shop, Context(reader, site, clock), as_json=as_json)


def _show(
    shop: Workshop, context: Context, *, as_json: bool, captured: datetime | None = None, stranger: str = ""
) -> None:
    look = shop.discoverer.diagnose
    if look is None:
        raise UsageError("The installed pack cannot diagnose.", changed=NOTHING_CHANGED, code="pack-missing")
    found = look(context)
    site = context.site
    if as_json:
        when = {"captured": captured.isoformat()} if captured else {}
        typer.echo(json.dumps(REDACTOR.data(as_data(site.label, found)) | when, indent=2))
    else:
        then = f"As it was at {captured:%Y-%m-%d %H:%M:%S} UTC, says the capture, not as it is now" if captured else ""
        # Whoever made it chose the names in what is to be typed.
        then += f"; nothing vouches for it, and {stranger}" if stranger else ""
        for line in without_secrets([*([Line(Style.WARNING, then)] if then else []), *in_words(site.label, found)]):
            typer.echo(render(line, colour=True), color=colour())
    if not found.answered:
        raise typer.Exit(int(Exit.PRECONDITION))


def world_named(shop: Workshop, name: str) -> World:
    """The embedded site in a start state, by its whole name.

    Raises:
        UsageError: there is none of this name.
    """
    known = {each: build for pack in shop.packs for each, build in pack.scenarios.items()}
    if name not in known:
        raise UsageError(
            f"There is no scenario {name!r}.",
            changed=NOTHING_CHANGED,
            hint=f"There are {', '.join(known)}.",
            code="scenario-unknown",
        )
    return known[name]()


def in_words(site: str, found: Diagnosis) -> Iterator[Line]:
    """What the operator reads: findings, what to type, what is not known, and a verdict that claims no more."""
    yield Line(Style.HEADING, f"{site}: looked at {listed(found.answered) or 'no host'}")
    for name in shortened(found.silent):
        yield Line(Style.UNSURE, f"not looked at: {name}")
    for one in found.findings:
        yield from _finding(one)
    if found.suggestions:
        yield Line(Style.HEADING, "What fits, the most urgent first; with --dry-run each only shows what it would do")
        for suggestion in found.suggestions:
            yield Line(Style.COMMAND, suggestion.command)
            yield from [Line(Style.WARNING, suggestion.note)] if suggestion.note else []
        if found.again:
            yield Line(Style.TEXT, "Then diagnose again: what else was found may be over by then.")
    yield from _not_known(found)
    if found.all_well:
        yield Line(Style.GOOD, "Nothing wrong found: every host answered, and every question could be decided.")
    elif not found.findings:
        yield Line(Style.TEXT, "Nothing wrong was found in what could be seen, which is not everything.")
    if found.beyond:
        yield Line(Style.FAINT, f"Never looked at here: {', '.join(found.beyond)}.")


def _finding(one: Finding) -> Iterator[Line]:
    if one.explained_by:
        yield Line(Style.TEXT, f"and so: {one.title}")
    else:
        yield Line(Style.HEADING, one.title)
    yield Line(Style.FAINT, f"  about {listed(one.about)}")
    yield from [Line(Style.OUTPUT, "\n".join(evidence(one.evidence)))] if one.evidence else []
    yield from [Line(Style.TEXT, f"  {one.next}")] if one.next else []


def _not_known(found: Diagnosis) -> Iterator[Line]:
    reasons: dict[str, list[str]] = {}
    for one in found.unknown:
        reasons.setdefault(one.why, []).append(one.question)
    if reasons:
        yield Line(Style.HEADING, "What could not be found out")
    for why, questions in reasons.items():
        yield Line(Style.UNSURE, "; ".join(shortened(questions)))
        yield Line(Style.FAINT, f"     {why}")


def as_data(site: str, found: Diagnosis) -> dict[str, Any]:
    """The same for machines; `FORMAT` says what may be relied on."""
    return {
        "format": FORMAT,
        "site": site,
        "all_well": found.all_well,
        "answered": list(found.answered),
        "silent": list(found.silent),
        "findings": [
            {
                "code": one.code,
                "key": one.key,
                "title": one.title,
                "about": [{"kind": each.kind, "name": each.name} for each in one.about],
                "evidence": list(one.evidence),
                "weight": one.weight,
                "explained_by": one.explained_by[0] if one.explained_by else None,
                "suggestion": _suggestion(one.suggestion) if one.suggestion else None,
                "next": one.next,
            }
            for one in found.findings
        ],
        "suggestions": [_suggestion(one) for one in found.suggestions],
        "unknown": [{"question": one.question, "why": one.why} for one in found.unknown],
        "beyond": list(found.beyond),
    }


def _suggestion(one: Suggestion) -> dict[str, Any]:
    return {"runbook": one.runbook, "parameters": dict(one.parameters), "command": one.command, "note": one.note}
