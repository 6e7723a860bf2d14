"""The tags by which Ganeti's own repair tool, harep, is told what it may do, and by which it notes what it did."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PREFIX = "ganeti:watcher:autorepair:"
LEVELS = ("fix-storage", "migrate", "failover", "reinstall")
"""What harep may do, the least destructive first (lib/constants.py, AUTO_REPAIR_ALL_TYPES)."""
SUSPEND = "suspend"
PENDING = re.compile(r"pending:(?P<level>[^:]*):(?P<id>[^:]*):(?P<when>[0-9]+):(?P<jobs>[0-9]+(?:\+[0-9]+)*)", re.ASCII)
RESULT = re.compile(
    r"result:(?P<level>[^:]*):(?P<id>[^:]*):(?P<when>[0-9]+):(?P<result>success|failure|enoperm):(?P<jobs>[0-9+]*)",
    re.ASCII,
)
SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RepairTags:
    """What the tags of one object say.

    Attributes:
        level: the most that harep may do; empty where no tag allows anything.
        suspended: it is suspended for good.
        suspended_until: the moments in seconds since 1970 until which it is suspended.
        pending: the jobs of a repair that harep has submitted and not yet seen the end of.
        failed: a repair of harep failed; it leaves the object alone until that tag is gone.
    """

    level: str = ""
    suspended: bool = False
    suspended_until: tuple[int, ...] = ()
    pending: tuple[int, ...] = ()
    failed: bool = False

    def says_anything(self, now: int) -> bool:
        """Whether this object decides, and not the one above it."""
        return bool(self.level) or self.suspends(now)

    def suspends(self, now: int) -> bool:
        """Whether it is suspended at this moment."""
        return self.suspended or any(until > now for until in self.suspended_until)


def parse_repair_tags(tags: Iterable[str]) -> RepairTags:
    """Read the tags of one object; a tag that harep would not understand says nothing, as it does there.

    The least of several levels counts (src/Ganeti/HTools/Loader.hs, getArPolicy).
    """
    known = [tag.removeprefix(PREFIX) for tag in tags if tag.startswith(PREFIX)]
    levels = [tag for tag in known if tag in LEVELS]
    until = [tag.removeprefix(f"{SUSPEND}:") for tag in known if tag.startswith(f"{SUSPEND}:")]
    jobs = [int(job) for tag in known if (found := PENDING.fullmatch(tag)) for job in found["jobs"].split("+")
            if SECONDS.fullmatch(job)]  # fmt: skip
    results = [found["result"] for tag in known if (found := RESULT.fullmatch(tag))]
    return RepairTags(
        level=min(levels, key=LEVELS.index, default=""),
        suspended=SUSPEND in known or "" in until,
        suspended_until=tuple(int(text) for text in until if SECONDS.fullmatch(text)),
        pending=tuple(jobs),
        failed="failure" in results,
    )
