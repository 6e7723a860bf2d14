"""The three places where a job can be: a file in the queue, a process, and its locks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.cluster.facts.masters import master
from checks.cluster.facts.overview import view_of_master
from checks.cluster.parse.processes import Process, parse_processes
from checks.jobs.parse.job import JobFile, parse_job, parse_queue
from checks.jobs.parse.locks import Locks, parse_locks
from checks.look.commands import PROCESSES, QUEUE, cat
from checks.look.nodes import content, host, hosts, look, understood
from checks.look.output import ParseError
from checks.paths import JOB_FILE_PREFIX, LOCKS_DATA, QUEUE_DIR
from engine.errors import HostError
from engine.hosts.host import Host
from engine.knowledge import Context, remembered

JOBS_A_FOLDER = 10000
"""How many jobs one folder of the archive holds (lib/constants, JSTORE_JOBS_PER_ARCHIVE_DIRECTORY)."""


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A process that executes a job, and where."""

    node: str
    process: Process


@remembered
def files(context: Context) -> Mapping[int, JobFile | ParseError]:
    """All jobs in the master's queue, finished ones too, without those that were archived."""
    where = master(context)
    return dict(sorted(context.remember(parse_queue, context.reader.read(where, QUEUE).stdout).items()))


@remembered
def file_on(context: Context, where: Host, job: int) -> JobFile | None:
    """The job's file in this node's queue, or None where there is none.

    Raises:
        HostError, FactError: it cannot be read.
    """
    path = f"{JOB_FILE_PREFIX}{job}"
    text = content(context, where, path)
    return None if text is None else context.remember(parse_job, text, f"{path} on {where}")


@remembered
def archived(context: Context, job: int) -> JobFile | None:
    """The job's file among the archived ones, or None (src/Ganeti/Path.hs, jobQueueArchiveSubDir).

    Raises:
        HostError, FactError: it cannot be read.
    """
    path = f"{QUEUE_DIR}/archive/{job // JOBS_A_FOLDER}/job-{job}"
    where = master(context)
    text = content(context, where, path)
    return None if text is None else context.remember(parse_job, text, f"{path} on {where}")


@remembered
def queue_nodes(context: Context) -> tuple[Host, ...]:
    """The nodes that keep a copy of the queue: the master first, then the other master candidates."""
    first = master(context)
    _where, view = view_of_master(context, first.name)
    others = (host(context, name) for name in view.candidates if name in context.site.hosts)
    return tuple(dict.fromkeys((first, *others)))


@remembered
def copies(context: Context, job: int) -> Mapping[str, JobFile | ParseError]:
    """The job's file on each node that keeps the queue, answers and has it: the master's first.

    A damaged file is there as its error.

    Raises:
        FactError: a file is there and may not be read.
    """
    where = queue_nodes(context)
    look(context, where, cat(f"{JOB_FILE_PREFIX}{job}"))
    found: dict[str, JobFile | ParseError] = {}
    for one in where:
        try:
            filed = file_on(context, one, job)
        except HostError:
            continue
        except ParseError as error:
            found[one.name] = error
        else:
            if filed is not None:
                found[one.name] = filed
    return found


@remembered
def locks(context: Context) -> Locks:
    """The locks as the master's wconfd saved them last.

    Raises:
        HostError, FactError: they cannot be read.
    """
    text = content(context, master(context), LOCKS_DATA)
    return Locks() if text is None else context.remember(parse_locks, text)


@remembered
def running(context: Context) -> tuple[RunningJob, ...]:
    """The processes of jobs on all nodes that answer; a former master may still have some."""
    look(context, hosts(context), PROCESSES)
    found: list[RunningJob] = []
    for one in hosts(context):
        processes = understood(context, one, PROCESSES, parse_processes)
        found.extend(RunningJob(one.name, process) for process in processes or () if process.job)
    return tuple(found)
