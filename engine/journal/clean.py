"""Events as they are written: without secrets. What a journal is read by stays as it is."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from engine.journal.events import Event
from engine.redaction.redactor import REDACTOR

KEPT = frozenset(
    {
        "run",
        "runbook",
        "version",
        "digest",
        "shown",
        "site",
        "host",
        "effect",
        "code",
        "kind",
        "undoes",
        "resumes",
        "before",
    }
)
"""Fields that are names and hashes of ours, or of hosts: a line without them could not be understood."""


def clean(event: Event) -> Event:
    """The event without secrets."""
    new: dict[str, Any] = {}
    for one in fields(event):
        if one.name in KEPT or str(one.type).startswith("Literal"):
            continue
        value = getattr(event, one.name)
        safe = REDACTOR.data(value, one.name)
        if safe != value:
            new[one.name] = safe
    return replace(event, **new) if new else event
