"""Twenty small disks that lost their second side, on the real cluster: the runbook beside the wiki's script.

`python -m tests.benchmarks.recreate [TIMES]`, as root, while a lab stands that nobody else uses (`python3 -m
tests.cluster.lab up`). It adds two instances to it, and removes them at its end. Metadata alone take 2.5 GiB on each
node, which have to fit into the lab's memory. `make bench` shows the figures from then on.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.elsewhere import RECREATE
from tests.benchmarks.measuring import clocked
from tests.benchmarks.programs import ARTIFACTS
from tests.cluster.lab import Lab
from tests.cluster.lab.disk import Disk
from tests.cluster.lab.forming import _definition
from tests.cluster.lab.names import VOLUME_GROUP, Instance
from tests.cluster.lab.shell import wait_until
from tests.cluster.product import NODES, Product

MASTER, NODE = NODES
SIZE, META = 8, 128
"""Of a disk and of its metadata, in MiB."""
ADDED = (Instance(8, 1, 2, (SIZE,) * 10), Instance(9, 1, 2, (SIZE,) * 10))
"""Ganeti takes sixteen disks an instance at most; the lab's nodes know these names."""
NAMES = tuple(one.name for one in ADDED)
PATIENCE = 3600.0
ANSWERS = {
    "watcher": "y",
    "choose-the-way": "by-hand",
    "make-volumes": "y",
    "zero-metadata": "y",
    "make-metadata": "y",
    "fill": "y",
}


def add(lab: Lab) -> list[Disk]:
    """The instances, which run, and their disks in sync."""
    wanted = json.dumps([_definition(one) for one in ADDED])
    made = f"echo '{wanted}' >/tmp/added.json && gnt-instance batch-create /tmp/added.json"
    lab.must(MASTER, made, timeout=PATIENCE)
    lab.must(MASTER, ["gnt-instance", "startup", "--force-multiple", *NAMES], timeout=PATIENCE)
    disks = [Disk.of(lab, one.name, index) for one in ADDED for index in range(len(one.disks))]
    _wait_in_sync(lab, disks)
    return disks


def lose(lab: Lab, disks: Sequence[Disk]) -> None:
    """Their volumes go from one node. Metadata are zeroed first: on a new disk the wiki's script finds none either."""
    words = ["set -e"]
    for disk in disks:
        words += [f"drbdsetup down resource{disk.minor(NODE)}"]
        words += [f"dd if=/dev/zero of={disk.meta_path} bs=1M count={META} oflag=direct status=none"]
        words += [f"lvremove -qq -f {disk.data_path} {disk.meta_path}"]
    lab.must(NODE, "\n".join(words), timeout=PATIENCE)
    minors = {disk.minor(MASTER) for disk in disks}
    wait_until("the other side to wait", PATIENCE, lambda: _all(lab, MASTER, minors, "WFConnection"))


def script(disks: Sequence[Disk]) -> str:
    """The wiki's, which is typed from a list: lvcreate twice and drbdmeta for each disk. Only the metadata's form is
    another, that of DRBD 8.4, and LVM is told to leave old signatures: it would ask."""
    lines = ["set -e"]
    for disk in disks:
        data, meta = (path.rsplit("/", 1)[1] for path in (disk.data_path, disk.meta_path))
        lines += [
            f"lvcreate -Wn -L {SIZE}M {VOLUME_GROUP} -n {data}",
            f"lvcreate -Wn -L {META}M {VOLUME_GROUP} -n {meta}",
        ]
        lines += [f"drbdmeta /dev/drbd{disk.minor(NODE)} v08 {disk.meta_path} flex-external create-md"]
    return "\n".join(lines)


def by_script(lab: Lab, disks: Sequence[Disk]) -> None:
    """As the wiki has it: the script on the node, activate-disks on the master, and a look until all is in sync."""
    lab.must(NODE, script(disks), timeout=PATIENCE)
    for name in NAMES:
        lab.must(MASTER, ["gnt-instance", "activate-disks", name], timeout=PATIENCE)
    _wait_in_sync(lab, disks)


def by_runbook(product: Product, answers: Path) -> None:
    """The program, from its start to its end, which waits for the copies itself."""
    words = ["drbd-recreate-secondary", f"node={NODE}", f"instances={','.join(NAMES)}"]
    done = product.call("run", *words, "--answers", str(answers))
    if done.returncode:
        raise SystemExit(f"the run failed:\n{done.stdout}\n{done.stderr}")


def _wait_in_sync(lab: Lab, disks: Sequence[Disk]) -> None:
    for node in NODES:
        minors = {disk.minor(node) for disk in disks}
        wait_until("the disks to be in sync", PATIENCE, lambda n=node, m=minors: _all(lab, n, m, "Connected"))


def _all(lab: Lab, node: str, minors: set[int], connection: str) -> bool:
    there = lab.drbd(node)
    seen = [there.get(minor, ("", "", "")) for minor in minors]
    return all(one[0] == connection and (connection != "Connected" or one[2] == "UpToDate/UpToDate") for one in seen)


def main() -> None:
    times = int(sys.argv[1]) if sys.argv[1:] else 2
    lab = Lab()
    if not lab.nodes or not all(map(lab.alive, NODES)):
        raise SystemExit("No lab stands. Begin one: python3 -m tests.cluster.lab up")
    with tempfile.TemporaryDirectory() as folder:
        product, answers = Product(lab, Path(folder)), Path(folder) / "answers.yaml"
        answers.write_text(json.dumps({"format": 1, "answers": ANSWERS}))
        disks = add(lab)
        seen: dict[str, list[float]] = {"gnt-runbook": [], "script": []}
        try:
            for _ in range(times):
                lose(lab, disks)
                seen["script"].append(clocked(lambda: by_script(lab, disks)))
                lose(lab, disks)
                seen["gnt-runbook"].append(clocked(lambda: by_runbook(product, answers)))
                print({name: [round(one, 1) for one in some] for name, some in seen.items()}, flush=True)
        finally:
            for name in NAMES:
                lab.run(MASTER, ["gnt-instance", "remove", "--force", name], timeout=PATIENCE)
    path = ARTIFACTS / RECREATE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"disks": len(disks), **seen}) + "\n")


if __name__ == "__main__":
    main()
