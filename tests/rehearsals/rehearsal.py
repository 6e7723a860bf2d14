"""A scenario of the embedded cluster, and a runbook led through it by answers that were written down."""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

from engine.cli.wiring import Workshop, parameters
from engine.errors import RunbookError
from engine.journal.events import Answered, Event, Intent, Outcome, RunEnded, StepEnded
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, read_journal
from engine.knowledge import Context
from engine.operator.scripted import Given, Scripted
from engine.packs import World
from engine.resume.past import Past
from engine.run.context import RunContext
from engine.run.execute import How, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.settings import Settings
from engine.transport.reader import Reader

SHOP = Workshop(Settings())
SCENARIOS = {name: build for pack in SHOP.packs for name, build in pack.scenarios.items()}

load = cache(SHOP.library.load)
"""Each runbook is read and checked once: that takes longer than a rehearsal of it."""

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"


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
        forced: Forced | None = None,
        world: World | None = None,
        past: Past | None = None,
    ) -> None:
        self.world: World = world or SCENARIOS[scenario]()
        self.operator = Scripted(dict(answers))
        reader = Reader(self.world.links)
        site = SHOP.discover(reader, [self.world.entry])
        loaded = load(scenario.split(".", maxsplit=1)[0])
        context = Context(reader, site, self.world.clock)
        values = parameters(loaded, dict(self.world.parameters), SHOP.knowledge, context, self.operator)
        name, self.writer = RunsFolder(tmp_path).new(loaded.runbook.id, self.world.clock)
        names = RunNames(name, loaded.runbook.id, past.runs[0] if past else "")
        self.run = RunContext(
            loaded,
            SHOP.knowledge,
            site,
            reader,
            self.world.clock,
            self.operator,
            names,
            values,
            library=load,
            past=past or Past(),
        )
        self.how = How(
            "rehearsal", {"account": "test"}, forced or Forced(), on_manual=self.world.on_manual, probes=SHOP.probes
        )
        self.error: RunbookError | None = None

    def go(self) -> "Rehearsal":
        with self.writer:
            try:
                execute(self.run, self.world.links, self.writer, self.how)
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
