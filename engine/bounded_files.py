"""Files that others may have written, read only so far: one may be without end, or a device, or a bomb of YAML."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import IO, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

LARGEST = 512 * 1024 * 1024
"""Bytes of a journal: of a run of a thousand changes that all print as much as is kept of them, and no more."""
LARGEST_YAML = 1024 * 1024
LARGEST_TEXT = 16 * 1024 * 1024
DEEPEST = 30
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


def load_yaml(text: str, *, aliases: bool = False) -> Any:
    """The values of a small file of settings.

    Args:
        text: what is in it.
        aliases: whether it is ours, and may have aliases, by which a few lines can stand for millions.

    Raises:
        YAMLError: it is no YAML, has an alias, or is nested too deeply.
        ValueError: a value in it cannot be read.
    """
    yaml = YAML(typ="safe", pure=True)
    depth = 0
    for event in yaml.parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent) and not aliases:
            raise YAMLError("It has an alias (*): write out what it stands for.")
        if depth > DEEPEST:
            raise YAMLError("It is nested too deeply.")
    return YAML(typ="safe", pure=True).load(text)
