"""Ganeti's jobs, from the files of the queue, the locks and the processes; it works while jobs are stuck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.cluster.facts.masters import master
from checks.cluster.facts.own_files import config
from checks.cluster.parse.config import Config
from checks.jobs.facts import queue
from checks.jobs.facts.queue import RunningJob
from checks.jobs.parse.job import JobFile
from checks.jobs.parse.locks import Lock, Locks
from checks.look.commands import DATE
from checks.look.nodes import UnknownNameError, complete
from checks.look.numbers import parse_seconds, utc_text
from checks.look.output import ParseError
from engine.english import listed
from engine.errors import FactError, HostError
from engine.knowledge import Context, fact, remembered
from engine.several import Several

LOST = "lost"
"""Our word for a job whose file is gone from the queue while its process or its locks are still there."""
DAMAGED = "damaged"
"""Our word for a job whose file in the queue cannot be understood; Ganeti passes over such files."""
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class JobProcess:
    """The process that executes a job.

    Attributes:
        state: ps's letters; D first means that it waits for a disk and that no signal reaches it, T that it is stopped.
        node: where it runs.
        seconds: since it was started.
    """

    pid: int
    command: str
    node: str
    state: str = field(compare=False)
    seconds: int = field(compare=False, default=0)

    @property
    def stopped(self) -> bool:
        """Somebody has stopped it (SIGSTOP, or a debugger): it does nothing until it is told to go on (SIGCONT)."""
        return self.state.startswith(("T", "t"))


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes:
        status: queued, waiting, canceling, running, canceled, success, error; or lost: its file is gone from
            the master's queue; or damaged: its file cannot be understood.
        summary: as `gnt-job list` words it, such as `INSTANCE_MIGRATE(inst1.lab.example)`.
        opcode: the first operation, such as INSTANCE_MIGRATE.
        instances: names from its operations and its locks, in full where the cluster has such an instance.
        nodes: likewise.
        started: when its processing began, in UTC; empty if it never did.
        age: seconds since then, or since it was received; 0 if neither is known.
        process: the process that executes it, if one is seen on a node that answers.
        locks: what it holds, such as `instance/inst1.lab.example (exclusive)`.
        blocks: the jobs that wait for a lock which it holds.
        last_log: the last line it logged.
        filed_on: the nodes whose queue has its file, as far as they answer.
        unfinished: the queue says that it is not over, or its file is damaged; or it is lost and something of it
            is left.
    """

    id: int
    status: str
    summary: str
    opcode: str
    instances: tuple[str, ...]
    nodes: tuple[str, ...]
    started: str
    age: float = field(compare=False)
    process: JobProcess | None
    locks: tuple[str, ...]
    blocks: tuple[int, ...]
    last_log: str = field(compare=False)
    filed_on: tuple[str, ...]
    unfinished: bool

    @property
    def stopped(self) -> bool:
        """Its process is stopped."""
        return self.process is not None and self.process.stopped

    @property
    def queued(self) -> bool:
        """The master's queue has it, and not as over."""
        return self.unfinished and self.status != LOST

    @property
    def left_over(self) -> bool:
        """Something of it is left: in the queue, as a process, or as locks."""
        return self.queued or self.process is not None or bool(self.locks)


class Jobs(Several[Job]):
    """Jobs, in the order of their numbers."""

    __slots__ = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(one.id for one in self)


@dataclass(frozen=True, slots=True)
class Orphan:
    """What is left of a job which the queue does not know any more, or knows as finished.

    Attributes:
        process: the id of its process; None if only locks are left.
        node: where that process runs; empty without one.
    """

    job: int
    process: int | None
    locks: tuple[str, ...]
    node: str


@fact("jobs.job")
@remembered
def job(context: Context, *, job: int, or_gone: bool = False) -> Job:
    """One job, with everything that is known of it.

    With `or_gone`, a job of which nothing is left is described as lost, where it is an error otherwise: for a run that
    goes on after the job's file was taken away.

    Raises:
        FactError: code `job-unknown` when neither a file nor a process nor a lock of it is left.
        HostError: the master does not answer.
    """
    where = master(context)
    # The master is asked by itself as well, so that its silence is an error and not a missing file.
    context.reader.read(where, DATE)
    surroundings, filed = _Surroundings.of(context), queue.copies(context, job)
    if not or_gone and not filed and not surroundings.trace_of(job):
        raise UnknownNameError(f"There is no job {job}.", hint=_those_there_are(context), code="job-unknown")
    return surroundings.describe(job, filed, where.name)


@fact("jobs.unfinished")
@remembered
def unfinished(context: Context) -> Jobs:
    """All jobs in the master's queue that are not over, or whose files are damaged, in order of their numbers.

    Raises:
        HostError: the master does not answer.
    """
    surroundings, where = _Surroundings.of(context), master(context)
    return Jobs(
        surroundings.describe(number, {where.name: filed, **queue.copies(context, number)}, where.name)
        for number, filed in queue.files(context).items()
        if isinstance(filed, ParseError) or filed.unfinished
    )


