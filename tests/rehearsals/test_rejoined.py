"""A readd counts only when the node really is back: its exit code and what the node believes are not enough."""

from pathlib import Path

from checks.cluster.checks.nodes import rejoined
from engine.hosts.reader import Reader
from engine.knowledge import Context
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, Rehearsal

RETURN = "master-failover-return"


def looked_at(rehearsal: Rehearsal) -> Context:
    return Context(Reader(rehearsal.world.links), rehearsal.run.site, rehearsal.world.clock)


def test_a_node_that_is_only_switched_on_has_not_rejoined(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, RETURN, {})
    rehearsal.world.on_manual("power-on")
    found = rejoined(looked_at(rehearsal), node=ONE)
    assert found.holds is False
    assert "marked offline" in found.summary


def test_a_node_that_only_learnt_who_the_master_is_has_not_rejoined(tmp_path: Path) -> None:
    """As seen on a real cluster: the readd failed half-way, after the name of the master had been written."""
    rehearsal = Rehearsal(tmp_path, RETURN, {})
    rehearsal.world.on_manual("power-on")
    link = rehearsal.world.links.to(rehearsal.run.site.hosts[ONE])
    cluster = rehearsal.world.links._cluster  # type: ignore[attr-defined]
    files = {machine.name: machine.files for machine in cluster.machines.values()}
    path = "/var/lib/ganeti/ssconf_master_node"
    files[ONE].write(path, files["hwhost-2.lab.example"].read(path))
    assert link.run(["cat", path], timeout=10).stdout.strip() == "hwhost-2.lab.example"
    assert rejoined(looked_at(rehearsal), node=ONE).holds is False


def test_after_the_readd_it_has_rejoined(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, RETURN, ANSWERS[RETURN]).go()
    assert rehearsal.error is None
    assert rejoined(looked_at(rehearsal), node=ONE).holds is True
