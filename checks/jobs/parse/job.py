"""Job files of the queue (src/Ganeti/JQueue/Objects.hs), and what Ganeti derives from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, TypeAdapter

from checks.look.grammar import JobId
from checks.look.json_files import GanetiDocument, read_document
from checks.look.output import ParseError, split_files
from checks.paths import JOB_FILE_PREFIX

UNFINISHED = frozenset({"queued", "waiting", "canceling", "running"})
STATUSES = UNFINISHED | {"canceled", "success", "error"}
ENDING = frozenset({"error", "canceling", "canceled"})
"""Statuses of an opcode which are at once the status of its job."""

_NAMED_BY = {
    "instance_name": (
        *(f"INSTANCE_{verb}" for verb in (
            "CREATE", "REINSTALL", "REMOVE", "STARTUP", "SHUTDOWN", "REBOOT", "REPLACE_DISKS", "FAILOVER",
            "MIGRATE", "MOVE", "CONSOLE", "ACTIVATE_DISKS", "DEACTIVATE_DISKS", "RECREATE_DISKS",
            "SET_PARAMS", "GROW_DISK", "CHANGE_GROUP",
        )),
        "BACKUP_PREPARE", "BACKUP_EXPORT", "BACKUP_REMOVE",
    ),
    "node_name": (
        "NODE_REMOVE", "NODE_ADD", "NODE_MODIFY_STORAGE", "REPAIR_NODE_STORAGE", "NODE_SET_PARAMS",
        "NODE_POWERCYCLE", "NODE_MIGRATE", "NODE_EVACUATE",
    ),
    "group_name": (
        "CLUSTER_VERIFY_GROUP", "GROUP_VERIFY_DISKS", "GROUP_ADD", "GROUP_ASSIGN_NODES", "GROUP_SET_PARAMS",
        "GROUP_REMOVE", "GROUP_EVACUATE",
    ),
    "network_name": (
        "NETWORK_ADD", "NETWORK_REMOVE", "NETWORK_SET_PARAMS", "NETWORK_CONNECT", "NETWORK_DISCONNECT",
    ),
    "name": ("CLUSTER_RENAME",),
    "what": ("QUERY", "QUERY_FIELDS"),
    "pattern": ("TAGS_SEARCH",),
    "kind": ("TAGS_GET",),
    "duration": ("TEST_DELAY",),
}  # fmt: skip
SUMMARY_FIELD: Mapping[str, str] = {op: field for field, ops in _NAMED_BY.items() for op in ops}
"""Which of an opcode's fields Ganeti shows in a job's summary (opSummaryVal in src/Ganeti/OpCodes.hs)."""

INSTANCE_FIELDS = ("instance_name", "instances")
NODE_FIELDS = (
    "node_name", "nodes", "node_names", "on_nodes", "pnode", "snode", "remote_node", "target_node"
)  # fmt: skip


class Opcode(GanetiDocument):
    """One operation of a job."""

    input: dict[str, Any]
    status: str
    log: list[list[Any]] = Field(default_factory=list)
    result: Any = None

    @property
    def error(self) -> str:
        """Why it failed: the words of the exception its result holds (lib/errors.py, EncodeException)."""
        if self.status not in {"error", "canceled"} or not isinstance(self.result, list) or len(self.result) < 2:  # noqa: PLR2004 - kind and words
            return ""
        words = self.result[1]
        return str(words[0] if isinstance(words, list) and words else words).strip()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was submitted: the texts of its reason trail, of which each entry is a source, a text and a time."""
        trail = self.input.get("reason")
        entries = trail if isinstance(trail, list) else ()
        return tuple(str(entry[1]) for entry in entries if isinstance(entry, list) and len(entry) > 1)

    @property
    def name(self) -> str:
        """Its name in Ganeti's words, such as `INSTANCE_MIGRATE`."""
        return str(self.input.get("OP_ID", "?")).removeprefix("OP_")

    @property
    def summary(self) -> str:
        """Its name and what it is about, as `gnt-job list` shows it."""
        value = self.input.get(SUMMARY_FIELD.get(self.name, ""))
        if self.name == "TEST_DELAY" and isinstance(value, int):
            value = float(value)
        return self.name if value is None else f"{self.name}({value})"

    def names(self, fields: Iterable[str]) -> list[str]:
        """What stands in these fields, each of which holds a name or a list of names."""
        values = [self.input.get(field) for field in fields]
        lists = [value if isinstance(value, list) else [value] for value in values]
        return [name for names in lists for name in names if isinstance(name, str) and name]


