"""Files that others may have written, read only so far: one may be without end, or a device."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import IO

LARGEST = 512 * 1024 * 1024
"""Bytes of a journal: of a run of a thousand changes that all print as much as is kept of them, and no more."""
LARGEST_TEXT = 16 * 1024 * 1024
_PIECE = 1024 * 1024


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """The content of a file.

    Raises:
        OSError: it cannot be read, or it is larger than `most` bytes (EFBIG).
    """
    with path.open("rb") as file:
        return read_stream(file, str(path), most)


def read_stream(file: IO[bytes], name: str, most: int) -> bytes:
    """What is left of a stream.

    Raises:
        OSError: likewise.
    """
    data = bytearray()
    while piece := file.read(_PIECE):
        data += piece
        if len(data) > most:
            raise OSError(errno.EFBIG, f"It is larger than {most // 2**20} MiB", name)
    return bytes(data)
