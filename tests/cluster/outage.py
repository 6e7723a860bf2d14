"""The outage hits the repair: what happens to a run on the real cluster, and how it is proven that nothing was lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from engine.journal.events import Intent, Outcome
from engine.journal.reader import Journal
from tests.cluster.lab import Lab
from tests.cluster.lab.shell import wait_until

CUT = 300.0
"""Seconds for which nothing goes between the operator and the nodes: so long a cut is promised to do no harm."""
BEGINS = 180.0
"""Seconds in which a change has to begin after it was approved; a slow guest reads much before that."""
ENDS = 900.0

RUNNING = r"^[^ ]*python[0-9.]* [^ ]*{program}( |$)"
"""A program in Python as `pgrep -f` finds it, and not the shells that have its name among their words."""


def runs(lab: Lab, node: str, command: str) -> bool:
    """Whether a command of Ganeti runs on a node now, such as `gnt-node failover`."""
    return lab.run(node, ["pgrep", "-f", RUNNING.format(program=command)]).ok


def cut_off_during(lab: Lab, node: str, command: str, meanwhile: Callable[[], None]) -> None:
    """Once a command runs on a node, cut the operator off for five minutes; it ends within them.

    Args:
        meanwhile: is done while the operator is cut off.
    """
    wait_until(f"{command} to run", BEGINS, lambda: runs(lab, node, command))
    with lab.timings.part("the operator is cut off"):
        since = time.monotonic()
        lab.cut_operator()
        meanwhile()
        wait_until(f"{command} to end while nobody sees it", ENDS, lambda: not runs(lab, node, command))
        wait_until("the five minutes to be over", CUT + 60, lambda: time.monotonic() - since > CUT)
        lab.heal_link()


def jobs(lab: Lab, node: str, operation: str) -> dict[int, dict[str, Any]]:
    """The jobs with such an operation that a node has in its queue, such as OP_INSTANCE_FAILOVER."""
    script = f"cd /var/lib/ganeti/queue && for one in $(grep -l {operation} job-*); do cat $one; echo; done"
    found = [json.loads(line) for line in lab.must(node, script).stdout.splitlines() if line.strip()]
    return {job["id"]: job for job in found}


def log_of(job: dict[str, Any]) -> list[str]:
    """What a job told whoever waited for it, line by line, by the file of the job itself."""
    said = [entry[3] for operation in job["ops"] for entry in operation["log"]]
    return [line for text in said if isinstance(text, str) for line in text.splitlines()]


def intents(journal: Journal, step: str) -> list[Intent]:
    return [event for event in journal.events if isinstance(event, Intent) and event.step == step]


def only_outcome(journal: Journal, step: str) -> Outcome:
    """The end of the one change that a step made."""
    (intent,) = intents(journal, step)
    (outcome,) = (event for event in journal.events if isinstance(event, Outcome) and event.key == intent.key)
    return outcome
