"""What is shown before a run is gone on with: whose it was, how far it came, what was under way, what differs now."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from engine.english import plural, when
from engine.errors import NOTHING_CHANGED, RefusedError
from engine.identity import in_a_word
from engine.journal.outcomes import intent_in_words
from engine.journal.reader import Journal
from engine.load.loader import LoadedRunbook
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Name, Word
from engine.redaction.redactor import REDACTOR
from engine.resume.past import Past
from engine.steps.questions import STOP, STOP_OR_NO


def summary(journals: Sequence[Journal], past: Past) -> tuple[Line, ...]:
    """The runs that are gone on with, in short."""
    lines = [Line(Style.HEADING, f"Resume {past.run}")]
    for journal in journals:
        started, ended = journal.started, journal.ended
        if started is None:
            continue
        by = in_a_word(started.operator) or "somebody"
        began, last = when(journal.entries[0].time), when(journal.entries[-1].time)
        if ended is not None:
            end = f"ended at {last} with exit code {ended.exit}: {ended.summary}"
        else:
            # The lock tells of the last one; the others gave it up to those that went on with them.
            end = f"was killed after {last}" + (", or still goes on elsewhere" if journal is journals[-1] else "")
        lines.append(Line(Style.TEXT, f"{started.run}, begun by {by} at {began}, {end}"))
        if started.reason:
            lines.append(Line(Style.FAINT, f"Its reason: {started.reason}"))
        if journal.torn:
            words = "Its last line is torn: it was killed while that was written, and what it was about was not seen."
            lines.append(Line(Style.FAINT, words))
    done = [one for one in past.ended.values() if one.state == "done"]
    lines.append(Line(Style.TEXT, f"{plural(len(done), 'step')} done, {plural(past.changes, 'change')} begun."))
    for begun in past.open:
        words = f"Nobody saw the end of {begun.intent.key} on {begun.intent.host}. {intent_in_words(begun.intent)}"
        lines.append(Line(Style.WARNING, words))
    return tuple(lines)


def changed_file(past: Past, now: LoadedRunbook) -> tuple[tuple[Line, ...], Question] | None:
    """How the runbook's file differs from what the run was made with, and the question which of them counts."""
    then = past.texts.get(now.runbook.id)
    if then is None or then.digest == now.digest:
        return None
    lines = difflib.unified_diff(
        then.text.splitlines(), now.text.splitlines(), f"as run {past.runs[0]} began", f"{now.origin}, now", lineterm=""
    )
    warning = Line(Style.WARNING, f"The runbook {now.runbook.id} was changed since the run began.")
    question = Question(
        "resume.runbook",
        "Go on with which of them?",
        (
            Option("then", (Word.THEN,), "as it was when the run began"),
            Option("now", (Word.NOW,), "as it is now"),
            STOP_OR_NO,
        ),
    )
    return (warning, Line(Style.DIFF, "\n".join(lines))), question


def whole_text(loaded: LoadedRunbook) -> tuple[tuple[Line, ...], Question]:
    """A runbook that only a journal vouches for, to be read before anything of it is done; and the question about that.

    Raises:
        RefusedError: it cannot be shown as it is.
    """
    if REDACTOR.text(loaded.text) != loaded.text:
        raise RefusedError(
            f"The runbook {loaded.runbook.id} in {loaded.origin} is not run.",
            why="it holds what looks like a secret, which is never shown, so nobody could read what would be done",
            changed=NOTHING_CHANGED,
            hint="Put the runbook into a folder of yours (docs/settings.md, runbooks), if you know it to be right.",
            code="runbook-not-shown",
        )
    # Another text has another name.
    name = Name(f"{loaded.runbook.id}@{loaded.digest.removeprefix('sha256:')[:12]}", "runbook")
    words = (
        "No such runbook is installed here: only the journal vouches for it. This is the whole of it; its safe steps "
        "are done without asking, as root, and --yes does not count for it:"
    )
    lines = (Line(Style.WARNING, words), Line(Style.FILE, loaded.text.rstrip("\n")))
    go = Option("go", (name,), "I have read it; go on by it")
    text = f"Type {name} to go on by this runbook."
    return lines, Question("resume.runbook-text", text, (go, STOP), card=lines)
