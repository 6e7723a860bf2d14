"""A node of the embedded cluster is started anew while Ganeti makes its volumes again, in the middle of the copying."""

from collections.abc import Mapping
from pathlib import Path

from checks.world.cluster import SimulatedCluster
from checks.world.power import power_off, power_on
from checks.world.scenario_model import Scenario
from checks.world.scenarios import world_of
from engine.crashpoints import Point, listening
from engine.operator.scripted import Given
from tests.crashes.picture import cluster_of
from tests.rehearsals.rehearsal import TWO, Rehearsal

RUNBOOK = "drbd-recreate-secondary"
INST1 = "inst1.lab.example"
VOLUMES = "vg0/b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0"
LOST = Scenario(
    description="hwhost-2 has lost the volumes of inst1, and copies slowly.",
    parameters={"node": TWO},
    before=[
        "sync-speed 400",
        "run hwhost-2 drbdsetup down resource0",
        f"run hwhost-2 lvremove -f {VOLUMES}_data {VOLUMES}_meta",
    ],
)
ANSWERS: Mapping[str, Given] = {
    "watcher": "y",
    "choose-the-way": "ganeti",
    "activate": "y",
    "replace": "y",
    "replace.failed": "retry",
    "bring-up-again": "y",
}
COPYING = 40.0
"""Seconds after which Ganeti has made the volumes, and DRBD fills them."""


def with_a_power_cut(folder: Path) -> Rehearsal:
    """The runbook, whose node loses its power in the middle of the copying."""
    world = world_of(LOST)
    cluster: SimulatedCluster = cluster_of(world)

    def power_goes() -> None:
        node = cluster.machines[TWO]
        assert any(side.sync is not None for side in node.drbd.values()), "it copies"
        power_off(cluster, node)
        power_on(cluster, node)

    def hook(point: Point, detail: str) -> None:
        if point == "after-intent" and detail.startswith("replace["):
            cluster.clock.after(COPYING, power_goes)

    with listening(hook):
        return Rehearsal(folder, RUNBOOK, ANSWERS, world=world).go()
