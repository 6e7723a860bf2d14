"""`gnt-runbook rehearse`: a runbook on the embedded cluster; no host is touched."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from engine.capture.archive import load
from engine.cli.options import ForcingOptions, FromOption, grouped, one_of
from engine.cli.wiring import Workshop, operator_for, parameters, refuse_early
from engine.clock import SystemClock
from engine.drills.run import add_run
from engine.errors import NOTHING_CHANGED, RunbookError, UsageError
from engine.exits import EXIT_HELP
from engine.hosts.declared_dead import WithoutTheDead
from engine.identity import look
from engine.journal.folder import RunsFolder
from engine.load.parameters import split_pairs
from engine.operator.interface import Line, Operator, Style
from engine.packs import Pack, World
from engine.run.options import RunOptions, RunSettings
from engine.run.screen_text import introduction
from engine.run.session import OpenSite
from engine.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("rehearse", epilog=EXIT_HELP)(grouped(rehearse))


def rehearse(
    runbook: Annotated[str, typer.Argument(help="Name of a runbook.")],
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Parameters; the scenario has its own."),
    ] = None,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Which incident; default: the plain one.")] = None,
    site_file: Annotated[
        Path | None,
        typer.Option("--site", help="A file with the names of your own cluster, which the embedded one gets."),
    ] = None,
    from_file: FromOption = None,
    *,
    said: ForcingOptions,
) -> None:
    """Rehearse a runbook on an embedded cluster that has the incident. Needs no cluster and touches none.

    With --site, the embedded cluster has the names, networks and port that a file gives it.

    With --from, the embedded cluster is made like the captured one: its own incident is rehearsed on its twin.
    """
    one_of(scenario=scenario, from_=from_file)
    one_of(site=site_file, from_=from_file)
    shop = Workshop(load_settings())
    loaded = shop.library.load(runbook)
    forced = said.forced
    if from_file is not None:
        world = _twin(shop, from_file)
    else:
        world = _world(_scenarios(shop.packs, site_file), loaded.runbook.id, scenario)
    given = {**world.parameters, **split_pairs(pairs or [])}
    refuse_early(loaded, given, shop.knowledge, forced)
    operator = operator_for(said.answers, asks=True)
    operator.show(
        Line(Style.HEADING, "REHEARSAL on the embedded cluster: no real host is touched"),
        *(Line(Style.TEXT, line) for line in world.description.strip().split("\n")),
        *introduction(loaded.runbook),
    )
    person = look()
    settings = RunSettings(
        "rehearsal",
        person.known,
        person.sources,
        survey=shop.discoverer.diagnose,
        second_person=shop.settings.second_person,
        on_manual=world.on_manual,
        probes=shop.probes,
    )
    here = OpenSite.found(
        shop.discover,
        WithoutTheDead(world.links, ()),
        [world.entry],
        clock=world.clock,
        knowledge=shop.knowledge,
        operator=operator,
        settings=settings,
        # The journal says when it was rehearsed, not what time it was on the embedded cluster.
        new_journal=partial(RunsFolder(shop.settings.runs_folder).new, clock=SystemClock()),
        library=shop.library.load,
    )
    values = parameters(loaded, given, shop.knowledge, here.now, operator)
    session = here.session(loaded, values, RunOptions(forced, said.reason.strip(), said.ticket.strip()))
    try:
        session.go()
    finally:
        told = f"the twin of {from_file.name}" if from_file is not None else scenario or loaded.runbook.id
        _leave_record(shop, session.journal.path, told, operator)
    operator.show(Line(Style.FAINT, f"Rehearsal {session.run.names.id}; journal: {session.journal.path}"))


def _leave_record(shop: Workshop, journal: Path, scenario: str, operator: Operator) -> None:
    """Whoever asks later when this was last rehearsed has to find it, however it went; it never ends a rehearsal."""
    problem = add_run(shop.settings.drills_folder, journal, scenario, "embedded")
    if problem:
        with contextlib.suppress(RunbookError):
            operator.show(Line(Style.WARNING, f"No record is kept of this rehearsal: {problem}."))


def _twin(shop: Workshop, path: Path) -> World:
    captures = shop.discoverer.captures
    if captures is None or captures.twin is None:
        raise UsageError(
            "The installed pack cannot rebuild a captured cluster.", changed=NOTHING_CHANGED, code="pack-missing"
        )
    return captures.twin(load(path))


def _scenarios(packs: tuple[Pack, ...], site: Path | None) -> dict[str, Callable[[], World]]:
    """All start states by name; with a site's names, those of the packs that can give them."""
    if site is None:
        return {name: build for pack in packs for name, build in pack.scenarios.items()}
    on_site = [pack.scenarios_on(site) for pack in packs if pack.scenarios_on is not None]
    if not on_site:
        raise UsageError(
            "The installed pack cannot rehearse with other names.", changed=NOTHING_CHANGED, code="pack-missing"
        )
    return {name: build for some in on_site for name, build in some.items()}


def _world(known: Mapping[str, Callable[[], World]], runbook: str, scenario: str | None) -> World:
    wanted = scenario or runbook
    for name in (wanted, f"{runbook}.{wanted}"):
        if name in known:
            return known[name]()
    fitting = [name for name in known if name.split(".")[0] == runbook]
    raise UsageError(
        f"There is no scenario {wanted!r} for {runbook}.",
        changed="Nothing was changed.",
        hint=f"There are {', '.join(fitting)}." if fitting else "This runbook has no scenario yet.",
        code="scenario-unknown",
    )