class JobFile(GanetiDocument):
    """A job as it lies in the queue. Timestamps are seconds and microseconds since 1970."""

    id: JobId
    ops: list[Opcode] = Field(min_length=1)
    received_timestamp: tuple[int, int] | None = None
    start_timestamp: tuple[int, int] | None = None
    end_timestamp: tuple[int, int] | None = None
    process_id: int | None = None

    @property
    def status(self) -> str:
        """The status of the job, which the file holds only by opcode (calcJobStatus)."""
        current = "queued"
        for opcode in self.ops:
            if opcode.status in ENDING:
                return opcode.status
            if opcode.status not in {"success", "queued"}:
                current = opcode.status
        return "success" if all(opcode.status == "success" for opcode in self.ops) else current

    @property
    def unfinished(self) -> bool:
        return self.status in UNFINISHED

    @property
    def summary(self) -> str:
        return ",".join(opcode.summary for opcode in self.ops)

    @property
    def instances(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for opcode in self.ops for name in opcode.names(INSTANCE_FIELDS)))

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for opcode in self.ops for name in opcode.names(NODE_FIELDS)))

    @property
    def log(self) -> tuple[tuple[float, str], ...]:
        """What it logged, in order: seconds since 1970, and the last line of the message.

        An entry is its number, its time in seconds and microseconds, its type and its message.
        """
        entries = (_entry(entry) for opcode in self.ops for entry in opcode.log)
        return tuple(entry for entry in entries if entry is not None)

    @property
    def error(self) -> str:
        """Why it failed, in the words of its first operation that did; empty if none did."""
        return next((opcode.error for opcode in self.ops if opcode.error), "")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was submitted, as its operations say."""
        return tuple(dict.fromkeys(reason for opcode in self.ops for reason in opcode.reasons))

    @property
    def last_log(self) -> str:
        """The last line it logged; empty if it logged nothing."""
        return self.log[-1][1] if self.log else ""


def _entry(entry: list[Any]) -> tuple[float, str] | None:
    message = entry[-1] if entry else None
    if isinstance(message, list) and message:
        message = message[-1]
    if not isinstance(message, str) or not message.strip():
        return None
    time = entry[1] if len(entry) > 1 else None
    seconds = time[0] if isinstance(time, list) and time else time
    return float(seconds) if isinstance(seconds, int | float) else 0.0, message.strip().splitlines()[-1]


_JOB = TypeAdapter(JobFile)


def parse_job(text: str, source: str = "The job file") -> JobFile:
    """Read one job file.

    Raises:
        ParseError: it is not a job of Ganeti 2.12 to 3.1.
    """
    job = read_document(_JOB, text, source)
    for opcode in job.ops:
        if opcode.status not in STATUSES:
            raise ParseError(source, "an opcode has an unknown status", line=opcode.status)
    return job


def parse_queue(text: str) -> Mapping[int, JobFile | ParseError]:
    """Read all job files of a queue from one `grep -r -H "" … --include=job-*`.

    A file that cannot be read is there as its error, so that one broken file does not hide all others.

    Raises:
        ParseError: a line of the output belongs to no file.
    """
    jobs: dict[int, JobFile | ParseError] = {}
    for name, content in split_files(text, JOB_FILE_PREFIX).items():
        if re.fullmatch(r"[1-9][0-9]{0,17}", name):
            try:
                jobs[int(name)] = parse_job(content, f"{JOB_FILE_PREFIX}{name}")
            except ParseError as error:
                jobs[int(name)] = error
    return jobs
