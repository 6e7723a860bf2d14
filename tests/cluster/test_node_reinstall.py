"""A node really loses its disks and is installed anew; the runbook makes it the node that it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.journal.events import Intent
from tests.benchmarks import looking
from tests.benchmarks.elsewhere import LOOKING
from tests.benchmarks.programs import ARTIFACTS
from tests.cluster.lab import Lab
from tests.cluster.lab.disk import Disk
from tests.cluster.product import NODES, Product, rehearsed_course, verify

MASTER, NODE = NODES
DEVICE = "/dev/ubdb"
DISKS = (("inst1.lab.example", 0), ("inst2.lab.example", 0), ("inst3.lab.example", 0), ("inst3.lab.example", 1))
WANTED = ["node-reinstall", f"node={NODE}", f"device={DEVICE}"]


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def disks(lab: Lab) -> list[Disk]:
    return [Disk.of(lab, instance, index) for instance, index in DISKS]


def own_parameters(lab: Lab) -> dict[str, object]:
    config = json.loads(lab.must(MASTER, ["cat", "/var/lib/ganeti/config.data"]).stdout)
    found: dict[str, object] = next(one["ndparams"] for one in config["nodes"].values() if one["name"] == NODE)
    return found


def refused(product: Product, code: str, *arguments: str, exit_code: int = 3) -> str:
    """What a run says that is refused, for this reason, before anything is done."""
    answers = product.lab.ssh_config.with_name("no-answers.yaml")
    answers.write_text("format: 1\nanswers: {}\n", encoding="utf-8")
    tried = product.call("run", "node-reinstall", *arguments, "--answers", str(answers))
    print(tried.stdout, tried.stderr)
    assert tried.returncode == exit_code, tried.stdout + tried.stderr
    assert code in tried.stdout + tried.stderr
    assert not [event for event in product.journal().events if isinstance(event, Intent)]
    return tried.stdout + tried.stderr


def test_a_node_that_was_installed_anew_becomes_the_node_that_it_was(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    clean = verify(lab, MASTER)
    for disk in disks(lab):
        disk.write(disk.primary, "kept")
    known = lab.ssh_config.with_name("known_hosts").read_text(encoding="utf-8")
    lab.incident("node-wiped")
    parameters = own_parameters(lab)
    kept = [disk.checksum(MASTER) for disk in disks(lab)]

    _a_changed_host_key_is_explained(product, known)
    found = product.diagnosis()
    assert found["suggestions"][0]["command"].startswith(f"gnt-runbook run node-reinstall node={NODE}")
    refused(product, "is-the-master", f"node={MASTER}", f"device={DEVICE}")
    assert DEVICE in refused(product, "no-device", f"node={NODE}")
    assert "mounted as /" in refused(product, "device-in-use", f"node={NODE}", "device=/dev/ubda")

    with lab.timings.part("repair by node-reinstall"):
        code, screen = product.guided(
            "node-reinstall",
            WANTED,
            [
                ("Pause the watcher: go on?", "y"),
                ("Have the names of the cluster lead to their addresses: go on?", "y"),
                ("Leave DRBD devices out of what LVM looks at: go on?", "y"),
                ("Set the options that the module is loaded with: go on?", "y"),
                ("Have the module loaded at boot: go on?", "y"),
                ("Load the module: go on?", "y"),
                (f"Type {DEVICE} to go on", DEVICE),
                ("Mark the node as offline, so that its instances can be moved: go on?", "y"),
                ("Move its instances to their other node: this interrupts", "yes"),
                ("Let the master's root in by ssh: go on?", "y"),
                ("Give the node's host keys to the master: go on?", "y"),
                ("Join the node again: this interrupts", "yes"),
                ("Copy /etc/ganeti from the master: go on?", "y"),
                ("Choose how the volumes are made", "by-hand"),
                ("Make the volumes", "y"),
                ("Zero the volumes for DRBD's metadata", "y"),
                ("Make DRBD's metadata", "y"),
                ("Activate the disks, which fills the new volumes", "y"),
            ],
        )
    assert code == 0, screen
    run = product.journal().path.stem
    looking.keep(product.runs.path.parent / "gnt-runbook.log", run, ARTIFACTS / LOOKING)
    assert own_parameters(lab) == parameters == {"ssh_port": 2222}
    assert all(disk.in_sync() for disk in disks(lab))
    for node in NODES:
        assert [disk.checksum(node) for disk in disks(lab)] == kept
    assert {disk.block(NODE) for disk in disks(lab)} == {"kept"}
    assert verify(lab, MASTER) == clean
    assert lab.must(NODE, ["readlink", "/etc/ganeti/common-vars"]).stdout.strip() == "site/common-vars"
    assert product.follow_ups() == []
    assert product.diagnosis()["suggestions"] == []
    course = product.course()
    assert "nothing-to-do" in refused(product, "nothing-to-do", f"node={NODE}", f"device={DEVICE}")
    rehearsed = rehearsed_course("node-reinstall.with-primaries", tmp_path)
    # The embedded cluster has a fourth instance.
    assert course == [line for line in rehearsed if "inst4" not in line]


def _a_changed_host_key_is_explained(product: Product, known: str) -> None:
    """An operator who knows the node's old key is told both fingerprints, and which line to replace."""
    path = product.lab.ssh_config.with_name("known_hosts")
    renewed = path.read_text(encoding="utf-8")
    assert renewed != known
    path.write_text(known, encoding="utf-8")
    try:
        told = refused(product, "host-key-changed", f"node={NODE}", f"device={DEVICE}", exit_code=5)
    finally:
        path.write_text(renewed, encoding="utf-8")
    offered = product.lab.must(NODE, ["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]).stdout.split()[1]
    words = " ".join(told.split())
    assert f"The host key of {NODE} is not the one we know." in words
    assert offered in words
    assert f"replace line 2 of {path}" in words
