"""What of a run can be undone now, and what cannot, and why: said before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.errors import FactError, HostError, StepError
from engine.journal.undo_record import Undo, UndoByCommand, UndoByHand, UndoOfEdit
from engine.knowledge import Context, Knowledge, Verdict
from engine.undo.changes import Made, State
from engine.undo.kind import look_at


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


def sort(changes: Iterable[Made], taken_back: Mapping[str, State], knowledge: Knowledge, context: Context) -> Sorted:
    """Look at what each change needs, as far as that can be known before newer ones are undone. Hosts are only read."""
    due: list[tuple[Made, UndoByCommand | UndoOfEdit]] = []
    left: list[tuple[Made, str]] = []
    back = 0
    for one in changes:
        if isinstance(one.undo, UndoByHand) and one.undo.needless:
            continue
        why = _why_not(one, taken_back, context)
        if why is None and not due:
            # What a newer one will have changed by then cannot be judged now.
            why = _lacks(one.undo, knowledge, context) or None
        if why is None and isinstance(one.undo, UndoByCommand | UndoOfEdit):
            if not any(one.undo == undo for _made, undo in due):
                due.append((one, one.undo))
        elif why:
            left.append((one, why))
        else:
            back += 1
    return Sorted(tuple(due), tuple(left), back)


def _why_not(one: Made, taken_back: Mapping[str, State], context: Context) -> str | None:
    """Why it cannot be undone; nothing if it is undone already, None if it can."""
    attempt = taken_back.get(one.name)
    if attempt == "done":
        return ""
    match one.undo:
        case UndoByHand(words=words):
            return words
        case UndoOfEdit() as undo:
            # The file itself says whether it was written, whatever is known of the end.
            return _of_file(undo, context)
        case UndoByCommand(words=words):
            return _of_command(one, attempt, words)
    return "The journal does not say how; it is of another version"


def _of_command(one: Made, attempt: State | None, words: str) -> str | None:
    if one.state != "done":
        return f"{one.why}; look at {one.host}. {words.replace('gnt-runbook undo does it, ', '')}"
    if attempt == "unknown":
        return f"It was begun to be taken back, and nobody saw how that ended; look at {one.host}. {words}"
    return None


def _lacks(undo: Undo | None, knowledge: Knowledge, context: Context) -> str:
    """What it needs and does not have; nothing if it has all."""
    if not isinstance(undo, UndoByCommand | UndoOfEdit) or undo.needs is None:
        return ""
    needs = undo.needs
    check = knowledge.checks.get(needs.check)
    try:
        found = (
            Verdict(None, f"no pack knows the check {needs.check}")
            if check is None
            else check(context, **needs.arguments)
        )
    except (FactError, HostError) as error:
        found = Verdict(None, error.what)
    return "" if found.holds is True else f"{found.summary} {found.hint}".strip()


def _of_file(undo: UndoOfEdit, context: Context) -> str | None:
    """Why a file cannot be put back; nothing if it is as it was before, None if it can."""
    host = context.site.hosts.get(undo.host)
    if host is None:
        return f"there is no host {undo.host} any more"
    try:
        look = look_at(context.reader, host, undo, "")
    except (HostError, StepError) as error:
        return f"it cannot be looked at: {error.what}"
    return None if look.change is not None else "" if look.back else look.why
