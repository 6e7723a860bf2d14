"""What has to be true before a runbook and after it: all is looked at, all is told.

Each precondition can only be overridden by its own code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

from engine.english import plural
from engine.errors import (
    NOTHING_CHANGED,
    FactError,
    HostError,
    PreconditionError,
    StepError,
    StoppedError,
    UsageError,
)
from engine.journal.events import Answered, Checked, Waiting
from engine.journal.events import PreconditionSeen as PreconditionEvent
from engine.knowledge import Verdict
from engine.model.parts import HostTrouble, Precondition
from engine.model.versions import Versions
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Word
from engine.run import screen_text
from engine.run.context import RunContext
from engine.run.instead import Alternative, alternative
from engine.run.overrides import Overrides
from engine.run.record import waits
from engine.steps.kind import prose
from engine.steps.poll import looks, poll
from engine.steps.questions import STOP_OR_NO
from engine.steps.scope import Scope, judging

OF_HOSTS: frozenset[str] = frozenset(get_args(HostTrouble))
"""What may be wrong with a host that is about to be changed, and can be overridden in every runbook."""


VERSION = "version"
"""The code of what every runbook wants of the version of the site's software."""


def check_preconditions(
    run: RunContext, forced: Overrides, record: Callable[[PreconditionEvent | Answered], object]
) -> PreconditionError | None:
    """Look at all preconditions, tell and record each; the error that follows if not all hold.

    Raises:
        UsageError: a code is forced that no precondition has.
        StoppedError: the run goes on with an earlier one, and the operator does not go on as things are now.
    """
    preconditions = (*_of_version(run), *run.loaded.runbook.preconditions)
    know_codes(preconditions, forced)
    if not preconditions:
        return None
    run.operator.show(Line(Style.HEADING, "Before anything: what has to be true"))
    scope = run.scope()
    scope.look_ahead(*map(judging, preconditions))
    failed: dict[str, Verdict] = {}
    instead: dict[str, Alternative] = {}
    for one in preconditions:
        try:
            found = scope.judge(one)
        except (FactError, HostError) as error:
            found = Verdict(None, error.what, evidence=(error.why,) if error.why else (), hint=error.hint)
        override = found.holds is not True and one.code in forced.codes and one.forcible
        event = PreconditionEvent(one.code, found.holds, found.summary, found.evidence)
        if override:
            event = replace(event, forced=forced.reason, follows=_follows(one, scope))
            run.overridden[one.code] = event
        record(event)
        run.operator.show(*screen_text.verdict(found))
        if found.holds is not True and (other := alternative(run, one, scope, forced.codes)) is not None:
            instead[one.code] = other
        if override:
            run.operator.show(*_overriding(event, instead.get(one.code)))
        elif found.holds is not True:
            failed[one.code] = found
            if one.why:
                run.operator.show(Line(Style.TEXT, f"     {scope.tell(one.why).strip()}"))
    if not failed or _agreed(run, failed, record):
        return None
    return _refusal(preconditions, failed, instead)


def _follows(precondition: Precondition, scope: Scope) -> str:
    try:
        return prose(scope.render(precondition.if_forced))
    except (FactError, HostError) as error:
        # It does not hold, so that what it is about may not be there to be told of.
        return f"What follows cannot be told: {error.what}"


def _overriding(event: PreconditionEvent, other: Alternative | None) -> list[Line]:
    lines = [Line(Style.WARNING, f"Overridden by --force {event.code}: {event.forced}")]
    lines += [Line(Style.WARNING, f"What follows: {event.follows}")] if event.follows else []
    return lines + ([Line(Style.WARNING, other.hint)] if other is not None else [])


def told_of_overridden(run: RunContext) -> tuple[Line, ...]:
    """What a run went on without, for its end; of the runs that it goes on with as well."""
    known = {code: one for code, one in run.past.preconditions.items() if one.forced} | run.overridden
    if not known:
        return ()
    lines = [Line(Style.HEADING, "What was overridden")]
    for one in known.values():
        lines.append(Line(Style.WARNING, f"--force {one.code}: {one.summary} The reason given: {one.forced}"))
        lines += [Line(Style.WARNING, f"What follows: {one.follows}")] if one.follows else []
    return tuple(lines)


def _of_version(run: RunContext) -> tuple[Precondition, ...]:
    """What is said where the runbook was written for another version than the site's; nothing where all is well."""
    versions, version = run.loaded.runbook.versions, getattr(run.site, "version", "")
    covered = versions.covers(version) if version else True
    if covered or versions == Versions():
        return ()
    kind = "" if covered is False else ", which is no version by numbers"
    text = f"This runbook was written for {versions.words}; {run.site.label} has version {version!r}{kind}."
    why = "Commands, files and words may be others there. A dry run shows the commands; compare them with the manuals."
    words = {"else": _literal(text), "why": _literal(why)}
    return (Precondition.model_validate({"code": VERSION, "that": "false", **words}),)


