"""What of a run can be undone now, and what cannot, and why: said before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.errors import HostError, StepError
from engine.knowledge import Site
from engine.transport.reader import Reader
from engine.undo.files import look_at
from engine.undo.made import Made, State
from engine.undo.recorded import UndoByCommand, UndoByHand, UndoOfEdit


@dataclass(frozen=True, slots=True)
class Sorted:
    """The changes of a run, newest first.

    Attributes:
        due: those that can be undone, with how.
        left: those that cannot, with why.
        back: how many were undone before.
    """

    due: tuple[tuple[Made, UndoByCommand | UndoOfEdit], ...]
    left: tuple[tuple[Made, str], ...]
    back: int


def sort(changes: Iterable[Made], taken_back: Mapping[str, State], reader: Reader, site: Site) -> Sorted:
    """Look at what each change needs. Hosts are only read."""
    due: list[tuple[Made, UndoByCommand | UndoOfEdit]] = []
    left: list[tuple[Made, str]] = []
    back = 0
    seen: set[tuple[str, object]] = set()
    for one in changes:
        undo = one.undo
        if isinstance(undo, UndoByHand) and undo.needless:
            continue
        if one.name and taken_back.get(one.name) == "done":
            back += 1
        elif isinstance(undo, UndoOfEdit):
            # The file itself says whether it was written, whatever is known of the end.
            why = _of_file(undo, reader, site)
            if why is None:
                due.append((one, undo))
            elif why:
                left.append((one, why))
            else:
                back += 1
        elif why := _why_not(one, taken_back):
            left.append((one, why))
        elif isinstance(undo, UndoByCommand) and (one.step, undo.argv) not in seen:
            seen.add((one.step, undo.argv))
            due.append((one, undo))
    return Sorted(tuple(due), tuple(left), back)


def _why_not(one: Made, taken_back: Mapping[str, State]) -> str:
    if one.undo is None:
        return "the journal does not say how; it is of another version"
    if isinstance(one.undo, UndoByHand) or one.state == "done":
        attempt = taken_back.get(one.name)
        if attempt == "unknown" and not isinstance(one.undo, UndoByHand):
            return f"it was begun to be taken back, and nobody saw how that ended; look at {one.host}. {one.undo.words}"
        return one.undo.words if isinstance(one.undo, UndoByHand) else ""
    return f"{one.why}; look at {one.host}. {one.undo.words.replace('gnt-runbook undo does it, ', '')}"


def _of_file(undo: UndoOfEdit, reader: Reader, site: Site) -> str | None:
    """Why a file cannot be put back; nothing if it is as it was before, None if it can."""
    host = site.hosts.get(undo.host)
    if host is None:
        return f"there is no host {undo.host} any more"
    try:
        look = look_at(reader, host, undo, "")
    except (HostError, StepError) as error:
        return f"it cannot be looked at: {error.what}"
    return None if look.change is not None else "" if look.back else look.why
