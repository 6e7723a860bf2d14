"""Jobs that hang, of which only remains are left, or whose files are damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.cluster.facts.masters import master
from checks.cluster.facts.present import answering
from checks.cluster.rules.second_look import later
from checks.jobs.checks.progress import YOUNG, is_quiet
from checks.jobs.facts import jobs, queue
from checks.jobs.facts.jobs import DAMAGED, Job, Orphan
from checks.jobs.facts.quiet import quiet
from checks.jobs.facts.scripts import Script, scripts
from checks.look.commands import cat
from checks.look.nodes import look
from checks.look.output import ParseError
from checks.look.rule import DISKS, disk, finding, instance, job, key, node, rule, suggest
from checks.paths import JOB_FILE_PREFIX, LOCKS_DATA
from engine.english import duration, join_and, plural
from engine.findings import Finding, Subject, Unknown
from engine.knowledge import Context

LONG = 300
"""Seconds: from then on it seems to hang, rather than that it may."""
QUEUED = "queued"
DIED = (
    "Its process died, or its master did: luxid looks for such jobs every five minutes and ends them as failed. Only "
    "one that is still listed after that needs the runbook."
)
"""src/Ganeti/JQScheduler.hs, checkForDeath: a job whose livelock file is gone or free has died; luxid looks every
LUXID_JOBQUEUE_POLL_INTERVAL, 307 seconds."""
AGAIN = 3.0
"""Seconds until a second look: a job that ends just now leaves remains for a moment."""
MOST_DISKS = 16
"""Of an instance (lib/constants, MAX_DISKS)."""


@rule("whether a job hangs")
def hanging(context: Context) -> Iterator[Finding | Unknown]:
    """A job that has not moved for long; those that wait behind it are its consequences."""
    _fetch(context)
    open_jobs = jobs.unfinished(context)
    left = jobs.orphans(context)
    remains = {one.job for one in left}
    stuck: set[int] = set()
    for one in open_jobs:
        if one.status not in {DAMAGED, QUEUED} and one.age >= YOUNG and not _behind(context, one, open_jobs, left):
            quiet = is_quiet(context, job=one.id)
            if quiet.holds is None:
                yield Unknown(f"whether job {one.id} moves", quiet.summary)
            elif quiet.holds:
                stuck.add(one.id)
                yield _hangs(context, one) if one.process or one.locks else _dead(context, one)
    for one in open_jobs:
        owners = [number for number in _behind(context, one, open_jobs, left) if number in stuck | remains]
        if one.age >= YOUNG and owners:
            yield _waits(context, one, owners)


@rule("whether jobs wait to be begun")
def queued(context: Context) -> Iterator[Finding | Unknown]:
    """Jobs that luxid has not begun for long: all of them together, since it begins only some at a time."""
    some = [one for one in jobs.unfinished(context) if one.status == QUEUED and one.age >= LONG]
    others = [one.id for one in jobs.unfinished(context) if one.status != QUEUED]
    where = master(context)
    if some:
        yield finding(
            "jobs-queued",
            f"{plural(len(some), 'job has', 'jobs have')} not been begun for {duration(max(one.age for one in some))}.",
            *(job(one.id) for one in some),
            evidence=tuple(f"{where}: {JOB_FILE_PREFIX}{one.id}: queued, {one.summary}" for one in some),
            next="See what runs (gnt-job list --running) and whether a filter holds them back (gnt-filter list).",
            explained_by=(
                *(key(code, node(where.name)) for code in ("master-daemons", "master-gone")),
                *(key("job-hangs", job(number)) for number in others),
            ),
            key_about=(),
        )


@rule("whether something is left of a lost job")
def lost(context: Context) -> Iterator[Finding | Unknown]:
    """A process or locks of a job that the queue does not know, or has as finished."""
    if not jobs.orphans(context):
        return
    again = later(context, AGAIN)
    for one in jobs.orphans(again):
        yield _lost(again, one)


@rule("whether a job's file is damaged")
def damaged(context: Context) -> Iterator[Finding | Unknown]:
    """A job file that cannot be understood."""
    where = master(context)
    for number, filed in queue.files(context).items():
        if isinstance(filed, ParseError):
            one = jobs.job(context, job=number)
            alive = one.process is not None or bool(one.locks)
            yield finding(
                "job-damaged",
                f"The file of job {number} is damaged" + (", and something of the job is left." if alive else "."),
                job(number),
                evidence=(f"{where}: {JOB_FILE_PREFIX}{number}: {filed.why}", *_traces(one)),
                case="" if alive else "over",
                suggestion=suggest("stuck-job", job=str(number)) if alive else None,
                next=""
                if alive
                else "Ganeti passes over it. Look at the file; the other master candidates may have a good copy.",
            )


def _fetch(context: Context) -> None:
    """Read the files of all open jobs from all nodes that keep them, at once."""
    numbers = [n for n, filed in queue.files(context).items() if isinstance(filed, ParseError) or filed.unfinished]
    where = [one for one in queue.queue_nodes(context) if one in answering(context)]
    look(context, where, *(cat(f"{JOB_FILE_PREFIX}{number}") for number in numbers))


def _behind(context: Context, one: Job, others: tuple[Job, ...], left: tuple[Orphan, ...]) -> list[int]:
    """The jobs that hold what this one waits for."""
    if one.status != "waiting":
        return []
    owners = [other.id for other in others if one.id in other.blocks]
    return [*owners, *(each.job for each in left if one.id in queue.locks(context).waiting_behind(each.job))]


def _hangs(context: Context, one: Job) -> Finding:
    since, file = _quiet(context, one), f"{master(context)}: {JOB_FILE_PREFIX}{one.id}"
    sure, waits_for = since >= LONG, scripts(context, job=one.id)
    said = f"; the last was: {one.last_log}" if one.last_log else ""
    return finding(
        "job-hangs",
        f"Job {one.id}, {one.summary}, {'seems to hang' if sure else 'may hang'}: nothing new for {duration(since)}"
        f"{_stopped(one)}{_script(waits_for)}{_holding_up(one.blocks)}.",
        *_about(one),
        evidence=(
            f"{file}: {one.status}; nothing new logged for {duration(since)}{said}",
            *_traces(one),
            *(f"{each.node}: process {each.pid}, state {each.state}, of the {each.kind} {each.path}: {each.command}"
              for each in waits_for),
        ),
        case="" if sure else "perhaps",
        held_up=len(one.blocks),
        suggestion=suggest("stuck-job", _note(one, waits_for, sure=sure), job=str(one.id)),
        explained_by=(
            key("master-daemons", node(master(context).name)),
            *(key(code, instance(name), disk(index)) for name in one.instances for code in DISKS
              for index in range(MOST_DISKS)),
        ),
        key_about=(job(one.id),),
    )  # fmt: skip


def _dead(context: Context, one: Job) -> Finding:
    return finding(
        "job-dead",
        f"Job {one.id}, {one.summary}, is {one.status} in the queue, but nothing of it is left.",
        *_about(one),
        evidence=(
            (
                f"{master(context)}: {JOB_FILE_PREFIX}{one.id}: {one.status}; nothing new logged for "
                f"{duration(_quiet(context, one))}"
            ),
            *_traces(one),
        ),
        suggestion=suggest("stuck-job", DIED, job=str(one.id)),
        explained_by=(key("master-daemons", node(master(context).name)),),
        key_about=(job(one.id),),
    )


def _quiet(context: Context, one: Job) -> float:
    """Seconds since the job last said something new; saying the same thing again is nothing new."""
    seconds = quiet(context, one.id).seconds
    return one.age if seconds is None else min(one.age, seconds)


def _waits(context: Context, one: Job, owners: list[int]) -> Finding:
    return finding(
        "job-waits",
        f"Job {one.id}, {one.summary}, waits behind job {join_and([str(number) for number in owners])}.",
        *_about(one),
        evidence=(f"{master(context)}: {LOCKS_DATA}: job {one.id} waits for locks of {owners}",),
        explained_by=tuple(key(code, job(number)) for number in owners for code in ("job-hangs", "job-lost")),
        key_about=(job(one.id),),
    )


def _lost(context: Context, left: Orphan) -> Finding:
    one = jobs.job(context, job=left.job)
    return finding(
        "job-lost",
        f"Job {left.job} is in no list any more, but something of it is left{_stopped(one)}{_holding_up(one.blocks)}.",
        *_about(one),
        evidence=(f"{master(context)}: {JOB_FILE_PREFIX}{left.job}: {one.status}", *_traces(one)),
        held_up=len(one.blocks),
        suggestion=suggest("stuck-job", _note(one, (), sure=True), job=str(left.job)),
        key_about=(job(left.job),),
    )


def _traces(one: Job) -> tuple[str, ...]:
    process = one.process
    lines = [
        f"{process.node}: process {process.pid}, state {process.state}: {process.command}"
        if process
        else "no process of it is seen on the nodes that answer"
    ]
    lines += [f"{LOCKS_DATA}: it holds {lock}" for lock in one.locks]
    lines += [f"{LOCKS_DATA}: job {number} waits behind it" for number in one.blocks]
    return tuple(lines)


def _about(one: Job) -> tuple[Subject, ...]:
    return (job(one.id), *(instance(name) for name in one.instances), *(node(name) for name in one.nodes))


def _holding_up(blocks: tuple[int, ...]) -> str:
    return f"; {plural(len(blocks), 'job waits', 'jobs wait')} behind it" if blocks else ""


def _stopped(one: Job) -> str:
    return "; its process is stopped" if one.stopped else ""


def _script(waits_for: Sequence[Script]) -> str:
    return f"; {waits_for[0].kind} {waits_for[0].path} still runs on {waits_for[0].node}" if waits_for else ""


def _note(one: Job, waits_for: Sequence[Script], *, sure: bool) -> str:
    process = one.process
    if process is not None and process.state.startswith("D"):
        return "Its process waits for a disk (state D): no signal reaches it until that disk answers."
    if process is not None and process.stopped:
        return (
            f"Its process {process.pid} on {process.node} is stopped (state {process.state}): somebody has sent it"
            " SIGSTOP, or debugs it. It goes on after SIGCONT; the runbook offers that before it ends anything."
        )
    if waits_for:
        return (
            f"It waits for {waits_for[0].told}. Ending the job does not end that, and the next job that runs it will"
            " hang again: look there first."
        )
    return "" if sure else f"It is young; watch it for a while first: gnt-job watch {one.id}"
