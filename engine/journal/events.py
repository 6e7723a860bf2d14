"""What can stand in a journal, one class a kind of line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first line: what is run, on what, by whom.

    Attributes:
        sources: where each thing about the operator was read.
        undoes: the run that this one takes back.
        resumes: the run that this one goes on with.
        before: the hash of the last line of the journal of the run that it goes on with or takes back, as it was then;
            empty in journals of older versions.
    """

    kind: ClassVar[str] = "run-started"
    run: str
    runbook: str
    digest: str
    version: str
    mode: Literal["real", "rehearsal"]
    site: str
    parameters: dict[str, str]
    operator: dict[str, str]
    reason: str = ""
    ticket: str = ""
    sources: dict[str, str] = field(default_factory=dict)
    dead: tuple[str, ...] = ()
    undoes: str = ""
    resumes: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class RunbookText:
    """A runbook as it was when the run began to use it, whatever becomes of its file later."""

    kind: ClassVar[str] = "runbook-text"
    runbook: str
    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class FactsKept:
    """The facts that are read once, as they were then; `prefix` is what the steps of their runbook begin with."""

    kind: ClassVar[str] = "facts-kept"
    prefix: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Locked:
    """The run holds the lock on these hosts from now on; `without` says why not on others."""

    kind: ClassVar[str] = "locked"
    hosts: tuple[str, ...]
    without: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LockTakenOver:
    """The lock of a dead run was taken over, with the operator's leave.

    Attributes:
        holder: that run, as its lock said: `run`, `runbook`, `by`, `machine`, `since`, `step` and more.
        silent: seconds since its last sign of life.
    """

    kind: ClassVar[str] = "lock-taken-over"
    hosts: tuple[str, ...]
    holder: dict[str, Any]
    silent: float


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was wrong with the site before the run, or after it; for the record, no step rests on it.

    Attributes:
        findings: each with `code`, `title`, `about`, `evidence`, `next` and `command`, the most urgent first.
        unknown: each with `question` and `why`.
        why: why there is no survey, or nothing.
        seconds: how long it took.
    """

    kind: ClassVar[str] = "surveyed"
    when: Literal["before", "after"]
    findings: tuple[dict[str, Any], ...] = ()
    unknown: tuple[dict[str, str], ...] = ()
    answered: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    why: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PreconditionSeen:
    """A precondition was looked at.

    Attributes:
        forced: the reason when it was overridden by its code.
        follows: what follows from that, if its runbook says so.
    """

    kind: ClassVar[str] = "precondition"
    code: str
    holds: bool | None
    summary: str
    evidence: tuple[str, ...] = ()
    forced: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True)
class LoopBegun:
    """The items of a step's loop, before the first of them is taken."""

    kind: ClassVar[str] = "loop-begun"
    step: str
    items: list[Any]


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step is due.

    Attributes:
        facts: those it was planned on.
        undo: how it is taken back, if it makes no change by itself; else each of its changes says so.
    """

    kind: ClassVar[str] = "step-begun"
    step: str
    title: str
    facts: dict[str, Any] = field(default_factory=dict)
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """From now on the run waits: for the answer to a question, for something to become true, for somebody's work.

    Attributes:
        of: the step, or what else it is about; the wait is over with its next other line.
        whom: `operator`, `condition`, or the name of whoever does the work.
        what: the question, or what was seen last.
    """

    kind: ClassVar[str] = "waiting"
    of: str
    whom: str
    what: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A question was answered; `digest` is that of all that was shown with it."""

    kind: ClassVar[str] = "answered"
    question: str
    text: str
    answer: str
    typed: str
    digest: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A second person is asked to approve what a step would do; `shown` is the digest of all that they are shown."""

    kind: ClassVar[str] = "approval-requested"
    step: str
    by: dict[str, str]
    digest: str
    shown: str
    until: str


@dataclass(frozen=True, slots=True)
class ApprovalEnded:
    """What became of the request.

    `state` is `approved`, `denied`, `timed-out`, `withdrawn` (the run ended, or what was shown has changed), or
    `rehearsed` (a rehearsal goes on without a second person).
    """

    kind: ClassVar[str] = "approval-ended"
    step: str
    state: Literal["approved", "denied", "timed-out", "withdrawn", "rehearsed"]
    who: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    digest: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A change is about to be made. On disk before the change begins.

    Attributes:
        undo: how it can be taken back, see `engine.journal.undo_record`; empty in journals of older versions.
        undoes: the change of an earlier run that it takes back, as `RUN:KEY`.
        leaves: what is left behind by it, see `engine.journal.leftovers`.
    """

    kind: ClassVar[str] = "intent"
    key: str
    step: str
    host: str
    effect: str
    action: dict[str, Any]
    digest: str
    undo: dict[str, Any] = field(default_factory=dict)
    undoes: str = ""
    leaves: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the change with this key ended.

    `state` is `done` or `failed` (its end was seen), `not-started` (it surely never began), or `unknown`.
    """

    kind: ClassVar[str] = "outcome"
    key: str
    state: Literal["done", "failed", "not-started", "unknown"]
    exit_code: int | None = None
    seconds: float = 0.0
    stdout: str = ""
    stderr: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class SettledLater:
    """What a host says became of a change of an earlier run that nobody saw the end of.

    `state` is `ended`, `cut-short` or `rebooted` (begun, and left no exit code), `never` (not begun, and never will
    be), or `unknown` (the host cannot be asked, and the operator goes on without its answer).
    """

    kind: ClassVar[str] = "settled"
    run: str
    key: str
    step: str
    host: str
    state: Literal["ended", "cut-short", "rebooted", "never", "unknown"]
    exit_code: int | None = None
    seconds: float = 0.0
    stdout: str = ""
    stderr: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A verification, a wait or a postcondition was looked at for the last time."""

    kind: ClassVar[str] = "checked"
    of: str
    holds: bool | None
    summary: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepEnded:
    """How a step ended; `failed` only where the run ends with it or where the runbook says that it may.

    Attributes:
        saved: what later steps see of it, such as a decision.
        carried: the run in which it had ended already, where this one goes on with that one.
        trouble: what went wrong within a step that was done all the same, such as an exit code that is no 0.
    """

    kind: ClassVar[str] = "step-ended"
    step: str
    state: Literal["done", "not-needed", "nothing-to-do", "skipped", "failed"]
    reason: str = ""
    title: str = ""
    saved: dict[str, str] = field(default_factory=dict)
    carried: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpLeft:
    """Something has to be done later; a later run of that runbook on this site, ended well, closes it."""

    kind: ClassVar[str] = "follow-up"
    runbook: str
    site: str
    because: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FollowUpDone:
    """What was left by `follow-up` for this runbook on this site needs nobody any more: it was given back."""

    kind: ClassVar[str] = "follow-up-done"
    runbook: str
    site: str


@dataclass(frozen=True, slots=True)
class AnchorFailed:
    """A host did not take the anchor of a line; the run went on all the same."""

    kind: ClassVar[str] = "anchor-failed"
    host: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last line of a run that ended by itself; a run without it was killed, or still goes on.

    Attributes:
        left: what it leaves behind, and what the runs did that it went on with, as it was looked at then; None where
            nobody looked, as in journals of older versions.
    """

    kind: ClassVar[str] = "run-ended"
    exit: int
    code: str
    summary: str
    left: tuple[dict[str, Any], ...] | None = None


Event = (
    RunStarted
    | RunbookText
    | FactsKept
    | LoopBegun
    | SettledLater
    | Locked
    | LockTakenOver
    | Surveyed
    | PreconditionSeen
    | StepBegun
    | Waiting
    | Answered
    | ApprovalRequested
    | ApprovalEnded
    | Intent
    | Outcome
    | Checked
    | StepEnded
    | FollowUpLeft
    | FollowUpDone
    | AnchorFailed
    | RunEnded
)
"""Every kind of line; here a new one is named, and nowhere else."""

KINDS: dict[str, type[Event]] = {cls.kind: cls for cls in get_args(Event)}
