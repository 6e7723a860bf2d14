"""What the diagnosis says of a real cluster: nothing where nothing is wrong, and what is wrong in time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.explain.instance_info import parse_instance_info
from checks.explain.instance_words import DrbdState, could_be
from checks.version import Version
from tests.cluster.lab import Lab
from tests.cluster.lab.disk import Disk
from tests.cluster.product import NODES, Product

PROMISED = 15.0
"""Seconds in which a diagnosis answers with one node off, on a machine that has nothing else to do."""
VERSION = Version("3.0.2")
DEFAULTS = "/etc/default/ganeti"
FAKE = "/var/run/ganeti/fake-hypervisor"
USUAL_RATE = "61440"
"""KiB a second that Ganeti sets for a resync (lib/constants, CLASSIC_DRBD_SYNC_SPEED)."""


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def codes(found: dict[str, Any]) -> list[str]:
    return [one["code"] for one in found["findings"]]


def first(found: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = found["findings"][0]
    return one


def test_a_healthy_cluster_is_all_well(product: Product) -> None:
    # What earlier tests have repaired here has left its backups, and nothing else.
    assert product.well()
    found = product.diagnosis()
    assert found["all_well"] == (found["findings"] == [])
    assert found["answered"] == list(NODES)


def test_a_watcher_that_was_left_paused(product: Product) -> None:
    product.lab.must(NODES[0], ["gnt-cluster", "watcher", "pause", "1h"])
    try:
        found = product.diagnosis()
    finally:
        product.lab.must(NODES[0], ["gnt-cluster", "watcher", "continue"])
    assert codes(found) == ["watcher-paused"]
    assert [one["command"] for one in found["suggestions"]] == ["gnt-runbook run watcher-continue"]


def test_flags_against_voting_that_were_left(product: Product) -> None:
    lab = product.lab
    kept = f"{DEFAULTS}.kept"
    flags = '"--no-voting --yes-do-it"'
    lab.must(
        NODES[1],
        f'cp -a {DEFAULTS} {kept}; for name in WCONFD LUXID; do sed -i "/^${{name}}_ARGS=/d" {DEFAULTS};'
        f" echo ${{name}}_ARGS='{flags}' >> {DEFAULTS}; done",
    )
    try:
        found = product.diagnosis()
    finally:
        lab.must(NODES[1], ["mv", kept, DEFAULTS])
    assert codes(found) == ["voting-flags"]
    assert any(line.startswith(f"{NODES[1]}: {DEFAULTS}") for line in first(found)["evidence"])


def test_an_instance_on_two_nodes_and_on_the_wrong_one(product: Product) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst1.lab.example")
    here, there = (f"{FAKE}/{disk.instance}", f"{FAKE}/.{disk.instance}")
    lab.must(disk.secondary, ["touch", here])
    try:
        twice = product.diagnosis()
        lab.must(disk.primary, ["mv", here, there])
        elsewhere = product.diagnosis()
    finally:
        lab.must(disk.primary, f"test ! -e {there} || mv {there} {here}")
        lab.must(disk.secondary, ["rm", here])
    assert codes(twice) == ["instance-on-two-nodes"]
    for node in NODES:
        assert f"{node}: {FAKE}: {disk.instance}" in first(twice)["evidence"]
    assert codes(elsewhere) == ["instance-on-wrong-node"]
    assert f"runs on {disk.secondary}, and not on {disk.primary}" in first(elsewhere)["title"]


def test_a_resync_that_is_slow_and_moves_needs_no_runbook(product: Product) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst1.lab.example")
    with slow(lab, disk):
        lab.must(disk.secondary, ["drbdsetup", "invalidate", str(disk.minor(disk.secondary))])
        disk.wait(lambda: disk.connection(disk.secondary) == "SyncTarget")
        found = product.diagnosis()
        told = parse_instance_info(lab.must(NODES[0], ["gnt-instance", "info", disk.instance], timeout=300).stdout)
        states = {node: DrbdState(disk.connection(node), disk.disks(node).split("/")[0]) for node in NODES}
    lab.wait_synced()
    assert codes(found) == ["disk-syncing"], json.dumps(found["findings"], indent=1)
    assert "is being resynchronised" in first(found)["title"]
    assert first(found)["title"].endswith("and moves.")
    assert found["suggestions"] == []
    (shown,) = told[0].disks
    for side, node in ((shown.primary, disk.primary), (shown.secondary, disk.secondary)):
        assert side is not None
        assert states[node] in could_be(side, VERSION)


@contextmanager
def slow(lab: Lab, disk: Disk) -> Iterator[None]:
    """Let the disk be copied at some hundred KiB a second."""
    for node in NODES:
        options = ["drbdsetup", "disk-options", str(disk.minor(node)), "--c-plan-ahead=0", "--resync-rate=400"]
        lab.must(node, options)
    try:
        yield
    finally:
        for node in NODES:
            lab.must(node, ["drbdsetup", "disk-options", str(disk.minor(node)), f"--resync-rate={USUAL_RATE}"])


def test_with_one_node_off_it_answers_in_time(product: Product) -> None:
    lab = product.lab
    lab.power_cut(NODES[1])
    begun = time.monotonic()
    ended = product.call("diagnose", "--json")
    took = time.monotonic() - begun
    # What else runs on this machine takes its share; the lab itself keeps about one processor busy.
    share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    print(f"\n----- diagnose with one node off: {took:.1f} s, on a machine {share:.1f} times as busy as it can be")
    found = json.loads(ended.stdout)
    assert (found["answered"], found["silent"]) == ([NODES[0]], [NODES[1]])
    assert first(found)["code"] == "node-silent"
    assert first(found)["title"] == f"{NODES[1]} does not answer."
    assert not found["all_well"]
    assert took < PROMISED * share