@fact("jobs.orphans")
@remembered
def orphans(context: Context) -> tuple[Orphan, ...]:
    """Processes and locks of jobs that have no file in the master's queue, or are finished in it.

    Raises:
        HostError: the master does not answer.
    """
    surroundings, where = _Surroundings.of(context), master(context)
    held = {claim.owner.job for claim in surroundings.locks.held if claim.locks}
    numbers = {number for number in held if number is not None}
    numbers |= {one.process.job for one in surroundings.running if one.process.job is not None}
    found = []
    for number in sorted(numbers):
        filed = queue.copies(context, number).get(where.name)
        # A damaged file says nothing about the job; the job is listed as such.
        if filed is None or (isinstance(filed, JobFile) and not filed.unfinished):
            process = surroundings.process_of(number)
            found.append(
                Orphan(
                    job=number,
                    process=process.pid if process else None,
                    locks=surroundings.locks_of(number),
                    node=process.node if process else "",
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What all jobs share: locks, processes, the time, the names behind the uuids in the locks, and full names."""

    locks: Locks
    running: tuple[RunningJob, ...]
    now: int
    node_names: Mapping[str, str]
    instance_names: tuple[str, ...]

    @classmethod
    def of(cls, context: Context) -> _Surroundings:
        where = master(context)
        return cls(
            locks=queue.locks(context),
            running=queue.running(context),
            now=context.remember(parse_seconds, context.reader.read(where, DATE).stdout, f"date +%s on {where}"),
            node_names=_node_names(context),
            instance_names=_instance_names(context),
        )

    def process_of(self, number: int) -> JobProcess | None:
        for one in self.running:
            if one.process.job == number:
                process = one.process
                return JobProcess(process.pid, process.command, one.node, process.state, process.seconds)
        return None

    def locks_of(self, number: int) -> tuple[str, ...]:
        return tuple(f"{self._named(lock)} ({lock.mode})" for lock in self.locks.of_job(number))

    def trace_of(self, number: int) -> bool:
        """Whether a process or a lock of it is left."""
        return self.process_of(number) is not None or bool(self.locks.of_job(number))

    def describe(self, number: int, copies: Mapping[str, JobFile | ParseError], master_name: str) -> Job:
        """A job, by the copies of its file on the nodes; the master's says how far it is."""
        own = copies.get(master_name)
        # Where the master has lost it, a candidate's copy still says what the job was about.
        filed = next((copy for copy in (own, *copies.values()) if isinstance(copy, JobFile)), None)
        held = self.locks.of_job(number)
        begun = filed and (filed.start_timestamp or filed.received_timestamp)
        return Job(
            id=number,
            status=own.status if isinstance(own, JobFile) else LOST if own is None else DAMAGED,
            summary=filed.summary if filed else f"job {number}, about which no file says anything",
            opcode=filed.ops[0].name if filed else "",
            instances=_merged(self.instance_names, filed.instances if filed else (), self._in_locks(held, "instance")),
            nodes=_merged(
                self.node_names.values(), filed.nodes if filed else (), self._in_locks(held, "node", "node-res")
            ),
            started=_moment(filed.start_timestamp) if filed and filed.start_timestamp else "",
            age=max(0.0, self.now - (begun[0] + begun[1] / MICROSECONDS)) if begun else 0.0,
            process=self.process_of(number),
            locks=self.locks_of(number),
            blocks=self.locks.waiting_behind(number),
            last_log=filed.last_log if filed else "",
            filed_on=tuple(copies),
            unfinished=own.unfinished if isinstance(own, JobFile) else own is not None or self.trace_of(number),
        )

    def _named(self, lock: Lock) -> str:
        kind, slash, what = lock.name.partition("/")
        return f"{kind}{slash}{self.node_names.get(what, what)}"

    def _in_locks(self, held: tuple[Lock, ...], *kinds: str) -> tuple[str, ...]:
        named = (self._named(lock).partition("/") for lock in held)
        return tuple(what for kind, _slash, what in named if kind in kinds and not what.startswith("["))


def _node_names(context: Context) -> Mapping[str, str]:
    """Names of nodes by uuid, from the master's configuration; without it, the uuids must do."""
    known = _config(context)
    return {uuid: one.name for uuid, one in known.nodes.items()} if known else {}


def _instance_names(context: Context) -> tuple[str, ...]:
    known = _config(context)
    return tuple(one.name for one in known.instances.values() if one.name) if known else ()


def _config(context: Context) -> Config | None:
    try:
        return config(context, master(context))
    except (FactError, HostError):
        return None


def _merged(known: Iterable[str], *names: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once and in full: an operation has it as somebody typed it, and a lock has the whole of it."""
    some = tuple(known)
    return tuple(dict.fromkeys(complete(name, some) or name for each in names for name in each))


def _moment(timestamp: tuple[int, int]) -> str:
    return utc_text(timestamp[0])


def _those_there_are(context: Context) -> str:
    try:
        there = [f"{one.id} ({one.status} {one.summary})" for one in unfinished(context)]
    except (FactError, HostError):
        return ""
    return f"Unfinished jobs: {listed(there)}." if there else "There is no unfinished job."


@fact("jobs.copies")
@remembered
def copies(context: Context, *, job: int) -> tuple[str, ...]:
    """The nodes that answer and whose queue has a file of this job (src/Ganeti/JQueue.hs, writeAndReplicateJob).

    Raises:
        HostError, FactError: no node can say which nodes these are.
    """
    return tuple(queue.copies(context, job))
