"""What a rehearsal did, taken back on the same embedded cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from engine.effects import Effect
from engine.errors import RunbookError
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, read_journal
from engine.journal.writer import JournalWriter
from engine.knowledge import Context, Site
from engine.operator.scripted import Given, Scripted
from engine.packs import World
from engine.run.context import RunContext
from engine.run.execute import How, dry_run, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.transport.reader import Reader
from engine.undo.asking import asked_of_hosts
from engine.undo.made import Made, made_by, taken_back
from engine.undo.runbook import runbook_of
from engine.undo.sorting import Sorted, sort
from tests.rehearsals.rehearsal import SHOP, Rehearsal

REVERSIBLE = [
    "cluster-upgrade-ssh-port",
    "drbd-host-setup",
    "drbd-host-setup.helper",
    "kvm-dir-permissions",
    "lvm-filter",
    "pub-keys-rebuild",
    "pub-keys-rebuild.ganeti-2.15",
]
"""Scenarios after which nothing is left but what undoing itself leaves: backups, jobs, logs."""


class Undoing:
    """The undo of a run; the journals beside its own say what was taken back already."""

    def __init__(self, undone: Journal, world: World, site: Site) -> None:
        self.undone = undone
        self.world = world
        self.folder = RunsFolder(undone.path.parent)
        self.operator = Scripted({})
        self.error: RunbookError | None = None
        self.writer: JournalWriter
        self._site = site

    @classmethod
    def of(cls, done: Rehearsal) -> Undoing:
        return cls(done.journal, done.world, done.run.site)

    def look(self) -> Sorted:
        """What of it can be taken back now."""
        context = Context(Reader(self.world.links), self._site, self.world.clock)
        back = taken_back(self.folder.all()[0], self._asked)
        return sort(made_by([self.undone]), back, SHOP.knowledge, context)

    def go(self, answers: Mapping[str, Given] | None = None) -> Undoing:
        """Answer what has to be typed; what cannot be taken back after all is left out."""
        with self._made(answers) as context:
            name, self.writer = self.folder.new("undo", self.world.clock)
            context.names = RunNames(name, context.loaded.runbook.id)
            started = self.undone.started
            assert started is not None
            with self.writer:
                try:
                    how = How("rehearsal", {"account": "test"}, undoes=started.run)
                    execute(context, self.world.links, self.writer, how)
                except RunbookError as error:
                    self.error = error
        return self

    def show(self) -> Undoing:
        """A dry run of it."""
        with self._made(None) as context:
            dry_run(context, Forced())
        return self

    @property
    def journal(self) -> Journal:
        return read_journal(self.writer.path)

    def _asked(self, changes: list[Made]) -> list[Made]:
        return asked_of_hosts(changes, self.world.links, self._site)

    @contextmanager
    def _made(self, answers: Mapping[str, Given] | None) -> Iterator[RunContext]:
        started = self.undone.started
        assert started is not None
        loaded, values = runbook_of(started, self.look(), SHOP.library.load)
        given: dict[str, Given] = {}
        for step in loaded.runbook.steps:
            typed = {Effect.DISRUPTIVE: "yes", Effect.DESTRUCTIVE: getattr(step, "confirm", "")}
            given |= {step.id: typed.get(step.effect, "y"), f"{step.id}.failed": ("skip", "it cannot be any more")}
        self.operator = Scripted({**given, **(answers or {})})
        self.world.clock.sleep(1)  # no two journals of the same second
        yield RunContext(
            loaded,
            SHOP.knowledge,
            self._site,
            Reader(self.world.links),
            self.world.clock,
            self.operator,
            RunNames("dry-run", loaded.runbook.id),
            started.parameters,
            saved=values,
        )
