"""A scenario of the embedded cluster, and a runbook led through it by answers that were written down."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from engine.cli.wiring import Workshop, parameters
from engine.errors import RunbookError
from engine.hosts.declared_dead import WithoutTheDead
from engine.journal.events import Answered, Event, Intent, Outcome, RunEnded, StepEnded
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, read_journal
from engine.operator.interface import Operator
from engine.operator.scripted import Given, Scripted
from engine.packs import World
from engine.resume.past import Past
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from engine.run.session import OpenSite
from engine.settings import Settings
from tests.support.runs import REHEARSED

SHOP = Workshop(Settings())
SCENARIOS = {name: build for pack in SHOP.packs for name, build in pack.scenarios.items()}

load = cache(SHOP.library.load)
"""Each runbook is read and checked once: that takes longer than a rehearsal of it."""

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"


def on_embedded(world: World, operator: Operator, journals: Path) -> OpenSite:
    """Where a rehearsal is made, as `gnt-runbook rehearse` has it, but by the clock of the embedded cluster only."""
    settings = replace(REHEARSED, on_manual=world.on_manual, probes=SHOP.probes)
    return OpenSite.found(
        SHOP.discover,
        WithoutTheDead(world.links, ()),
        [world.entry],
        clock=world.clock,
        knowledge=SHOP.knowledge,
        operator=operator,
        settings=settings,
        new_journal=partial(RunsFolder(journals).new, clock=world.clock),
        library=load,
    )


class Rehearsal:
    """One world with one runbook, and how it went; the world may be what another rehearsal left behind.

    Args:
        past: the runs that it goes on with.
    """

    def __init__(
        self,
        tmp_path: Path,
        scenario: str,
        answers: Mapping[str, Given],
        forced: Overrides | None = None,
        world: World | None = None,
        past: Past | None = None,
    ) -> None:
        self.world: World = world or SCENARIOS[scenario]()
        self.operator = Scripted(dict(answers))
        loaded = load(scenario.split(".", maxsplit=1)[0])
        here = on_embedded(self.world, self.operator, tmp_path)
        values = parameters(loaded, dict(self.world.parameters), SHOP.knowledge, here.now, self.operator)
        self.session = here.session(loaded, values, RunOptions(forced or Overrides()), past=past)
        self.run, self.writer = self.session.run, self.session.journal
        self.error: RunbookError | None = None

    def go(self) -> "Rehearsal":
        try:
            self.session.go()
        except RunbookError as error:
            self.error = error
        return self

    @property
    def journal(self) -> Journal:
        return read_journal(self.writer.path)

    @property
    def states(self) -> list[tuple[str, str]]:
        return states(self.journal)

    @property
    def course(self) -> list[str]:
        return course(self.journal.events)

    @property
    def changed(self) -> list[str]:
        return [event.step for event in self.journal.events if isinstance(event, Intent)]


def course(events: Iterable[Event]) -> list[str]:
    """A run in short: each decision, each exit code, how each step ended, and the end.

    What is done at the same time ends in any order, so the items of one step stand sorted.
    """
    found: list[tuple[str, str]] = []
    for event in events:
        match event:
            case Answered():
                found.append((event.question, f"{event.question}: answered {event.answer}"))
            case Outcome():
                step = event.key.split("#", 1)[0]
                found.append((step, f"{step}: {event.state}, exit code {event.exit_code}"))
            case StepEnded():
                found.append((event.step, f"{event.step}: {event.state}"))
            case RunEnded():
                found.append(("", f"exit code {event.exit}"))
    told: list[str] = []
    for _step, some in groupby(found, key=lambda pair: pair[0].split("[", 1)[0]):
        told += [text for _name, text in sorted(some, key=lambda pair: pair[0])]
    return told


def states(journal: Journal) -> list[tuple[str, str]]:
    """Each step with how it ended, in order; loops are named by their step and their items left out."""
    ended = [event for event in journal.events if isinstance(event, StepEnded)]
    return list(dict.fromkeys((event.step.split("[", 1)[0], event.state) for event in ended))
