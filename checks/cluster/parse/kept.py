"""What earlier repairs kept: files and snapshots whose names end in the name of the run, or in when it began."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_FILE = re.compile(
    r"(\d{1,15})\t((/[A-Za-z0-9._/+-]*)/[A-Za-z0-9._+:@=-]+\.(\d{8}-\d{6})-[a-z0-9-]+-[0-9a-f]{4})", re.ASCII
)
_RUN = re.compile(r"\d{8}-\d{6}-[a-z0-9-]{1,200}-[0-9a-f]{4}", re.ASCII)
_STAMP = re.compile(r"\.(\d{8}-\d{6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file.

    Attributes:
        size: in bytes.
        since: when the run began, UTC; None where its name tells no time that there is.
    """

    path: str
    size: int
    since: datetime | None


def parse_kept(text: str, folders: Iterable[str]) -> tuple[KeptFile, ...]:
    """The files that stand directly in one of these folders; other lines are no files of a run and are passed over."""
    known = frozenset(folders)
    found = (match for line in text.split("\n") if (match := _FILE.fullmatch(line)) is not None)
    return tuple(KeptFile(one[2], int(one[1]), stamp(f".{one[4]}")) for one in found if one[3] in known)


def is_of_run(path: str, folder: str) -> bool:
    """Whether this is something directly in the folder that has the whole name of a run and no more."""
    return _RUN.fullmatch(path.removeprefix(f"{folder}/")) is not None


def stamp(name: str) -> datetime | None:
    """When a run began, by the end of a name that was made from its own; None if it tells no time."""
    match = _STAMP.search(name)
    try:
        return datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC) if match is not None else None
    except ValueError:
        return None
