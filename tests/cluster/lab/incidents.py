"""Incidents: each function breaks the cluster in one real way and returns what a person would be told.

A new incident is a function here, decorated with its name; its docstring is what `incident --help` shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.errors import LabError
from tests.cluster.lab.shell import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.lab.lab import Lab

INCIDENTS: dict[str, Callable[[Lab], dict[str, str]]] = {}


def incident(name: str) -> Callable[[Callable[[Lab], dict[str, str]]], Callable[[Lab], dict[str, str]]]:
    """Register an incident under the name the command line knows it by."""

    def register(function: Callable[[Lab], dict[str, str]]) -> Callable[[Lab], dict[str, str]]:
        INCIDENTS[name] = function
        return function

    return register


def cause(lab: Lab, name: str) -> dict[str, str]:
    if name not in INCIDENTS:
        raise LabError(f"there is no incident {name!r}; there are {', '.join(sorted(INCIDENTS))}")
    return INCIDENTS[name](lab)


@incident("stuck-job")
def stuck_job(lab: Lab) -> dict[str, str]:
    """A job that hangs for an hour and holds a node's lock; nobody waits for it any more."""
    master, victim = lab.nodes[:2]
    # --submit alone says the number on standard error, among other things.
    submit = ["gnt-debug", "delay", "--submit", "--print-jobid", "-n", victim, "3600"]
    job = lab.must(master, submit).stdout.strip()
    if not job.isdecimal():
        raise LabError(f"gnt-debug printed no job number but {job!r}")
    status = ["gnt-job", "list", "--no-headers", "-o", "status", job]
    wait_until(f"job {job} to run", 120, lambda: lab.must(master, status).stdout.strip() == "running")
    return {"job": job, "node": victim}


@incident("master-lost")
def master_lost(lab: Lab) -> dict[str, str]:
    """The master loses its power and does not come back by itself."""
    master = lab.nodes[0]
    lab.power_cut(master)
    return {"node": master}
