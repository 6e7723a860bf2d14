"""The scripts that a job has started on a node, through its node daemon, and that still run: hooks, OS, storage.

A node daemon waits for them without a limit of time (lib/backend.py, HooksRunner, RunCmd of an OS's or a provider's
script), and so does the job. They are no processes of the job: killing it does not end them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checks.cluster.facts.masters import master
from checks.cluster.parse.processes import Process, parse_processes
from checks.jobs.facts import queue
from checks.jobs.facts.jobs import job as job_of
from checks.jobs.parse.job import JobFile
from checks.look.commands import DATE, PROCESSES
from checks.look.nodes import answer, hosts, look
from checks.look.numbers import parse_seconds
from engine.knowledge import Context, fact, remembered
from engine.several import Several

HOOK = re.compile(r"/etc/ganeti/hooks/([a-z0-9-]{1,60})-(?:pre|post)\.d/[\w.@+-]+", re.ASCII)
SCRIPT = re.compile(
    r"/(?:srv/ganeti|usr/local/lib/ganeti|usr/lib/ganeti|usr/share/ganeti)/(os|extstorage)/[\w.@+-]+/[a-z]+", re.ASCII
)
"""Where Ganeti looks for them (lib/pathutils.py; OS_SEARCH_PATH, ES_SEARCH_PATH in src/Ganeti/Constants.hs)."""
KINDS = {"os": "OS script", "extstorage": "storage script"}
GLOBAL = "global"
"""Hooks that are run before and after every operation (doc/hooks.rst)."""
HOOK_PATHS: Mapping[str, str] = {
    "BACKUP_EXPORT": "instance-export",
    "CLUSTER_POST_INIT": "cluster-init",
    "CLUSTER_SET_PARAMS": "cluster-modify",
    "CLUSTER_VERIFY_GROUP": "cluster-verify",
    "GROUP_SET_PARAMS": "group-modify",
    "INSTANCE_CREATE": "instance-add",
    "INSTANCE_GROW_DISK": "disk-grow",
    "INSTANCE_REPLACE_DISKS": "mirrors-replace",
    "INSTANCE_SET_PARAMS": "instance-modify",
    "INSTANCE_SHUTDOWN": "instance-stop",
    "INSTANCE_STARTUP": "instance-start",
    "NODE_SET_PARAMS": "node-modify",
}
"""Operations whose hooks are not called as they are (doc/hooks.rst, HPATH of their units in lib/cmdlib)."""
SLACK = 60
"""Seconds by which the clocks of two nodes may differ."""
LONGEST = 1000
"""Characters: a longer command line is not asked for by pkill, only told."""


@dataclass(frozen=True, slots=True)
class Script:
    """One process of a script that the job has started and that still runs.

    Attributes:
        path: of the script; kind: `hook`, `OS script` or `storage script`; `process` where the script itself is gone.
        parents: ids of the processes that it may have as its parent, as pkill wants them: its own, and 1, which takes
            over what is left when that ends.
        pattern: its whole command line as a regular expression, without its ends; empty where it would match several
            processes of the node, or cannot tell it: it is then not ended from here.
        state: ps's letters.
        seconds: since it was started.
    """

    node: str
    pid: int
    path: str
    kind: str
    command: str
    parents: str
    pattern: str
    state: str = field(compare=False)
    seconds: int = field(compare=False)

    def __str__(self) -> str:
        return f"{self.pid} on {self.node}"

    @property
    def told(self) -> str:
        """The script and where it runs."""
        return f"the {self.kind} {self.path} on {self.node} (process {self.pid}: {self.command})"

    @property
    def can_end(self) -> bool:
        """Whether it can be ended from here: it is told from all others, and a signal reaches it."""
        return bool(self.pattern) and not self.state.startswith("D")


class Scripts(Several[Script]):
    """The processes of scripts that a job has started."""

    __slots__ = ()

    @property
    def to_end(self) -> tuple[Script, ...]:
        """Those that can be ended from here."""
        return tuple(one for one in self if one.can_end)


@fact("jobs.scripts")
@remembered
def scripts(context: Context, *, job: int, also: str = "") -> Scripts:
    """What still runs of the scripts that this job has started, on all nodes that answer; each before its children.

    Which job a script belongs to no process list tells: it counts where it was started while the job was at work, and a
    hook where it is one of the job's operations.

    Args:
        context: what to look with.
        job: its number.
        also: processes that are known to be such a script's from an earlier look, as `936 on NODE`, with commas between
            them: what a script has started is not told as that any more once the script itself is gone.

    Raises:
        HostError, FactError: the master does not answer.
    """
    about = job_of(context, job=job, or_gone=True)
    filed = next((one for one in queue.copies(context, job).values() if isinstance(one, JobFile)), None)
    wanted = {_hook_path(op.name) for op in filed.ops} if filed is not None else set()
    age = about.age or (about.process.seconds if about.process is not None else 0.0)
    over = _over(context, filed)
    look(context, hosts(context), PROCESSES)
    found: list[Script] = []
    for where in hosts(context):
        result = answer(context, where, PROCESSES)
        if result is None:
            continue
        for one in _trees(where.name, context.remember(parse_processes, result.stdout), frozenset(also.split(","))):
            hook = HOOK.fullmatch(one.path)
            own = hook is None or not wanted or hook[1] in wanted | {GLOBAL}
            if own and over - SLACK <= one.seconds <= age + SLACK:
                found.append(one)
    return Scripts(found)


def _over(context: Context, filed: JobFile | None) -> float:
    """Seconds since the job has ended; 0 if it has not, or nobody knows."""
    if filed is None or filed.end_timestamp is None:
        return 0.0
    where = master(context)
    now = context.remember(parse_seconds, context.reader.read(where, DATE).stdout, f"date +%s on {where}")
    return max(0.0, float(now - filed.end_timestamp[0]))


def _hook_path(operation: str) -> str:
    return HOOK_PATHS.get(operation, operation.lower().replace("_", "-"))


def _trees(node: str, processes: Iterable[Process], also: frozenset[str]) -> Iterator[Script]:
    """Every script of a node, followed by all that it has started, and what is left of those that are known."""
    some = tuple(processes)
    children: dict[int, list[Process]] = {}
    for one in some:
        children.setdefault(one.parent, []).append(one)
    seen: set[int] = set()
    for root in some:
        told = script_of(root)
        below = [root]
        # A parent is listed before its children, whatever their numbers.
        while told is not None and below:
            one = below.pop(0)
            if one.pid not in seen:
                seen.add(one.pid)
                below += children.get(one.pid, [])
                yield _described(node, one, *told, alone=_alone(one, some))
    for one in some:
        if one.pid not in seen and f"{one.pid} on {node}" in also:
            yield _described(node, one, one.command.split(" ")[0], "process", alone=_alone(one, some))


def _alone(one: Process, some: Iterable[Process]) -> bool:
    pattern = re.compile(_pattern(one))
    return sum(pattern.fullmatch(each.command) is not None for each in some) == 1


def _pattern(one: Process) -> str:
    """Its command line, with any character in place of what means something in a regular expression or in a shell."""
    return re.sub(r"[^A-Za-z0-9/=_-]", ".", one.command)


def script_of(one: Process) -> tuple[str, str] | None:
    """The path and the kind of the script that a process executes; an interpreter may stand before it."""
    for word in one.command.split()[:3]:
        if HOOK.fullmatch(word):
            return word, "hook"
        if match := SCRIPT.fullmatch(word):
            return word, KINDS[match[1]]
    return None


def _described(node: str, one: Process, path: str, kind: str, *, alone: bool) -> Script:
    told = one.command.isascii() and one.command.isprintable() and one.command == one.command.strip()
    plain = told and 0 < len(one.command) <= LONGEST
    return Script(
        node=node,
        pid=one.pid,
        path=path,
        kind=kind,
        command=one.command,
        parents=",".join(dict.fromkeys((str(one.parent), "1"))),
        pattern=_pattern(one) if plain and alone else "",
        state=one.state,
        seconds=one.seconds,
    )
