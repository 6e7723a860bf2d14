"""A run put together. Nowhere else is one assembled: real or rehearsed, shown or made, gone on with or taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.clock import Clock
from engine.errors import NOTHING_CHANGED, RefusedError
from engine.hosts.declared_dead import WithoutTheDead
from engine.hosts.host import Host, Links
from engine.hosts.reader import Reader
from engine.journal.events import RunStarted
from engine.journal.writer import JournalWriter
from engine.knowledge import Context, Knowledge, Site
from engine.load.loader import LoadedRunbook
from engine.operator.interface import Line, Operator
from engine.resume.past import Past
from engine.run.context import RunContext
from engine.run.execute import execute
from engine.run.options import RunOptions, RunSettings
from engine.steps.scope import ThisRun

NewJournal = Callable[[str], tuple[str, JournalWriter]]
"""Names a new run of a runbook, and opens its journal."""

Discover = Callable[[Reader, list[Host]], Site]
"""Finds out what site it is, by some of its hosts."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A site that was found, real or embedded, and who is there: what runs on it have in common.

    Attributes:
        settings: how runs are made here.
        library: finds the runbooks that steps call, by name.
        dead: its hosts that were declared dead.
    """

    site: Site
    links: Links
    reader: Reader
    clock: Clock
    knowledge: Knowledge
    operator: Operator
    settings: RunSettings
    new_journal: NewJournal
    library: Callable[[str], LoadedRunbook] | None = None
    dead: tuple[str, ...] = ()

    @classmethod
    def found(
        cls,
        discover: Discover,
        links: WithoutTheDead,
        where: list[Host],
        *,
        clock: Clock,
        knowledge: Knowledge,
        operator: Operator,
        settings: RunSettings,
        new_journal: NewJournal,
        library: Callable[[str], LoadedRunbook],
    ) -> OpenSite:
        """The site of which these are hosts.

        Raises:
            FactError, HostError: no host of it answers as one.
            UsageError: a host was declared dead that it does not have.
        """
        reader = Reader(links)
        site = discover(reader, where)
        dead = links.settle(site.hosts)
        return cls(site, links, reader, clock, knowledge, operator, settings, new_journal, library, dead)

    @property
    def now(self) -> Context:
        """What facts are given."""
        return Context(self.reader, self.site, self.clock)

    def require_site(self, started: RunStarted) -> None:
        """Refuse to go on with a run, or to undo it, on another site than its own.

        Raises:
            RefusedError: it is another one.
        """
        if started.site != self.site.label:
            raise RefusedError(
                f"{started.run} was on {started.site}; this is {self.site.label}.",
                changed=NOTHING_CHANGED,
                hint=f"Name a node of {started.site}: --host NODE.",
                code="other-site",
            )

    def planned(
        self,
        loaded: LoadedRunbook,
        values: Mapping[str, Any],
        *,
        name: str = "dry-run",
        past: Past | None = None,
        saved: Mapping[str, Any] = NOTHING,
    ) -> RunContext:
        """A run of a runbook here that can only be shown: it has no journal, without which nothing is changed.

        Args:
            loaded: the runbook.
            values: its parameters.
            name: what the run is called.
            past: the runs that it goes on with.
            saved: other values that its templates name.
        """
        return RunContext(
            loaded,
            self.knowledge,
            self.site,
            self.reader,
            self.clock,
            self.operator,
            ThisRun(name, loaded.runbook.id, past.runs[0] if past else ""),
            values,
            library=self.library,
            second_person=self.settings.second_person,
            dead=self.dead,
            past=past or Past(),
            saved=dict(saved),
        )

    def session(
        self,
        loaded: LoadedRunbook,
        values: Mapping[str, Any],
        options: RunOptions | None = None,
        *,
        past: Past | None = None,
        saved: Mapping[str, Any] = NOTHING,
    ) -> Session:
        """A run of a runbook here that can be made; its journal is there, and holds nothing yet.

        Args:
            loaded: the runbook.
            values: its parameters.
            options: what was said about it.
            past: the runs that it goes on with.
            saved: other values that its templates name.

        Raises:
            JournalError: its journal cannot be created.
        """
        name, journal = self.new_journal(loaded.runbook.id)
        run = self.planned(loaded, values, name=name, past=past, saved=saved)
        return Session(run, self.links, journal, self.settings, options or RunOptions())


@dataclass(slots=True)
class Session:
    """A run with all that it takes to make it."""

    run: RunContext
    links: Links
    journal: JournalWriter
    settings: RunSettings
    options: RunOptions

    def go(self, *first: Line) -> None:
        """Make the run, to its end; tell this first.

        Raises:
            RunbookError: it did not reach its end; the error says what was changed, and the journal what happened.
        """
        with self.journal:
            self.run.operator.show(*first)
            execute(self.run, self.links, self.journal, self.settings, self.options)
