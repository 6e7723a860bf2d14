"""What several runbooks hold in the same way is written once, in a file of its own, and used by its name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

from engine.load.document import Path, YamlDocument, entries, read_document
from engine.load.source import Source
from engine.nearest import did_you_mean

USE = "use"
FIXED = ("hold", "id", "on", "release")
"""What a name stands for: whoever reads it in a runbook knows what is done, whatever else that runbook says."""


def write_out(document: YamlDocument, holds: Mapping[str, Traversable]) -> None:
    """Put each hold in the place of its name; what the runbook says besides takes the place of what the file says.

    Args:
        document: a runbook; what is wrong is added to its problems.
        holds: the files by name.

    Raises:
        InvalidRunbookError: a file is no YAML.
        UsageError: a file cannot be read.
    """
    held = document.data.get("meanwhile") if isinstance(document.data, dict) else None
    for place, one in list(entries(held)):
        if isinstance(held, list) and isinstance(one, dict) and USE in one:
            held[int(place)] = _whole(document, ("meanwhile", place), one, holds)


def _whole(document: YamlDocument, path: Path, own: dict[str, Any], holds: Mapping[str, Traversable]) -> dict[str, Any]:
    name = own[USE]
    for key in FIXED:
        if key in own:
            message = f"'{key}' is what '{name}' stands for and cannot be said anew; write the whole hold out instead"
            document.report((*path, key), message, key=True)
            document.refused.add(path)
    if not isinstance(name, str) or name not in holds:
        known = did_you_mean(str(name), holds)
        document.report((*path, USE), f"there is no hold '{name}'{known}")
        document.refused.add(path)
        return own
    shared = read_document(Source.of(holds[name]))
    document.problems.extend(shared.problems)
    if not isinstance(shared.data, dict):
        document.report((*path, USE), f"the file of '{name}' is no mapping of keys to values")
        document.refused.add(path)
        return own
    return {"id": name, **shared.data, **{key: one for key, one in own.items() if key != USE}}
