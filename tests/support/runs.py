"""How tests put a run together, which is how the commands do it: `engine.run.session`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.clock import Clock
from engine.hosts.declared_dead import WithoutTheDead
from engine.hosts.host import Host, Links
from engine.hosts.reader import Reader
from engine.journal.folder import RunsFolder
from engine.knowledge import Knowledge, Site
from engine.load.loader import LoadedRunbook
from engine.operator.interface import Operator
from engine.run.execute import dry_run
from engine.run.options import RunSettings
from engine.run.session import OpenSite, Session

WHO: Mapping[str, str] = {"account": "test"}
REAL = RunSettings("real", WHO)
REHEARSED = RunSettings("rehearsal", WHO)


@dataclass(frozen=True, slots=True)
class SomeSite:
    """A site of any hosts."""

    label: str
    hosts: Mapping[str, Host]
    witnesses: tuple[Host, ...] = ()
    version: str = ""


class Killed(BaseException):
    """What stands for the death of the program where a test is about what comes after it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run went: what it ended with, if not well; of a dry run, its exit code."""

    error: BaseException | None
    code: int | None


def open_site(
    site: Site,
    links: Links,
    knowledge: Knowledge,
    clock: Clock,
    operator: Operator,
    journals: Path,
    settings: RunSettings = REAL,
    *,
    library: Callable[[str], LoadedRunbook] | None = None,
    dead: tuple[str, ...] = (),
) -> OpenSite:
    """A site that needs no search; `dead` are the names of hosts that are declared dead."""
    living = WithoutTheDead(links, dead)
    return OpenSite(
        site,
        living,
        Reader(living),
        clock,
        knowledge,
        operator,
        settings,
        partial(RunsFolder(journals).new, clock=clock),
        library,
        living.settle(site.hosts),
    )


def to_its_end(session: Session, *, dry: bool = False) -> Ended:
    """Make the run, or only show it; tests look at all that it raises."""
    try:
        if dry:
            with session.journal:
                return Ended(None, int(dry_run(session.run, session.options.forced)))
        session.go()
    except (Exception, Killed) as raised:  # noqa: BLE001 - see above
        return Ended(raised, None)
    return Ended(None, None)
