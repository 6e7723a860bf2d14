"""What is left to do after a run, from what its journal says."""

from __future__ import annotations

from engine.commands import to_type
from engine.exits import Exit
from engine.journal.leftovers import Behind, Leftover
from engine.report.model import Left, Report

_ENDS = {
    "skipped": "was left out",
    "failed": "did not do what it should",
    "open": "has no end in the journal",
}


def left_to_do(report: Report, behind: Behind) -> list[Left]:
    """The most urgent first; of a run that goes on only what is known already."""
    found = [
        Left(
            f"Look at {one.host}: nobody saw how the change {one.key} ended.",
            one.why or "It was begun. It may have happened, half happened, not happened, or still go on.",
            one.command or f"edit {one.file}",
        )
        for one in report.unknown
        if report.state != "goes-on"
    ]
    if report.state == "no-end" or (report.end is not None and report.end.exit != Exit.DONE):
        why = report.end.summary if report.end is not None else "It has no end: it was killed, or this is a copy."
        found.append(Left("Go on with the run.", why, _command(report)))
    found += [
        Left(f"The step {one.title or one.key} {_ENDS[one.state]}.", one.reason)
        for one in report.steps
        if one.state in _ENDS and (one.state != "open" or report.state != "goes-on")
    ]
    found += [
        Left(f"See what the step {one.title or one.key} did.", one.trouble) for one in report.steps if one.trouble
    ]
    found += [
        Left(
            f"{one.runbook} has to be run on {one.site}.",
            one.because,
            to_type("run", one.runbook, **one.parameters),
        )
        for one in behind.follow_ups
    ]
    found += [Left(_sentence(one.words), *_removal(one)) for one in behind.leftovers]
    survey = report.after
    if survey is not None:
        found += [
            Left(str(one.get("title", "")), str(one.get("next", "")), str(one.get("command", "")))
            for one in survey.findings
        ]
        found += [Left(f"Could not be found out: {one.get('question')}", one.get("why", "")) for one in survey.unknown]
    return found


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _removal(one: Leftover) -> tuple[str, str]:
    """Where it is removed and how."""
    return (f"It is removed on {one.host} by:", one.command) if one.command else ("", "")


def _command(report: Report) -> str:
    if not report.runbook:
        return ""
    if report.mode == "rehearsal":
        return to_type("rehearse", report.runbook)
    return to_type("resume", report.run)
