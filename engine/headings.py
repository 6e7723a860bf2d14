"""What `list` tells of the runbooks that came with packs, without reading them or importing the packs.

The headings were written when the runbooks were linted, each with the digest of its file. They count only for what was
linted then: all packs have them, each file is what it was, and the site has no runbook of its own, which might take the
place of one that others call. Else all are read in full.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

PACKS = "gnt_runbook.packs"
"""Entry points of the packs."""
GROUP = "gnt_runbook.shipped"
"""Entry points of the same names, each a `Shipped`."""
FILE = "headings.json"
"""Beside the runbooks: `{"ID": {"title": …, "digest": …}}`."""
SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The files of a pack.

    Attributes:
        runbooks: the folder of its runbooks and their headings.
        drills: that of records of exercises that came with it.
    """

    runbooks: Path
    drills: Path


@dataclass(frozen=True, slots=True)
class Heading:
    """A runbook as it is listed; what these are says `engine.load.loader.LoadedRunbook`."""

    id: str
    title: str
    origin: str
    digest: str


def shipped() -> tuple[Shipped, ...] | None:
    """The files of all packs in the order of their names; None where one does not tell of its own."""
    points = entry_points()
    packs, told = (sorted(points.select(group=group), key=lambda one: one.name) for group in (PACKS, GROUP))
    if [one.name for one in packs] != [one.name for one in told]:
        return None
    try:
        return tuple(one.load() for one in told)
    except Exception:  # noqa: BLE001 - whatever is the matter, loading the packs will tell
        return None


def headings(packs: Sequence[Shipped], folders: Sequence[Path]) -> tuple[Heading, ...] | None:
    """The headings of all runbooks there are, in the order of their names; None where they have to be read.

    Args:
        packs: what came with packs.
        folders: the site's own.
    """
    try:
        if any(_files(one) for one in folders):
            return None
        found: dict[str, Heading] = {}
        for pack in packs:
            written = json.loads((pack.runbooks / FILE).read_bytes())
            here = {name: _heading(file, written[name]) for name, file in _files(pack.runbooks).items()}
            if here.keys() != written.keys() or here.keys() & found.keys():
                return None
            found.update(here)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return tuple(found[name] for name in sorted(found))


def written_down(heading: Heading) -> dict[str, str]:
    """As it stands in the file."""
    return {"title": heading.title, "digest": heading.digest}


def _heading(file: Path, written: Mapping[str, Any]) -> Heading:
    digest = f"sha256:{sha256(file.read_bytes()).hexdigest()}"
    if digest != written["digest"]:
        raise ValueError(file)
    return Heading(file.name.removesuffix(SUFFIX), str(written["title"]), str(file), digest)


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    files = (one for one in folder.iterdir() if one.name.endswith(SUFFIX) and not one.name.startswith("."))
    return {one.name.removesuffix(SUFFIX): one for one in files}
