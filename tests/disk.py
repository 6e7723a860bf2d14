"""Disks of the tests' own: small ones that really fill up, and such as take nothing any more."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own in this folder; skips the test where mounting is not allowed."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "none", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount a file system: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        # What still has a file open there is a mistake of the test; it must not keep the mount.
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """Take all the room there is on this disk."""
    descriptor = os.open(folder / "full", os.O_WRONLY | os.O_CREAT)
    size = 0
    try:
        for step in (1 << 20, 1 << 12):
            while _taken(descriptor, size, step):
                size += step
    finally:
        os.close(descriptor)


def _taken(descriptor: int, size: int, step: int) -> bool:
    try:
        os.posix_fallocate(descriptor, size, step)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """The kernel itself refuses to let a file grow: as on a full disk, without needing root."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
