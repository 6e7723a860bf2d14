"""What a rehearsal did, taken back on the same embedded cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.effects import Effect
from engine.errors import RunbookError
from engine.journal.events import RunStarted
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, read_journal
from engine.journal.writer import JournalWriter
from engine.load.loader import LoadedRunbook
from engine.operator.scripted import Given, Scripted
from engine.packs import World
from engine.run.execute import dry_run
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from engine.run.session import OpenSite
from engine.undo.changes import Made, asked_of_hosts, made_by, taken_back
from engine.undo.runbook import runbook_of
from engine.undo.sorting import Sorted, sort
from tests.rehearsals.rehearsal import SHOP, Rehearsal, on_embedded

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

    def __init__(self, undone: Journal, world: World) -> None:
        self.undone = undone
        self.world = world
        self.folder = RunsFolder(undone.path.parent)
        self.operator = Scripted({})
        self.error: RunbookError | None = None
        self.writer: JournalWriter

    @classmethod
    def of(cls, done: Rehearsal) -> Undoing:
        return cls(done.journal, done.world)

    @property
    def started(self) -> RunStarted:
        started = self.undone.started
        assert started is not None
        return started

    def look(self) -> Sorted:
        """What of it can be taken back now."""
        here = self._here

        def asked(changes: list[Made]) -> list[Made]:
            return asked_of_hosts(changes, here.links, here.site)

        return sort(made_by([self.undone]), taken_back(self.folder.all()[0], asked), SHOP.knowledge, here.now)

    def go(self, answers: Mapping[str, Given] | None = None) -> Undoing:
        """Answer what has to be typed; what cannot be taken back after all is left out."""
        loaded, values = self._made(answers)
        options = RunOptions(undoes=self.started.run)
        session = self._here.session(loaded, self.started.parameters, options, saved=values)
        self.writer = session.journal
        try:
            session.go()
        except RunbookError as error:
            self.error = error
        return self

    def show(self) -> Undoing:
        """A dry run of it."""
        loaded, values = self._made(None)
        dry_run(self._here.planned(loaded, self.started.parameters, saved=values), Overrides())
        return self

    @property
    def journal(self) -> Journal:
        return read_journal(self.writer.path)

    @property
    def _here(self) -> OpenSite:
        return on_embedded(self.world, self.operator, self.folder.path)

    def _made(self, answers: Mapping[str, Given] | None) -> tuple[LoadedRunbook, dict[str, Any]]:
        loaded, values = runbook_of(self.started, self.look(), SHOP.library.load)
        given: dict[str, Given] = {}
        for step in loaded.runbook.steps:
            typed = {Effect.DISRUPTIVE: "yes", Effect.DESTRUCTIVE: getattr(step, "confirm", "")}
            given |= {step.id: typed.get(step.effect, "y"), f"{step.id}.failed": ("skip", "it cannot be any more")}
        self.operator = Scripted({**given, **(answers or {})})
        self.world.clock.sleep(1)  # no two journals of the same second
        return loaded, values
