"""The files of a simulated node: text with owner, mode and time; enough for a recovery, no more."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace

TYPICAL = ("/root", "/tmp", "/etc/default", "/var/log/ganeti", "/var/lib/ganeti", "/var/backups", "/run", "/proc")  # noqa: S108  # a name in an imitated file system


@dataclass(slots=True)
class File:
    """A text file, or a directory when `text` is None; or a link to `target`, where that is given."""

    text: str | None
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    mtime: float = 0.0
    target: str = ""


LONGEST_CHAIN = 8


def normal(path: str) -> str:
    """The one name of a path: no dots, and /var/run is /run as on every Debian."""
    clean = posixpath.normpath(path if path.startswith("/") else f"/root/{path}")
    clean = "/" + clean.lstrip("/")
    if clean == "/var/run" or clean.startswith("/var/run/"):
        return clean[4:]
    return clean


class FileSystem:
    """Paths to files. Parents of a written file come into being with it."""

    def __init__(self) -> None:
        self._entries: dict[str, File] = {"/": File(None, mode=0o755)}
        for path in TYPICAL:
            self.make_dir(path)

    def get(self, path: str) -> File | None:
        """What is there, behind all links; None also behind one that leads nowhere."""
        clean = normal(path)
        for _ in range(LONGEST_CHAIN):
            entry = self._entries.get(clean)
            if entry is None or not entry.target:
                return entry
            clean = normal(posixpath.join(posixpath.dirname(clean), entry.target))
        return None

    def link(self, path: str, target: str) -> None:
        """Make a link, also to something that is not there."""
        clean = normal(path)
        self.make_dir(posixpath.dirname(clean))
        self._entries[clean] = File("", mode=0o777, target=target)

    def is_link(self, path: str) -> bool:
        entry = self._entries.get(normal(path))
        return entry is not None and bool(entry.target)

    def read(self, path: str) -> str | None:
        """The text of a file; None if there is none or it is a directory."""
        entry = self.get(path)
        return entry.text if entry is not None else None

    def is_dir(self, path: str) -> bool:
        entry = self.get(path)
        return entry is not None and entry.text is None

    def make_dir(self, path: str, *, owner: str = "root", group: str = "root", mode: int = 0o755) -> None:
        """A directory and its missing parents. What is there already stays as it is."""
        clean = normal(path)
        if clean in self._entries:
            return
        self.make_dir(posixpath.dirname(clean))
        self._entries[clean] = File(None, owner, group, mode)

    def write(
        self,
        path: str,
        text: str,
        *,
        owner: str = "root",
        group: str = "root",
        mode: int = 0o644,
        mtime: float = 0.0,
    ) -> None:
        """Put a file in place; one that exists keeps its owner and mode."""
        clean = normal(path)
        self.make_dir(posixpath.dirname(clean))
        old = self._entries.get(clean)
        if old is not None and old.text is not None:
            self._entries[clean] = replace(old, text=text, mtime=mtime)
        else:
            self._entries[clean] = File(text, owner, group, mode, mtime)

    def put(self, path: str, entry: File) -> None:
        """Place an entry as it is, with owner, mode and time."""
        self._entries[normal(path)] = replace(entry)

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        clean = normal(path)
        for name in [name for name in self._entries if name == clean or name.startswith(f"{clean}/")]:
            del self._entries[name]

    def below(self, path: str) -> Iterator[tuple[str, File]]:
        """An entry and everything under it, parents first."""
        clean = normal(path)
        prefix = "/" if clean == "/" else f"{clean}/"
        for name in sorted(self._entries):
            if name == clean or name.startswith(prefix):
                yield name, self._entries[name]

    def names_in(self, path: str) -> list[str]:
        """The names directly in a directory, sorted."""
        clean = normal(path)
        return sorted(
            posixpath.basename(name) for name in self._entries if name != "/" and posixpath.dirname(name) == clean
        )
