"""What earlier runs left to be done, for `gnt-runbook list`."""

from __future__ import annotations

from pathlib import Path

from engine.commands import to_type
from engine.errors import RunbookError
from engine.journal.folder import OpenFollowUp, RunsFolder, still_open


def follow_ups(folder: Path, errors: list[RunbookError]) -> tuple[list[dict[str, str]], bool]:
    """What these journals say is still to be done, and whether one of them cannot be read."""
    journals, damaged = RunsFolder(folder).readable(errors)
    return [_row(one) for one in still_open(journals)], bool(damaged)


def _row(one: OpenFollowUp) -> dict[str, str]:
    return {
        "site": one.left.site,
        "runbook": one.left.runbook,
        "because": one.left.because,
        "command": to_type("run", one.left.runbook, **one.left.parameters),
        "left_by": one.run,
        "since": one.time,
    }
