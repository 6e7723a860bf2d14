"""What all commands that change a real site do alike: find it, and make a run on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from engine.cli.links import links_to_hosts
from engine.cli.wiring import Workshop, entries
from engine.clock import Clock, SystemClock
from engine.effects import Effect
from engine.errors import NOTHING_CHANGED, RefusedError
from engine.journal.events import Event, RunStarted
from engine.journal.folder import RunsFolder
from engine.knowledge import Context, Site
from engine.load.loader import LoadedRunbook
from engine.locks.holder import Holder
from engine.locks.hosts import HostLocks
from engine.locks.locks import Locks
from engine.operator.interface import Line, Operator, Style
from engine.operator.lasting import hints
from engine.operator.terminal import Terminal
from engine.person import me
from engine.resume.past import Past
from engine.run.context import RunContext
from engine.run.execute import How, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.run.second import Approvals
from engine.settings import Settings
from engine.transport.interface import Links
from engine.transport.reader import Reader
from engine.who import look

AT_ONCE = 16
"""How many items of a loop may be done at the same time, whatever a runbook says."""

SYSLOG = Path("/dev/log")


AnswersOption = Annotated[Path | None, typer.Option("--answers", help="A file with the answers, in YAML.")]
DryOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Read everything, change nothing, show all.")]
ForceOption = Annotated[list[str] | None, typer.Option("--force", help="Override a precondition by its code.")]
SignersOption = Annotated[
    Path | None, typer.Option("--allowed-signers", help="Who may sign a journal (ssh-keygen, ALLOWED SIGNERS).")
]
YesOption = Annotated[Effect, typer.Option("--yes", help="Approve steps up to this effect; never destructive ones.")]


@dataclass(frozen=True, slots=True)
class Ground:
    """The site of a run, and who is there.

    Attributes:
        dead: its hosts that were declared dead.
    """

    settings: Settings
    shop: Workshop
    operator: Operator
    links: Links
    reader: Reader
    site: Site
    clock: Clock
    dead: tuple[str, ...]

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

    @property
    def now(self) -> Context:
        """What facts are given."""
        return Context(self.reader, self.site, self.clock)

    def context(
        self,
        loaded: LoadedRunbook,
        values: Mapping[str, Any],
        *,
        name: str = "dry-run",
        past: Past | None = None,
        saved: Mapping[str, Any] = MappingProxyType({}),
    ) -> RunContext:
        """A run of a runbook here, before it is made."""
        return RunContext(
            loaded,
            self.shop.knowledge,
            self.site,
            self.reader,
            self.clock,
            self.operator,
            RunNames(name, loaded.runbook.id, past.runs[0] if past else ""),
            values,
            library=self.shop.library.trusted,
            second_person=self.settings.second_person,
            dead=self.dead,
            past=past or Past(),
            saved=dict(saved),
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What was said about a run before it began.

    Attributes:
        undoes: the run that it takes back; before: the hash of the last line of its journal.
        told: what was answered, and heard from hosts, for the record.
    """

    forced: Forced = field(default_factory=Forced)
    reason: str = ""
    ticket: str = ""
    yes: Effect = Effect.SAFE
    undoes: str = ""
    before: str = ""
    told: Sequence[Event] = ()


@contextmanager
def ground(shop: Workshop, operator: Operator, hosts: list[str] | None, dead: list[str] | None) -> Iterator[Ground]:
    """Find the site; its links are closed at the end.

    Raises:
        RunbookError: no host of it answers as one.
    """
    local = shop.discoverer.local_entry()
    links = links_to_hosts(shop.settings, local, dead=dead)
    try:
        reader = Reader(links)
        site = shop.discover(reader, entries(shop.settings, hosts or [], local))
        left_out = links.settle(site.hosts)
        yield Ground(shop.settings, shop, operator, links, reader, site, SystemClock(), left_out)
    finally:
        links.close()


def make(
    here: Ground,
    loaded: LoadedRunbook,
    values: Mapping[str, Any],
    given: Given,
    *,
    past: Past | None = None,
    saved: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Make a run.

    Args:
        here: where.
        loaded: the runbook.
        values: its parameters.
        given: what was said about it.
        past: the runs that it goes on with.
        saved: other values that its templates name.

    Raises:
        RunbookError: it did not reach its end.
    """
    name, journal = RunsFolder(here.settings.runs_folder).new(loaded.runbook.id, here.clock)
    with journal:
        here.operator.show(Line(Style.FAINT, f"Run {name} on {here.site.label}; journal: {journal.path}"))
        if isinstance(here.operator, Terminal):
            here.operator.show(*hints(os.environ))
        run = here.context(loaded, values, name=name, past=past, saved=saved)
        person = look()
        holder = Holder.of(name, loaded.runbook.id, person.known, here.clock)
        how = How(
            "real",
            person.known,
            given.forced,
            given.reason,
            given.yes,
            AT_ONCE,
            SYSLOG,
            survey=here.shop.survey(here.now),
            ticket=given.ticket.strip(),
            sources=person.sources,
            locks=Locks(HostLocks(here.links), here.site.hosts.values(), holder, resumes=run.past.run),
            approvals=Approvals(here.settings.approvals_folder, here.settings.approval_timeout, me()),
            probes=here.shop.probes,
            undoes=given.undoes,
            before=given.before,
            told=given.told,
        )
        execute(run, here.links, journal, how)
