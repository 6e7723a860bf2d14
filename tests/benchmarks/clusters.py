"""What the diagnosis of a large cluster takes: `python -m tests.benchmarks.clusters ADDRESS` is what is measured."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from engine.hosts.reader import Reader
from engine.knowledge import Context
from engine.packs import World, load_packs
from tests.benchmarks.measuring import Measured
from tests.benchmarks.served import measured, peak_memory, served
from tests.benchmarks.table import Goal, Row

SIZES = (20, 40, 80, 100)
DISKS = 20
"""DRBD disks of which a node is the primary; it has as many sides of its neighbour's."""
SCENARIO = "healthy"
MODULE = "tests.benchmarks.clusters"


def world(folder: Path, nodes: int, disks: int = DISKS) -> World:
    """A cluster of so many nodes that is well."""
    site = folder / f"site-{nodes}.yaml"
    names = {
        "cluster": "cluster.bench.example",
        "nodes": [f"node{number}.bench.example" for number in range(1, nodes + 1)],
        "instances": [f"vm{number}.bench.example" for number in range(1, nodes * disks + 1)],
    }
    # JSON is YAML.
    site.write_text(json.dumps(names))
    (scenarios,) = (pack.scenarios_on(site) for pack in load_packs() if pack.scenarios_on is not None)
    return scenarios[SCENARIO]()


def diagnoses(folder: Path, times: int) -> Iterator[Row]:
    """Each diagnosis in a process of its own, from the first question to the last finding."""
    seconds: dict[int, Measured] = {}
    for nodes in SIZES:
        there = world(folder, nodes)
        seen = [measured(MODULE, there, folder / f"run-{nodes}-{at}") for at in range(times)]
        seconds[nodes] = Measured.of([one["seconds"] for one in seen])
        memory = Measured.of([one["memory"] for one in seen], "MB")
        largest = nodes == SIZES[-1]
        words = f"diagnosis of {nodes} nodes with {DISKS} DRBD disks each"
        yield Row(f"{words}: processor time", seconds[nodes], goal=Goal(3.0, "value", "s") if largest else None)
        yield Row(f"{words}: memory", memory, goal=Goal(150.0, "value", "MB") if largest else None)
    least, most = SIZES[0], SIZES[-1]
    growth = most / least
    yield Row(
        f"growth: {growth:g} times the nodes (linear, and a tenth for chance)",
        seconds[most],
        (f"{least} nodes", seconds[least]),
        Goal(growth * 1.1),
    )


def main() -> None:
    there = served(sys.argv[1])
    (pack,) = (one for one in load_packs() if one.discover is not None and one.diagnose is not None)
    begun = time.process_time()
    reader = Reader(there.links)
    site = pack.discover(reader, [there.entry])
    found = pack.diagnose(Context(reader, site, there.clock))
    seconds = time.process_time() - begun
    if found.findings or found.unknown or found.silent:
        raise AssertionError(f"A cluster that is well was found to be otherwise: {found}")
    print(json.dumps({"seconds": seconds, "memory": peak_memory(), "nodes": len(found.answered)}))


if __name__ == "__main__":
    main()
