"""Where the lab keeps things: what is worth keeping in a cache, what lives in memory, what only runs."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30
# Two guests write a few hundred MiB and each one's memory is a file here as well.
LIVE_ROOM = 5 * GIB


def default_cache() -> Path:
    """The folder named by the environment, else the usual one; never inside the repository."""
    if own := os.environ.get("GNT_RUNBOOK_LAB_CACHE"):
        return Path(own)
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "gnt-runbook-lab"
    return Path.home() / ".cache" / "gnt-runbook-lab"


def _live_parent() -> Path:
    """A folder in memory when there is one with room: the guests' disks are several times faster there."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > LIVE_ROOM:
        return memory
    return Path("/var/tmp")


NAME = "-".join(["gnt-runbook-lab", *filter(None, map(os.environ.get, ("GNT_RUNBOOK_LAB", "PYTEST_XDIST_WORKER")))])
"""Of everything of a lab that runs. There is one lab a machine, unless the environment gives another one its name;
tests that run beside each other have one each."""


@dataclass(frozen=True)
class Paths:
    """The lab's folders. `state` is fixed for the whole machine, so that two labs of one name see each other."""

    cache: Path
    state: Path = Path("/run") / NAME

    @property
    def live(self) -> Path:
        """Disks and memory of running guests; a lab that runs already stays where it is."""
        for parent in (Path("/dev/shm"), Path("/var/tmp")):
            if (parent / NAME).is_dir():
                return parent / NAME
        return _live_parent() / NAME

    @property
    def lock(self) -> Path:
        return self.state / "lock"

    @property
    def build_lock(self) -> Path:
        """Held while the cache is filled; labs of all names share it."""
        return self.cache / "lock"

    @property
    def key(self) -> Path:
        """The private key that opens every guest."""
        return self.cache / "id_ed25519"

    @property
    def ssh_config(self) -> Path:
        return self.state / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        return self.state / "known_hosts"

    @property
    def uml(self) -> Path:
        """User-Mode Linux puts its control sockets here; a long path would not fit into a socket's name."""
        return self.state / "uml"

    def console(self, short: str) -> Path:
        return self.state / f"{short}.console"

    def cow(self, short: str) -> Path:
        return self.live / f"{short}.cow"

    def volume(self, short: str) -> Path:
        return self.live / f"{short}.vg"

    def seed(self, short: str) -> Path:
        return self.live / f"{short}.seed"

    def make(self) -> None:
        for folder in (self.cache, self.state, self.uml, self.live):
            folder.mkdir(parents=True, exist_ok=True)
        self.cache.chmod(0o700)
