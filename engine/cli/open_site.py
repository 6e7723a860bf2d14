"""What all commands that change a real site do alike: find it, and make a run on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from engine.cli.links import links_to_hosts
from engine.cli.options import LivingSiteOptions
from engine.cli.wiring import Workshop, entries
from engine.clock import SystemClock
from engine.hosts.host import Links
from engine.identity import look, me
from engine.journal.folder import RunsFolder
from engine.load.loader import LoadedRunbook
from engine.locks.holder import Holder
from engine.locks.hosts import HostLocks
from engine.locks.locks import SiteLocks
from engine.operator.interface import Line, Operator, Style
from engine.operator.terminal import Terminal, hints
from engine.resume.past import Past
from engine.run.context import RunContext
from engine.run.options import RunOptions, RunSettings
from engine.run.second_person import Approvals
from engine.run.session import NOTHING, OpenSite

AT_ONCE = 16
"""How many items of a loop may be done at the same time, whatever a runbook says."""

SYSLOG = Path("/dev/log")


@contextmanager
def open_site(shop: Workshop, operator: Operator, at: LivingSiteOptions) -> Iterator[OpenSite]:
    """Find the site; its links are closed at the end.

    Raises:
        RunbookError: no host of it answers as one.
    """
    local = shop.discoverer.local_entry()
    links = links_to_hosts(shop.settings, local, dead=at.dead)
    person, clock = look(), SystemClock()
    settings = RunSettings(
        "real",
        person.known,
        person.sources,
        AT_ONCE,
        SYSLOG,
        survey=shop.discoverer.diagnose,
        locks=partial(host_locks, links, person.known),
        second_person=shop.settings.second_person,
        approvals=Approvals(shop.settings.approvals_folder, shop.settings.approval_timeout, me()),
        probes=shop.probes,
    )
    try:
        yield OpenSite.found(
            shop.discover,
            links,
            entries(shop.settings, at.host or [], local),
            clock=clock,
            knowledge=shop.knowledge,
            operator=operator,
            settings=settings,
            new_journal=partial(RunsFolder(shop.settings.runs_folder).new, clock=clock),
            library=shop.library.trusted,
        )
    finally:
        links.close()


def host_locks(links: Links, who: Mapping[str, str], run: RunContext) -> SiteLocks:
    """What keeps other runs away from the hosts of a run."""
    holder = Holder.of(run.names.id, run.loaded.runbook.id, who, run.clock)
    return SiteLocks(HostLocks(links), run.site.hosts.values(), holder, resumes=run.past.run)


def start_run(
    here: OpenSite,
    loaded: LoadedRunbook,
    values: Mapping[str, Any],
    options: RunOptions,
    *,
    past: Past | None = None,
    saved: Mapping[str, Any] = NOTHING,
) -> None:
    """Make a run, as `OpenSite.session` has it, and tell where its journal is.

    Raises:
        RunbookError: it did not reach its end.
    """
    session = here.session(loaded, values, options, past=past, saved=saved)
    words = f"Run {session.run.names.id} on {here.site.label}; journal: {session.journal.path}"
    session.go(Line(Style.FAINT, words), *(hints(os.environ) if isinstance(here.operator, Terminal) else ()))
