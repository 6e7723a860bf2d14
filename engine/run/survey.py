"""What was wrong with the site before a run and after it, for the record. It never makes a run fail or hang."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from engine.errors import RunbookError
from engine.findings import Diagnosis, Finding
from engine.journal.events import Surveyed

PATIENCE = 30.0
"""Seconds after which a survey is not waited for any more."""

WONDER = 2.0
"""Seconds after which a person who sees nothing wonders."""

Look = Callable[[], Diagnosis]


def survey(
    look: Look,
    when: Literal["before", "after"],
    patience: float = PATIENCE,
    tell: Callable[[str], None] = lambda _words: None,
) -> Surveyed:
    """Look at the site; where that cannot be done, or takes too long, the record says so.

    Args:
        look: makes the diagnosis. It may go on by itself after this has returned.
        when: before the run, or after it.
        patience: seconds.
        tell: called once where it takes so long that a person would wonder.

    Raises:
        StoppedError: a signal arrived meanwhile.
    """
    found: list[Surveyed] = []
    begun = time.monotonic()
    thread = threading.Thread(target=lambda: found.append(_attempt(look, when)), daemon=True)
    thread.start()
    thread.join(min(WONDER, patience))
    if thread.is_alive():
        tell(f"Looking at what is wrong, {when} the run, for the record; this takes {patience:g} seconds at most.")
        thread.join(patience - WONDER)
    seconds = round(time.monotonic() - begun, 3)
    if not found:
        return Surveyed(when, why=f"it was not finished after {patience:g} seconds", seconds=seconds)
    return found[0]


def _attempt(look: Look, when: Literal["before", "after"]) -> Surveyed:
    begun = time.monotonic()
    try:
        seen = look()
        return _recorded(seen, when, round(time.monotonic() - begun, 3))
    except RunbookError as error:
        return Surveyed(when, why=str(error))
    except Exception as error:  # noqa: BLE001 - no mistake in here may reach the repair
        return Surveyed(when, why=f"{type(error).__name__}: {error}")


def _recorded(seen: Diagnosis, when: Literal["before", "after"], seconds: float) -> Surveyed:
    return Surveyed(
        when,
        findings=tuple(_finding(one) for one in seen.findings),
        unknown=tuple({"question": one.question, "why": one.why} for one in seen.unknown),
        answered=seen.answered,
        silent=seen.silent,
        seconds=seconds,
    )


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": one.title,
        "about": [str(each) for each in one.about],
        "evidence": list(one.evidence),
        "next": one.next,
        "command": one.suggestion.command if one.suggestion is not None else "",
    }
