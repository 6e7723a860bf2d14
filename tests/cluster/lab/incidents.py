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
    master, victim = lab.nodes[0], lab.nodes[1]
    lab.must(master, f"setsid gnt-debug delay -n {victim} 3600 </dev/null >/dev/null 2>&1 &")
    found: list[str] = []

    def running() -> bool:
        lines = lab.run(master, "gnt-job list --no-headers -o id,status,summary").stdout.splitlines()
        found[:] = [line.split()[0] for line in lines if "TEST_DELAY" in line and " running " in f"{line} "]
        return bool(found)

    wait_until("the hanging job to run", 120, running)
    lab.must(master, "pkill -KILL -f '^/usr/bin/python3 /usr/sbin/gnt-debug delay'")
    return {"job": found[-1], "node": victim}


@incident("master-lost")
def master_lost(lab: Lab) -> dict[str, str]:
    """The master loses its power and does not come back by itself."""
    master = lab.nodes[0]
    lab.power_cut(master)
    return {"node": master}
