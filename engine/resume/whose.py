"""Whose journal a run is gone on with or taken back by; a stranger's does not count before it is agreed to."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.commands import to_type
from engine.errors import NOTHING_CHANGED, JournalError, StoppedError
from engine.journal.events import Answered
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal
from engine.knowledge import Site
from engine.operator.interface import Line, Operator, Option, Question, Style
from engine.operator.words import Name
from engine.resume.past import Past
from engine.resume.vouching import vouching
from engine.steps.approval import STOP
from engine.template.filters import pairs, when
from engine.transport.reader import Reader

_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,199}")
"""Names of runs, as they may stand in a command and in an anchor."""


def strangers(journals: Sequence[Journal], folder: RunsFolder, machine: str) -> dict[Path, str]:
    """Those that are not the record of our own runs on this machine, each with why.

    Raises:
        JournalError: it calls its run what no run is called.
    """
    for one in journals:
        if not _RUN.fullmatch(one.run):
            raise JournalError(
                f"The journal {one.path} is not of a run of gnt-runbook.",
                why=f"no run is called {one.run!r}",
                changed=NOTHING_CHANGED,
                hint="Ask whoever gave it to you for the file as it was written.",
                code="journal-damaged",
            )
    return {one.path: why for one in journals if (why := _why_strange(one, folder, machine))}


def agreed(
    journals: Sequence[Journal],
    strange: Mapping[Path, str],
    taken: Sequence[Line],
    operator: Operator,
    reader: Reader,
    site: Site,
    signers: Path | None = None,
) -> list[Answered]:
    """Let the operator see whose journals these are, and agree to go by them; nothing is asked where all are ours.

    Args:
        journals: of the runs, oldest first.
        strange: those that are not ours, with why.
        taken: what would be taken from them.
        operator: who is asked.
        reader: to look for anchors; nothing that the journals say is read by it.
        site: the site that they are about.
        signers: who may sign.

    Returns:
        The answer, for the record.

    Raises:
        StoppedError: they do not agree.
    """
    if not strange:
        paths = ", ".join(str(one.path) for one in journals)
        operator.show(Line(Style.FAINT, f"By this machine's own record, which nobody else can have written: {paths}"))
        return []
    lines = [Line(Style.HEADING, "Whose journal this is")]
    for one in (one for one in journals if one.path in strange):
        lines += [*_whose(one, strange[one.path]), *vouching(one, reader, site, signers)]
    lines += taken
    operator.show(*lines)
    # It names what was looked at: an answer that was written down for one journal opens no other.
    tips = hashlib.sha256("".join(one.tip for one in journals).encode()).hexdigest()[:12]
    word = Name(f"{journals[-1].run}@{tips}", "journal")
    text = f"Nothing of this was done by you on this machine. Type {word} to go by it all the same."
    question = Question("journal", text, (Option("go", (word,), "go by this journal"), STOP), card=tuple(lines))
    answer = operator.ask(question)
    if answer.key == "stop":
        raise StoppedError(
            "You do not go by this journal.",
            changed=NOTHING_CHANGED,
            hint=f"{to_type('diagnose')} says what is wrong now, and which runbook repairs it without any journal.",
        )
    return [Answered(question.id, question.text, answer.key, answer.typed)]


def taken_by_resuming(past: Past) -> list[Line]:
    """What a run that goes on with others takes from their journals, without looking for itself."""
    started = past.started
    rows: dict[str, object] = {
        "runbook": started.runbook if started is not None else "",
        "parameters": started.parameters if started is not None else {},
        "steps that are not taken again": {key: one.state for key, one in past.ended.items()},
        "what was decided": {key: one.saved for key, one in past.ended.items() if one.saved},
        "facts that were read once": {key or "(the run)": facts for key, facts in past.kept.items() if facts},
        "items of loops": past.items,
        "changes whose hosts are asked": [f"{one.intent.key} on {one.intent.host}" for one in past.open],
    }
    return [Line(Style.TEXT, "What is taken from it, and not looked at again:"), *_rows(rows)]


def taken_by_undoing(journals: Sequence[Journal]) -> list[Line]:
    """What an undo takes from journals; each command is shown, and asked about, by itself."""
    words = "What is taken from it: each command that is made, its host, and what is looked at before and afterwards."
    runs = ", ".join(one.run for one in journals)
    return [Line(Style.TEXT, words), Line(Style.TEXT, f"Hosts are asked what became of changes of {runs}.")]


def _rows(rows: Mapping[str, object]) -> list[Line]:
    return [
        Line(Style.FILE, f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
        for name, value in rows.items()
        if value
    ]


def _whose(journal: Journal, why: str) -> list[Line]:
    started = journal.started
    if started is None:
        return [Line(Style.WARNING, f"{journal.path} does not say what was run; {why}")]
    who, begun = pairs(started.operator) or "nobody that it names", when(journal.entries[0].time)
    return [
        Line(Style.TEXT, f"{started.run}, on {started.site}, begun at {begun} by {who}: so it says itself."),
        Line(Style.WARNING, f"It is not this machine's own record: {journal.path}, {why}."),
    ]


def _why_strange(journal: Journal, folder: RunsFolder, machine: str) -> str:
    if journal.stranger:
        return journal.stranger
    if journal.path.resolve().parent != folder.path.resolve():
        return f"it is not among the journals of this machine's runs, {folder.path}"
    its = journal.started.operator.get("machine", machine) if journal.started is not None else machine
    return "" if its == machine else f"it was written on {its}"
