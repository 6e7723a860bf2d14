"""ganeti-watcher, which repairs on its own every five minutes unless it is paused."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.cluster.facts.masters import master
from checks.look.commands import DATE
from checks.look.nodes import content
from checks.look.numbers import parse_seconds, utc_text
from checks.paths import WATCHER_PAUSE
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class WatcherPause:
    """Whether the watcher is paused.

    The pause is a file on the master only (ReadWatcherPauseFile in lib/utils/io.py); a failover does not take
    it along.

    Attributes:
        until: when the pause ends or ended, in UTC by the node's clock; empty if there is none.
        left: seconds until then; 0 if it is not paused.
    """

    node: str
    paused: bool
    until: str
    left: int = field(default=0, compare=False)


@fact("watcher.pause")
@remembered
def pause(context: Context) -> WatcherPause:
    """Whether the watcher is paused on the master, and until when.

    Raises:
        HostError, FactError: the master is not known, or cannot be read.
    """
    where = master(context)
    text = content(context, where, WATCHER_PAUSE)
    if text is None or not text.strip():
        return WatcherPause(where.name, paused=False, until="")
    until = context.remember(parse_seconds, text, f"{WATCHER_PAUSE} on {where}")
    now = context.remember(parse_seconds, context.reader.read(where, DATE).stdout, f"date +%s on {where}")
    return WatcherPause(where.name, paused=now <= until, until=utc_text(until), left=max(0, int(until - now)))
