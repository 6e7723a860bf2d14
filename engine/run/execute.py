"""A run from its first line to its last: preconditions, steps, postconditions, and the record of all of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Literal

from engine import __version__, log
from engine.commands import to_type
from engine.english import plural
from engine.errors import NOTHING_CHANGED, JournalError, OutcomeUnknownError, RunbookError, StepError
from engine.exits import Exit
from engine.findings import Diagnosis
from engine.hosts.host import Links
from engine.journal.events import Event, RunbookText, RunEnded, RunStarted
from engine.journal.leftovers import as_data
from engine.journal.reader import read_journal
from engine.journal.writer import JournalWriter
from engine.knowledge import Context
from engine.locks.interface import OneAtATime
from engine.operator.interface import Line, Style
from engine.run.aftermath import not_as_it_should_be, standing, still_there, told
from engine.run.anchors import PATIENCE, Anchors
from engine.run.changer import Changer, anchor_warning
from engine.run.context import RunContext
from engine.run.dry import DryRun
from engine.run.host_health import HostHealth
from engine.run.interrupts import Interrupts
from engine.run.loop import walk
from engine.run.options import RunOptions, RunSettings
from engine.run.overrides import Overrides
from engine.run.preconditions import check_postconditions, check_preconditions, told_of_overridden
from engine.run.real import RealRun
from engine.run.record import Record
from engine.run.second_person import SecondPerson, SkippedApproval, SocketApproval
from engine.run.settle import settle
from engine.run.survey import survey
from engine.steps.kind import prose


def execute(run: RunContext, links: Links, journal: JournalWriter, settings: RunSettings, options: RunOptions) -> None:
    """Make a run.

    Raises:
        RunbookError: it did not reach its end; the error says what was changed, and the journal what happened.
    """
    with log.bound(run=run.names.id, runbook=run.loaded.runbook.id, site=run.site.label):
        _execute(run, links, journal, settings, options)


def _execute(run: RunContext, links: Links, journal: JournalWriter, settings: RunSettings, options: RunOptions) -> None:
    interrupts, locks = Interrupts(), settings.locks(run)
    record = Record(journal, interrupts, _hearing(run, locks))
    # An embedded site answers in no time of ours; its order must not depend on how busy this machine is.
    patience = PATIENCE if settings.mode == "real" else 60.0
    anchors = Anchors(links, run.site.witnesses, run.names.id, here=settings.syslog, patience=patience)
    others, despite = run.site.hosts.values(), run.loaded.runbook.despite
    fitness = HostHealth(run.reader, run.clock, settings.probes, others, options.forced, despite, record.append)
    changer = Changer(run.names.id, links, record, interrupts, anchors, run.clock, fitness, locks.before_change)
    second: SecondPerson = (
        SocketApproval(settings.approvals, record) if settings.mode == "real" else SkippedApproval(record)
    )
    doing = RealRun(
        changer,
        record,
        interrupts,
        second,
        yes_up_to=options.yes_up_to,
        at_once=settings.at_once,
        on_manual=settings.on_manual,
    )
    with interrupts.handled(), _given_back(locks, run, changer):
        try:
            try:
                for event in (_started(run, settings, options), *options.told):
                    record.append(event)
                locks.take(run.operator, record.append)
                if any(run.needs_second_person(step) for step in run.loaded.runbook.steps):
                    second.prepare()
                _survey(run, record, settings, "before")
                _all(run, record, changer, doing, options.forced)
            finally:
                # Before anything else: a second Ctrl-C must not come between the end and its record.
                interrupts.end()
                second.withdraw()
        except RunbookError as raised:
            error = _as_end_of_run(raised, changer)
            if settings.mode == "real" and (changer.begun or run.past):
                error.hint = f"{error.hint} To go on with this run: {to_type('resume', run.names.id)}".strip()
            with contextlib.suppress(RunbookError):  # nobody may be left to show it to
                run.operator.show(*_standing(run, journal, settings, options))
            _end_early(run, record, changer, anchors, error, settings)
            raise error from raised
        except Exception as mistake:
            with contextlib.suppress(JournalError):
                summary = f"{type(mistake).__name__}: {mistake}"
                _end(run, record, changer, anchors, RunEnded(int(Exit.STOPPED), "internal", summary))
            raise
        try:
            left = _aftermath(run)
            _survey(run, record, settings, "after")
            ended = RunEnded(int(Exit.DONE), "done", f"{plural(changer.made, 'change')} made", left)
            _end(run, record, changer, anchors, ended)
        except JournalError as error:
            raise _as_end_of_run(error, changer) from error
        _forget(run, changer)


def _hearing(run: RunContext, locks: OneAtATime) -> Callable[[Event], None]:
    def heard(event: Event) -> None:
        run.moments.hear(event)
        run.past.behind.hear(run.names.id, event)
        locks.heard(event)

    return heard


def _forget(run: RunContext, changer: Changer) -> None:
    """The run is closed, and with it those that it went on with: nobody will ask the hosts for their changes."""
    changer.forget_run(run.names.id, changer.hosts.values())
    before = [host for name, host in run.site.hosts.items() if name in run.past.hosts]
    for name in run.past.runs:
        changer.forget_run(name, before)


@contextlib.contextmanager
def _given_back(locks: OneAtATime, run: RunContext, changer: Changer) -> Iterator[None]:
    """The lock does not outlive the run, however it ends; only where one of its changes may still be going on."""
    try:
        yield
    finally:
        if changer.unknown:
            locks.leave()
            words = f"The lock stays, since a change may still be going on: {to_type('resume', run.names.id)}"
            warnings = [Line(Style.WARNING, words)]
        else:
            warnings = locks.release()
        with contextlib.suppress(RunbookError):  # nobody may be left to show them to
            run.operator.show(*warnings)


def _survey(run: RunContext, record: Record, settings: RunSettings, when: Literal["before", "after"]) -> None:
    """Record what is wrong with the site now.

    Raises:
        JournalError: it is not on the disk.
    """
    diagnose = settings.survey
    if diagnose is not None:

        def look() -> Diagnosis:
            return diagnose(Context(run.reader.moment(), run.site, run.clock))

        record.append(survey(look, when, tell=lambda words: run.operator.show(Line(Style.FAINT, words))))


def _end_early(
    run: RunContext, record: Record, changer: Changer, anchors: Anchors, error: RunbookError, settings: RunSettings
) -> None:
    """Record the end of a run that did not reach it; what fails here must not hide why it ended."""
    left = _aftermath(run) if changer.begun else None
    if changer.begun:  # one that began no change has changed nothing of what was wrong before
        with contextlib.suppress(JournalError):
            _survey(run, record, settings, "after")
    with contextlib.suppress(JournalError):
        _end(run, record, changer, anchors, RunEnded(int(error.exit), error.code, str(error), left))


def _standing(run: RunContext, journal: JournalWriter, settings: RunSettings, options: RunOptions) -> list[Line]:
    """What stands of a run that did not reach its end; one that takes another back leaves nothing of its own."""
    if options.undoes:
        return []
    undo = f"gnt-runbook undo {run.names.id}" if settings.mode == "real" else ""
    return standing([*run.past.journals, read_journal(journal.path)], undo=undo)


def _end(run: RunContext, record: Record, changer: Changer, anchors: Anchors, ended: RunEnded) -> None:
    """Write the last line, leave its hash where the others are, and show it.

    Raises:
        JournalError: the line is not on the disk.
    """
    lines = changer.anchor_failures()
    tip = record.append(ended)
    anchors.finish(tip)
    words = f"Tip at the end: line {tip.line}, {tip.hash}"
    # There is no line after the last one that could hold these.
    lines += [anchor_warning(one) for one in anchors.failures()]
    # Nobody may be left to show it to; that must not take the place of how the run ended.
    with contextlib.suppress(RunbookError):
        run.operator.show(*lines, Line(Style.FAINT, words))


def _all(run: RunContext, record: Record, changer: Changer, doing: RealRun, forced: Overrides) -> None:
    record.append(RunbookText(run.loaded.runbook.id, run.loaded.digest, run.loaded.text))
    settle(run, changer, record.append)
    unreadable = _keep_facts(run)
    if unreadable is None:
        record.append(run.facts_kept)
    refusal = check_preconditions(run, forced, record.append)
    for error in (unreadable, refusal):
        if error is not None:
            raise error
    walk(run, doing)
    check_postconditions(run, record.append)
    _farewell(run, changer.made)


def dry_run(run: RunContext, forced: Overrides) -> Exit:
    """Show what a run would do, with every value that can be read now; there is no Changer in here.

    Returns:
        `PRECONDITION` if a real run would be refused, else `DONE`.
    """
    run.operator.show(Line(Style.WARNING, "Dry run: everything is read, nothing is changed."))
    unreadable = _keep_facts(run)
    refusal = check_preconditions(run, forced, lambda _event: None)
    if unreadable is not None:
        raise unreadable
    showing = DryRun()
    walk(run, showing)
    run.operator.show(Line(Style.HEADING, "End of the dry run: nothing was changed"))
    if refusal is not None:
        run.operator.show(Line(Style.BAD, f"A real run would be refused now: {refusal.what}"))
        return refusal.exit
    run.operator.show(
        Line(
            Style.TEXT,
            f"{plural(showing.shown, 'step')} would be due as things stand now. That the preconditions hold does not "
            "mean that the steps will succeed; a real run verifies each of them.",
        )
    )
    return Exit.DONE


def _keep_facts(run: RunContext) -> RunbookError | None:
    """Read what is read once; an error is kept until the preconditions were told, since they may explain it."""
    try:
        run.keep_facts()
    except RunbookError as error:
        return error
    return None


def _started(run: RunContext, settings: RunSettings, options: RunOptions) -> RunStarted:
    return RunStarted(
        run=run.names.id,
        runbook=run.loaded.runbook.id,
        digest=run.loaded.digest,
        version=__version__,
        mode=settings.mode,
        site=run.site.label,
        parameters={name: str(value) for name, value in run.values.items()},
        operator=dict(settings.who),
        reason=options.reason,
        ticket=options.ticket,
        sources=dict(settings.sources),
        dead=run.dead,
        undoes=options.undoes,
        resumes=run.past.run,
        before=options.before or run.past.tip,
    )


def _farewell(run: RunContext, made: int) -> None:
    """What the runbook has to say at its end; a run that it has nothing to say of is told by its changes."""
    if wrong := not_as_it_should_be(run.loaded.runbook, run.ended.values()):
        run.operator.show(Line(Style.HEADING, "The end is reached, and not all went as it should"), *wrong)
    else:
        run.operator.show(Line(Style.HEADING, "Done"))
    scope = run.scope()
    said = [rendered for text in run.loaded.runbook.done if (rendered := prose(scope.tell(text)))]
    changes = "Nothing had to be changed."
    if made:
        changes = f"{plural(made, 'change was', 'changes were')} made; the journal holds each."
    run.operator.show(*(Line(Style.TEXT, text) for text in said or (changes,)))


def _aftermath(run: RunContext) -> tuple[dict[str, Any], ...]:
    """Tell what whoever comes next has to know, however the run ended; what is left behind, for the record."""
    behind = run.past.behind
    left = still_there(run, behind)
    with contextlib.suppress(RunbookError):  # nobody may be left to show it to
        run.operator.show(*told_of_overridden(run), *told(left, behind.follow_ups))
    return tuple(map(as_data, left))


def _as_end_of_run(error: RunbookError, changer: Changer) -> RunbookError:
    """The error as what ended this run: it says what was changed, and its exit status does not deny it."""
    made, unknown = changer.made, changer.unknown
    if not made and not unknown:
        error.changed = NOTHING_CHANGED
        return error
    changes = "1 change was made" if made == 1 else f"{made} changes were made"
    # What an error says of itself alone would deny what came before it.
    own = "" if error.changed == NOTHING_CHANGED else error.changed
    changed = f"{own} {changes} in this run; the journal holds each.".strip()
    if unknown or error.exit not in {Exit.STOPPED, Exit.UNKNOWN}:
        # Whatever came after it, such as a terminal that went away with the link: the unknown outcome counts.
        kind = OutcomeUnknownError if unknown else StepError
        return kind(error.what, why=error.why, changed=changed, hint=error.hint, code=error.code)
    error.changed = changed
    return error
