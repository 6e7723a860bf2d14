"""Jobs that do not end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.errors import LabError
from tests.cluster.lab.incidents.registry import incident
from tests.cluster.lab.shell import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cluster.lab.lab import Lab


@incident("stuck-job")
def stuck_job(lab: Lab) -> dict[str, str]:
    """A job that hangs for an hour and holds a node's lock; nobody waits for it any more."""
    victim = lab.nodes[1]
    return {"job": submitted(lab, ["gnt-debug", "delay", "-n", victim, "3600"]), "node": victim}


def submitted(lab: Lab, command: Sequence[str]) -> str:
    """Submit a job that nobody waits for; its number, once it runs."""
    master = lab.nodes[0]
    # --submit alone says the number on standard error, among other things.
    program, subcommand, *rest = command
    job = lab.must(master, [program, subcommand, "--submit", "--print-jobid", *rest]).stdout.strip()
    if not job.isdecimal():
        raise LabError(f"{program} printed no job number but {job!r}")
    status = ["gnt-job", "list", "--no-headers", "-o", "status", job]
    wait_until(f"job {job} to run", 120, lambda: lab.must(master, status).stdout.strip() == "running")
    return job
