"""What every form of a report says in the same words, and how much of an output it shows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from engine.english import duration, pairs, plural, value_of, when
from engine.exits import Exit
from engine.operator.screen import harmless, relayed
from engine.report.model import Check, Command, Note, Report, Step, Survey

STATES = {
    "done": "done",
    "not-needed": "not needed",
    "nothing-to-do": "nothing to do",
    "skipped": "LEFT OUT",
    "failed": "FAILED",
    "open": "NO END",
}
HOLDS = {True: "holds", False: "DOES NOT HOLD", None: "CANNOT BE KNOWN"}
_QUIET = frozenset({"digest", "shown", "step", "prev"})
NOTES = {
    "follow-up": "left to be done later",
    "follow-up-done": "no longer to be done later",
    "locked": "the lock was taken",
    "lock-taken-over": "the lock was taken over from a dead run",
    "settled": "what its host says of a change of the run before",
    "anchor-failed": "an anchor did not arrive",
    "approval-requested": "a second person was asked to approve",
    "approval-ended": "the second person's approval",
    "damaged": "a line that is none of a journal",
}


def outcome(report: Report) -> str:
    """How the run ended, one sentence."""
    if report.end is not None:
        if report.end.exit == Exit.DONE:
            return "It reached its end." if not report.left else "It reached its end; something is left to do."
        return f"It ended with exit code {report.end.exit}: {report.end.summary}"
    if report.state == "goes-on":
        waits = [f"{row.who} ({one.what})" for row in report.timeline for one in row.spans if one.open]
        return f"It goes on, and waits now for: {'; '.join(waits)}" if waits else "It goes on."
    return "It has no end in this journal: it was killed, or this is a copy of the journal of a run that went on."


def tone(report: Report) -> str:
    """`good`: nothing has to be looked at; `warn`: it goes on, or left something; `bad`: it did not end well."""
    if report.state == "goes-on":
        return "warn"
    if report.end is None or report.end.exit != Exit.DONE or report.unknown:
        return "bad"
    return "warn" if report.left else "good"


def reason_of(step: Step) -> str:
    """How it ended, unless what stands above it says just that."""
    last = step.happened[-1] if step.happened else None
    told = isinstance(last, Check) and last.summary == step.reason
    return "" if told or (step.state == "done" and last is not None) else step.reason


def summed_up(report: Report) -> str:
    """The run in numbers."""
    made = [one for one in report.commands if one.effect != "safe" and one.state != "not-started"]
    words = f"{plural(len(made), 'change')} on {plural({one.host for one in made}, 'host')}"
    unknown = f"; {len(report.unknown)} with an UNKNOWN end" if report.unknown else ""
    return f"{words} in {duration(report.seconds)}{unknown}"


def header(report: Report) -> list[tuple[str, str]]:
    """What was run, where, by whom, why."""
    rows = [
        ("Run", report.run),
        ("Runbook", " ".join([report.runbook, *(f"{name}={value}" for name, value in report.parameters.items())])),
        ("Cluster", f"{report.site} (a rehearsal on an embedded one)" if report.mode == "rehearsal" else report.site),
        ("By", pairs(report.operator)),
        ("Reason", report.reason),
        ("Declared dead", ", ".join(report.dead)),
        *((name.replace("_", " ").capitalize(), value_of(value)) for name, value in report.more.items()),
        ("Began", when(report.begun)),
        ("Ended", when(report.end.time) if report.end is not None else ""),
        ("Took", duration(report.seconds)),
        ("Program", f"gnt-runbook {report.version}" if report.version else ""),
        ("Runbook's hash", report.digest),
        ("Journal", f"{report.chain.lines} lines, tip {report.chain.tip}"),
        ("The record", record(report)),
        ("Its file", report.stranger),
    ]
    return [(name, value) for name, value in rows if value]


def record(report: Report) -> str:
    """Whether the journal is what was written."""
    torn = " Its last line is torn: the run was killed while it was written." if report.chain.torn else ""
    return f"{report.chain.words}{torn}"


def step_name(step: Step) -> str:
    """Its title, and the item of its loop."""
    item = step.key[step.key.index("[") :] if "[" in step.key and step.key.endswith("]") else ""
    return f"{step.title} {item}".strip() if step.title else step.key


def result(command: Command) -> str:
    """How a change ended."""
    match command.state:
        case "done" | "failed":
            return f"exit code {command.exit_code} after {command.seconds or 0.0:.1f} s"
        case "not-started":
            return f"never began: {command.why}"
    return f"UNKNOWN: nobody saw its end. {command.why}".strip()


def survey_verdict(survey: Survey | None) -> str:
    """What a survey found, in one sentence."""
    if survey is None:
        return "The journal holds no survey."
    if survey.why:
        return f"There is no survey: {survey.why}."
    if survey.well:
        return "Nothing wrong was found: every host answered, and every question could be decided."
    words = [plural(len(survey.findings), "finding")]
    words += [f"{len(survey.unknown)} not known"] if survey.unknown else []
    words += [f"no answer of {', '.join(survey.silent)}"] if survey.silent else []
    return "; ".join(words) + "."


def note_name(note: Note) -> str:
    return NOTES.get(note.name, note.name)


def note_words(note: Note) -> str:
    """What it holds, without what is for machines."""
    quiet = _QUIET if note.name in NOTES else ()
    return pairs({name: value for name, value in note.data.items() if name not in quiet})


def quiet(step: Step) -> bool:
    """Whether nothing had to be done for it."""
    return not step.happened and step.state in {"not-needed", "nothing-to-do"}


def runs_of(steps: Iterable[Step]) -> list[tuple[bool, list[Step]]]:
    """The steps in order; those in a row for which nothing had to be done are put together."""
    return [(is_quiet, list(some)) for is_quiet, some in groupby(steps, key=quiet)]


COLUMNS = 2000
"""Characters of one line that are shown."""


def bounded(text: str, lines: int, line: int, columns: int = COLUMNS) -> tuple[str, str]:
    """As much of an output as can be read, harmless; and in words what was left out, if anything.

    Args:
        text: what a command printed.
        lines: how many lines are shown: of more, two thirds from the beginning and one from the end.
        line: the line of the journal that holds the whole.
        columns: how many characters of a line are shown.
    """
    rows = harmless(relayed(text)).split("\n")
    long = sum(len(one) > columns for one in rows)
    cut = len(rows) - lines
    if cut > 0:
        head = lines * 2 // 3
        rows = [*rows[:head], f"[… {cut} lines are not shown here …]", *rows[len(rows) - lines + head :]]
    shown = "\n".join(
        one if len(one) <= columns else f"{one[:columns]} [… {len(one) - columns} characters …]" for one in rows
    )
    left = [f"{cut} lines"] if cut > 0 else []
    left += [f"parts of {long} long lines"] if long else []
    return shown, f"Not shown: {' and '.join(left)}. The whole is in line {line} of the journal." if left else ""
