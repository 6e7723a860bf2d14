"""`job`: something Ganeti does as a job: submitted, its number recorded, followed to its end by its own file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from pydantic import Field

from checks.cluster.facts.masters import master
from checks.jobs.facts import queue
from checks.jobs.following import JobFollower
from checks.jobs.parse.job import JobFile
from engine.errors import FactError, HostError, StoppedError
from engine.hosts.command import shown
from engine.hosts.host import Result
from engine.knowledge import Context
from engine.model.parts import Expression, Seconds, Template
from engine.model.step import StepBase
from engine.operator.interface import Line, Question, Style
from engine.operator.screen import relayed
from engine.steps.kind import StepKind, StepResult, StepTools, blank, host_for
from engine.steps.left_behind import left_by
from engine.steps.plan import Change, Plan
from engine.steps.questions import approval
from engine.steps.scope import Scope
from engine.steps.undo_plan import undo_of_command

SUBMIT = ("--submit", "--print-jobid")
SUBMIT_SECONDS = 300.0
"""How long the submission alone may take: luxid answers late on a busy or half-dead cluster."""


class JobStep(StepBase):
    """A Ganeti job: a gnt-* command that takes --submit.

    Attributes:
        job: the command, without --submit.
        on: the master, if not given.
        timeout: how long the job is followed before it is called unfinished; it is never ended for that.
    """

    kind: Literal["job"] = "job"
    job: tuple[Template, ...] = Field(min_length=1)
    on: Expression | None = None
    timeout: Seconds = 86400.0
    confirm: Template = ""


class JobKind(StepKind[JobStep]):
    """Judged by the end of the job itself, not by what a client says of it; never submitted twice while it runs."""

    key = "job"
    model = JobStep

    def does(self, step: JobStep) -> str:
        return f"`{' '.join(step.job)}` as a job of Ganeti"

    def plan(self, step: JobStep, scope: Scope) -> Plan:
        host = host_for(step.on, scope) if step.on is not None else master(scope.context)
        plan = blank(step, scope)
        reason = ("--reason", mark(scope, plan.key))
        given = scope.words(step.job)
        # Ganeti takes no option after the first argument (lib/cli.py, disable_interspersed_args).
        argv = (*given[:2], *SUBMIT, *reason, *given[2:])
        if (running := unfinished_of(scope.context, mark(scope, plan.key))) is not None:
            text = f"The job {running} of this step runs already; it is followed, and none is submitted."
            return replace(plan, text=text, facts=scope.used)
        change = Change(
            host,
            step.effect,
            argv,
            SUBMIT_SECONDS,
            undo_of_command(step, scope, host),
            leaves=left_by(step, scope, host),
        )
        return replace(plan, confirm=scope.name(step.confirm, step.id), changes=(change,), facts=scope.used)

    def question(self, step: JobStep, plan: Plan) -> Question | None:
        return approval(step.effect, plan) if plan.changes else None

    def card(self, step: JobStep, plan: Plan) -> tuple[Line, ...]:
        if not plan.changes:
            return (Line(Style.TEXT, plan.text),)
        return tuple(
            Line(Style.COMMAND, f"on {one.host}:  {shown(one.action)}")
            for one in plan.changes
            if isinstance(one.action, tuple)
        )

    def perform(self, step: JobStep, plan: Plan, room: StepTools) -> StepResult:
        scope = room.fresh()
        job = unfinished_of(scope.context, mark(scope, plan.key)) if not plan.changes else None
        for change in plan.changes:
            result = room.changer.make(change, step=plan.key, digest=room.digest, operator=room.operator)
            job = number_of(result)
            if job is None or not result.ok:
                room.operator.show(Line(Style.OUTPUT, relayed(result.stdout + result.stderr)))
                return StepResult(ok=False, summary=f"Ganeti did not take the job; exit code {result.exit_code}.")
        if job is None:
            return StepResult(ok=True, summary="the job ended meanwhile")
        return _followed(job, step, room)

    def resumed(self, step: JobStep, result: Result, room: StepTools) -> StepResult:
        job = number_of(result)
        if job is None or not result.ok:
            return StepResult(ok=False, summary=f"Ganeti did not take the job; exit code {result.exit_code}.")
        return _followed(job, step, room)


def _followed(job: int, step: JobStep, room: StepTools) -> StepResult:
    room.operator.show(Line(Style.TEXT, f"Ganeti runs it as job {job}; to look at it elsewhere: gnt-job info {job}"))
    room.waits("Ganeti", f"job {job}")
    try:
        ended = JobFollower(room, job).follow(step.timeout)
    except StoppedError as error:
        error.changed = f"The job {job} goes on in Ganeti all the same (gnt-job watch {job}). {error.changed}".strip()
        raise
    return _judged(job, ended)


def mark(scope: Scope, key: str) -> str:
    """What the reason trail of a step's jobs holds, by which a later run knows them again."""
    return f"gnt-runbook {scope.runbook} {key}"


def unfinished_of(context: Context, reason: str) -> int | None:
    """The job that was submitted for this reason and is not over."""
    try:
        filed = queue.files(context)
    except (FactError, HostError):
        return None
    for number, job in filed.items():
        if isinstance(job, JobFile) and job.unfinished and reason in job.reasons:
            return number
    return None


def number_of(result: Result) -> int | None:
    """The number a submission printed (lib/cli.py: --print-jobid on standard output, `JobID: N` on the other)."""
    match = re.search(r"^(?:JobID: )?([1-9][0-9]*)$", result.stdout + "\n" + result.stderr, re.MULTILINE)
    return int(match[1]) if match else None


def _judged(job: int, ended: JobFile | None) -> StepResult:
    if ended is None:
        return StepResult(
            ok=False, summary=f"The queue does not know the job {job} any more: somebody removed its file."
        )
    if ended.unfinished:
        return StepResult(ok=False, summary=f"The job {job} is still {ended.status}; it goes on: gnt-job watch {job}.")
    if ended.status == "success":
        return StepResult(ok=True, summary=f"the job {job} ended well")
    return StepResult(ok=False, summary=f"The job {job} ended with {ended.status}: {ended.error or 'without a reason'}")
