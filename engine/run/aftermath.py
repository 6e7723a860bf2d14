"""What whoever comes after a run has to know, however it ended: what was overridden, what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.commands import to_type
from engine.errors import RunbookError
from engine.hosts.reads import read
from engine.journal.events import FollowUpLeft
from engine.journal.leftovers import Behind, Leftover
from engine.knowledge import Context
from engine.operator.interface import Line, Style
from engine.run.context import RunContext


def still_there(run: RunContext, behind: Behind) -> list[Leftover]:
    """Of what was left behind all but what is seen to be gone; looked at in one moment."""
    found = []
    context = Context(run.moments.now(), run.site, run.clock)
    for one in behind.leftovers:
        seen = _is_there(one, context, run)
        if seen is not False:
            found.append(replace(one, state="unknown" if seen is None else "there"))
    return found


def _is_there(one: Leftover, context: Context, run: RunContext) -> bool | None:
    try:
        if one.is_file:
            return context.reader.read(run.site.hosts[one.host], read("test", "-e", one.name)).ok
        if one.there is not None:
            return run.knowledge.checks[one.there.check](context, **one.there.arguments).holds
    except (RunbookError, KeyError, TypeError, ValueError):
        # Its host does not answer, or is no host of this site any more; of another version of the pack.
        return None
    return None


def told(leftovers: Iterable[Leftover], follow_ups: Iterable[FollowUpLeft]) -> tuple[Line, ...]:
    """What is left behind, with the command that removes each; nothing where nothing is."""
    lines: list[Line] = []
    for one in leftovers:
        lines.append(Line(Style.WARNING, one.words[0].upper() + one.words[1:]))
        lines += [Line(Style.COMMAND, f"on {one.host}:  {one.command}")] if one.command else []
    for left in follow_ups:
        lines.append(Line(Style.WARNING, left.because))
        lines.append(Line(Style.COMMAND, to_type("run", left.runbook, **left.parameters)))
    return (Line(Style.HEADING, "What is left behind, and what removes it"), *lines) if lines else ()