def _literal(text: str) -> str:
    """Text that a template renders as it is."""
    return "{{ " + repr(text) + " }}"


def _agreed(
    run: RunContext, failed: Mapping[str, Verdict], record: Callable[[PreconditionEvent | Answered], object]
) -> bool:
    """Whether the operator goes on with a run whose own changes may be why a precondition does not hold any more.

    Raises:
        StoppedError: they do not.
    """
    then = {code: run.past.preconditions.get(code) for code in failed}
    if not run.past.changes or not all(one is not None and (one.holds or one.forced) for one in then.values()):
        return False
    for one in then.values():
        if one is not None:
            forced = f" It was overridden: {one.forced}" if one.forced else ""
            run.operator.show(Line(Style.TEXT, f"When run {run.past.runs[0]} began: {one.summary}{forced}"))
    changes = plural(run.past.changes, "change")
    text = (
        f"The run began with these, and has made {changes} since: {', '.join(failed)}. Type yes to go on without them."
    )
    question = Question(f"{run.prefix}resume.preconditions", text, (Option("go", (Word.YES,), "go on"), STOP_OR_NO))
    answer = run.operator.ask(question)
    record(Answered(question.id, question.text, answer.key, answer.typed))
    if answer.key == "stop":
        raise StoppedError(
            "You stopped before the first step.",
            changed="Nothing was begun after that.",
            hint="Look at the points marked above; the run can be resumed again.",
        )
    return True


def check_postconditions(run: RunContext, record: Callable[[Checked | Waiting], object]) -> None:
    """Look at what has to be true at the end; tell and record it.

    Raises:
        StepError: code `postcondition`; not all of it holds.
    """
    wanted = run.loaded.runbook.postconditions
    if not wanted:
        return
    run.operator.show(Line(Style.HEADING, "Afterwards: what has to be true now"))
    missed = []
    for one in wanted:
        found = poll(one, looks(run), run.clock, screen_text.progress(run.operator), waits(record, "postcondition"))
        record(Checked("postcondition", found.holds, found.summary, found.evidence))
        run.operator.show(*screen_text.verdict(found))
        if found.holds is not True:
            missed.append(found.summary)
    if missed:
        raise StepError(
            "All steps were taken, but the end is not what it should be.",
            why="; ".join(missed),
            hint="Look at the points marked above; the runbook can be run again and goes on from what it finds.",
            code="postcondition",
        )


def know_codes(preconditions: tuple[Precondition, ...], forced: Overrides) -> None:
    """Refuse to force what cannot be forced.

    Raises:
        UsageError: no precondition has such a code, or the one that has it cannot be overridden.
    """
    known = {one.code: one for one in preconditions}
    for code in forced.codes - OF_HOSTS - {VERSION}:
        if code not in known:
            raise UsageError(
                f"This runbook has no precondition {code!r}.",
                changed=NOTHING_CHANGED,
                hint=f"It has {', '.join(known) or 'none'}; and for hosts there are {', '.join(sorted(OF_HOSTS))}.",
                code="force-unknown",
            )
        if not known[code].forcible:
            raise UsageError(
                f"The precondition {code!r} cannot be overridden.",
                changed=NOTHING_CHANGED,
                hint="Put right what it is about; the runbook's text says why it is needed.",
                code="force-refused",
            )


def _refusal(
    preconditions: tuple[Precondition, ...], failed: Mapping[str, Verdict], instead: Mapping[str, Alternative]
) -> PreconditionError:
    hints = list(dict.fromkeys(one.hint for code, one in instead.items() if code in failed))
    # What a parameter or another runbook does is not forced: that would go on with what does not hold.
    forcible = [one.code for one in preconditions if one.code in failed and one.forcible and one.code not in instead]
    if failed.keys() - instead.keys():
        hints.append("Put it right and run this again.")
    if forcible:
        force = " ".join(f"--force {code}" for code in forcible)
        hints.append(f"If you know better, override {'it' if len(forcible) == 1 else 'them'}: {force} --reason 'why'.")
    return PreconditionError(
        f"{len(failed)} of {len(preconditions)} preconditions do not hold: {', '.join(failed)}.",
        why="; ".join(found.summary for found in failed.values()),
        changed=NOTHING_CHANGED,
        hint=" ".join(hints),
        code="precondition",
    )
