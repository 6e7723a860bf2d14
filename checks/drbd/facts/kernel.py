"""What the kernels of the nodes logged about a DRBD device: from the log file and from the journal."""

from __future__ import annotations

from collections.abc import Iterable

from checks.drbd.parse.kernel_log import UNRESOLVED, Event, parse_events
from checks.drbd.states import MIRRORS, RESYNC, WITHOUT_DISK, Connection, Disk, Role
from checks.look.commands import KERNEL_FILE, KERNEL_JOURNAL
from checks.look.nodes import answer, host
from checks.paths import KERNEL_LOG
from engine.knowledge import Context, remembered

NO_LINE = 1
ERRORS = ("Local IO failed", "IO ERROR")
JOURNAL = "journalctl -k"


@remembered
def events(context: Context, node: str, minor: int) -> tuple[str, tuple[Event, ...]] | None:
    """The events of one device in order and where they were found; None if neither log could be read.

    The file comes first: it may reach further back than a journal that is not kept over a restart. A journal that
    says the same again does no harm to what is concluded from the last of them.
    """
    where = host(context, node)
    found: list[Event] = []
    sources: list[str] = []
    readable = False
    for what, source in ((KERNEL_FILE, KERNEL_LOG), (KERNEL_JOURNAL, JOURNAL)):
        result = answer(context, where, what)
        if result is None or result.exit_code > NO_LINE or (not result.ok and result.stderr.strip()):
            continue
        readable = True
        some = [event for event in context.remember(parse_events, result.stdout) if event.minor == minor]
        if what is KERNEL_JOURNAL:
            some.reverse()
        if some:
            found += some
            sources.append(source)
    return (" and ".join(sources) or KERNEL_LOG, tuple(found)) if readable else None


def ran_diskless(some: Iterable[Event]) -> Event | None:
    """The event by which a side lost its backing disk while it was Primary, unless it was in sync again later.

    From then on such a side wrote only to its peer: what its own disk holds is older, whatever its role. To be in sync
    again it has to be connected with a disk that is up to date (Ganeti's issue 846).
    """
    primary, broken, disk = False, False, ""
    lost: Event | None = None
    for event in some:
        changes = event.changes
        primary = changes["role"] == Role.PRIMARY if "role" in changes else primary
        disk = changes.get("disk", disk)
        broken = broken or event.text.startswith(ERRORS)
        if changes.get("disk") in WITHOUT_DISK and lost is None and (primary or broken):
            lost = event
        if changes.get("conn") == Connection.CONNECTED and disk == Disk.UP_TO_DATE:
            lost, broken = None, False
    return lost


def split_brain(some: Iterable[Event]) -> Event | None:
    """The last refusal to connect two sides that had both changed, unless they were connected later."""
    found: Event | None = None
    for event in some:
        if event.text.startswith(UNRESOLVED):
            found = event
        elif event.changes.get("conn") in MIRRORS | RESYNC:
            found = None
    return found
