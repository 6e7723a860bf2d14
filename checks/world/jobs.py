"""The job queue: one file a job, as Ganeti writes it (src/Ganeti/JQueue/Objects.hs at v3.0.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from checks.world.node.machine import Machine

QUEUE = "/var/lib/ganeti/queue"
FINAL = frozenset({"success", "error", "canceled"})

Turn = Callable[[], Iterable[str | float]]
"""What a job does: what it says, and between that for how many seconds it is busy."""

_SUMMARY_FIELDS = {
    "OP_NODE_ADD": "node_name",
    "OP_NODE_SET_PARAMS": "node_name",
    "OP_TEST_DELAY": "duration",
    "OP_CLUSTER_VERIFY_GROUP": "group_name",
    "OP_GROUP_VERIFY_DISKS": "group_name",
}


def stamp(seconds: float) -> list[int]:
    """Ganeti's time stamp: seconds and microseconds."""
    return [int(seconds), round((seconds - int(seconds)) * 1_000_000)]


def new(job: int, op: dict[str, Any], now: float) -> dict[str, Any]:
    """A job that has just been received."""
    return {
        "id": job,
        "ops": [
            {
                "input": {"debug_level": 0, "priority": 0, "comment": None, "depends": None, **op},
                "status": "queued",
                "result": None,
                "log": [],
                "priority": 0,
                "start_timestamp": None,
                "exec_timestamp": None,
                "end_timestamp": None,
            }
        ],
        "received_timestamp": stamp(now),
        "start_timestamp": None,
        "end_timestamp": None,
    }


def path(job: int) -> str:
    return f"{QUEUE}/job-{job}"


def load(machine: Machine, job: int) -> dict[str, Any] | None:
    """A job from its file on this node; None if there is no file or it cannot be understood."""
    try:
        data = json.loads(machine.files.read(path(job)) or "null")
    except ValueError:
        return None
    return data if isinstance(data, dict) and {"id", "ops"} <= data.keys() else None


def store(machine: Machine, data: dict[str, Any], now: float) -> None:
    machine.files.write(
        path(data["id"]),
        json.dumps(data, separators=(",", ":")),
        owner="gnt-masterd",
        group="gnt-daemons",
        mode=0o640,
        mtime=now,
    )


def numbers(machine: Machine) -> list[int]:
    """The jobs that have a file on this node, by number."""
    names = machine.files.names_in(QUEUE)
    return sorted(int(name[4:]) for name in names if name.startswith("job-") and name[4:].isdecimal())


def status(data: dict[str, Any]) -> str:
    """The status of a job, from its first operation (all jobs here have one)."""
    return str(data["ops"][0]["status"])


def set_status(data: dict[str, Any], value: str, now: float, result: Any = None) -> None:
    """Move a job on, with the times that go with it."""
    op = data["ops"][0]
    op["status"] = value
    if value in {"waiting", "running"} and data["start_timestamp"] is None:
        data["start_timestamp"] = op["start_timestamp"] = stamp(now)
    if value == "running":
        op["exec_timestamp"] = stamp(now)
    if value in FINAL:
        op["end_timestamp"] = data["end_timestamp"] = stamp(now)
        op["result"] = result


def summary(data: dict[str, Any]) -> str:
    """The words of `gnt-job list` for a job: `INSTANCE_MIGRATE(inst1.lab.example)`."""
    op = data["ops"][0]["input"]
    name = str(op["OP_ID"])
    key = _SUMMARY_FIELDS.get(name) or ("instance_name" if name.startswith("OP_INSTANCE_") else "")
    value = op.get(key)
    return name.removeprefix("OP_") + (f"({value})" if value is not None else "")


def next_number(machine: Machine, now: float) -> int:
    """Take the next number from the queue's serial file."""
    text = (machine.files.read(f"{QUEUE}/serial") or "0").strip()
    number = int(text if text.isdecimal() else "0")
    number = max(number, *numbers(machine), 0) + 1
    machine.files.write(f"{QUEUE}/serial", f"{number}\n", owner="gnt-masterd", group="gnt-luxid", mode=0o600, mtime=now)
    return number
