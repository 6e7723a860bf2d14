"""One at a time: a lab's namespace, bridges and memory are there once, and so is the cache that labs share."""

import fcntl
import os
from pathlib import Path

from tests.cluster.lab.errors import LabError


class Lock:
    """Held by whoever changes the lab. The kernel lets go of it when its holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, *, wait: bool = False) -> None:
        """Take the lock, or say who has it (or `wait` for whoever it is); taking it twice is taking it once."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode().strip() or "unknown"
            os.close(descriptor)
            raise LabError(
                f"process {holder} is using the lab on this machine: wait for it or end it, then try again"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
