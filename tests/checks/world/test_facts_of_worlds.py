"""The product's own eyes see in the simulated cluster what the scenario says is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checks.cluster.facts import copies, daemons, masters, nodes, overview
from checks.drbd.facts import disks
from checks.jobs.facts import jobs
from checks.pack import pack
from checks.site import discover
from checks.world.scenarios import SCENARIOS
from engine.hosts import reads
from engine.hosts.reader import Reader
from engine.knowledge import Context

ONE, TWO, THREE = (f"hwhost-{number}.lab.example" for number in (1, 2, 3))


@pytest.fixture
def look() -> Callable[[str], Context]:
    reads.allow(pack.read_forms)

    def at(name: str) -> Context:
        world = SCENARIOS[name]()
        reader = Reader(world.links)
        return Context(reader, discover(reader, [world.entry]), world.clock)

    return at


def test_a_healthy_cluster(look: Callable[[str], Context]) -> None:
    context = look("healthy")
    seen = overview.overview(context)
    assert (seen.name, seen.master, seen.nodes, str(seen.version)) == (
        "cluster.lab.example",
        ONE,
        (ONE, TWO),
        "3.0.2",
    )
    assert daemons.on(context, node=ONE).running == ("confd", "luxid", "mond", "noded", "rapi", "wconfd")
    assert daemons.on(context, node=TWO).running == ("confd", "mond", "noded")
    states = disks.of(context, instance="inst3.lab.example")
    assert {(state.connection, state.disk) for state in states} == {("Connected", "UpToDate")}
    assert len(states) == 4
    assert jobs.unfinished(context) == ()


@pytest.mark.parametrize("name", ["stuck-job", "stuck-job.kill-refused", "stuck-job.ganeti-2.12"])
def test_a_stuck_job(look: Callable[[str], Context], name: str) -> None:
    context = look(name)
    job = jobs.job(context, job=41)
    assert (job.status, job.summary) == ("running", "INSTANCE_MIGRATE(inst1.lab.example)")
    assert job.age > 3 * 3600
    assert job.blocks == (42,)
    assert f"node/{ONE} (exclusive)" in job.locks
    assert job.filed_on == (ONE, TWO)
    assert job.process is not None
    assert job.process.node == ONE
    assert jobs.orphans(context) == ()


def test_an_orphan(look: Callable[[str], Context]) -> None:
    context = look("stuck-job.orphan")
    (orphan,) = jobs.orphans(context)
    assert orphan.job == 41
    assert orphan.process is not None
    assert "instance/inst1.lab.example (exclusive)" in orphan.locks


def test_a_lost_master(look: Callable[[str], Context]) -> None:
    context = look("master-failover")
    claims = masters.claims(context)
    assert claims.acting is None
    assert not nodes.node(context, node=ONE).answers


def test_a_master_that_still_acts(look: Callable[[str], Context]) -> None:
    assert masters.claims(look("master-failover.not-fenced")).acting == ONE


def test_a_stale_candidate(look: Callable[[str], Context]) -> None:
    serials = copies.serials(look("master-failover.stale"))
    assert serials.newest == (THREE,)


def test_after_the_failover(look: Callable[[str], Context]) -> None:
    context = look("master-failover-return")
    assert masters.claims(context).acting == TWO
    assert daemons.on(context, node=TWO).voting_disabled
    gone = nodes.node(context, node=ONE)
    assert (gone.offline, gone.answers, gone.primary_instances) == (True, False, ())
