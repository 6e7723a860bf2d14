"""Fixtures of the tests that look at a cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checks.look.commands import READ_FORMS
from engine.hosts import reads
from tests.checks.imitation import JOB_COMMAND, ONE, TWO, UUIDS, Imitation, delay_job


@pytest.fixture(autouse=True)
def _forms() -> None:
    reads.allow(READ_FORMS)


@pytest.fixture
def cluster() -> Imitation:
    return Imitation()


@pytest.fixture
def stuck(cluster: Imitation) -> Imitation:
    """Job 14 runs and holds both nodes, job 16 waits behind it; as in the lab."""
    cluster.file_job(delay_job())
    cluster.file_job(delay_job(16, "waiting"))
    cluster.file_job(delay_job(13, "success"))
    cluster.commands[ONE] += [f"{JOB_COMMAND} 14", f"{JOB_COMMAND} 16", "bash -c pgrep -f jqueue/exec.py 14"]
    nodes = [[f"node/{UUIDS[node]}", "exclusive"] for node in (ONE, TWO)]
    cluster.hold(
        [
            [[14, "/livelocks/job_14", 1199], [["cluster/BGL", "shared"], *nodes]],
            [[16, "/livelocks/job_16", 1475], [["cluster/BGL", "shared"]]],
        ],
        [[0, [16, "/livelocks/job_16", 1475], nodes]],
    )
    return cluster


@pytest.fixture
def data() -> Callable[[str], str]:
    """The text of a file of samples."""
    folder = Path(__file__).parent / "data"
    return lambda name: (folder / name).read_text(encoding="utf-8")
