"""What a node needs besides Ganeti is really taken from it, and the runbooks for it put it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.lab import Lab
from tests.cluster.lab.incidents.host_setup import BOOT, HELPER, LVM_LOCAL, OPTIONS
from tests.cluster.product import NODES, Product, rehearsed_course

SETUP, FILTER = "drbd-host-setup", "lvm-filter"
KEPT = "/root/as-it-was.tar"
SAVED = f"{OPTIONS} {BOOT} {LVM_LOCAL} /etc/modules"


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


@contextmanager
def put_back(lab: Lab, node: str) -> Iterator[None]:
    """The files come back as they were, without the copies that a run keeps: others use the same cluster."""
    lab.must(node, f"tar -cPf {KEPT} {SAVED}")
    yield
    lab.must(node, f"rm -f {OPTIONS}.* {LVM_LOCAL}.* /etc/modules.* && tar -xPf {KEPT}")


def suggested(product: Product, runbook: str, node: str) -> dict[str, Any]:
    found = product.diagnosis()
    assert found["suggestions"][0]["command"] == f"gnt-runbook run {runbook} node={node}"
    return found


def assert_asks_nothing_more(product: Product, *arguments: str) -> None:
    code, screen = product.guided(f"{arguments[0]}-again", arguments, [])
    assert code == 0, screen
    assert not any(state == "done" for _step, state in product.states())


def helper(lab: Lab, node: str) -> str:
    return lab.must(node, f"od -An -c {HELPER} | tr -d ' \\n'").stdout


def test_a_wrong_helper_is_corrected_while_the_devices_are_in_use(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    node = NODES[1]
    right, devices = helper(lab, node), lab.drbd(node)
    with put_back(lab, node):
        lab.incident("drbd-helper")
        found = suggested(product, SETUP, node)
        assert any(f"{node}: {HELPER}: '/sbin/drbdadm'" in one["evidence"] for one in found["findings"])

        answers = [("Set the options", "y"), ("Correct the program", "y")]
        with lab.timings.part("drbd-host-setup: wrong helper"):
            code, screen = product.guided("drbd-helper", [SETUP, f"node={node}"], answers)
        assert code == 0, screen
        assert helper(lab, node) == right
        assert lab.drbd(node) == devices
        assert product.course() == rehearsed_course(f"{SETUP}.helper", tmp_path)
        assert_asks_nothing_more(product, SETUP, f"node={node}")


def scanned(lab: Lab, node: str) -> list[str]:
    """The DRBD devices that LVM itself reads; only those that are primary here can be opened at all."""
    look = "pvs --all -vvvv 2>&1 | grep -o 'Processing data from device /dev/drbd[0-9]*'"
    return lab.run(node, look).stdout.splitlines()


def test_lvm_no_longer_looks_at_drbd_devices_until_that_is_undone(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    node = NODES[1]
    with put_back(lab, node):
        lab.incident("lvm-filter")
        assert scanned(lab, node) != []
        without = lab.must(node, ["cat", LVM_LOCAL]).stdout
        found = suggested(product, FILTER, node)
        assert any("so that every device passes" in line for one in found["findings"] for line in one["evidence"])

        with lab.timings.part("lvm-filter: filter gone"):
            code, screen = product.guided("lvm-filter", [FILTER, f"node={node}"], [("Leave DRBD devices out", "y")])
        assert code == 0, screen
        assert scanned(lab, node) == []
        assert "vg0" in lab.must(node, ["vgs", "--noheadings"]).stdout
        assert product.course() == rehearsed_course(FILTER, tmp_path)
        done = product.journal().path.stem
        assert_asks_nothing_more(product, FILTER, f"node={node}")

        answers = [("Undo: Leave DRBD devices out of what LVM looks at: go on?", "y")]
        code, screen = product.guided("lvm-filter-undone", [done], answers, command="undo")
        assert code == 0, screen
        assert lab.must(node, ["cat", LVM_LOCAL]).stdout == without
        assert scanned(lab, node) != []


def test_a_module_that_no_boot_loads_is_loaded_and_comes_back_at_the_next(product: Product, tmp_path: Path) -> None:
    """The node is booted twice and its devices stay down, so that this comes last on a cluster."""
    lab = product.lab
    node = lab.incident("drbd-module")["node"]
    assert not lab.run(node, ["test", "-e", "/proc/drbd"]).ok
    found = suggested(product, SETUP, node)
    assert f"{node}: /proc/drbd: no such file" in found["findings"][0]["evidence"]

    answers = [("Set the options", "y"), ("Have the module loaded", "y"), ("Load the module", "y")]
    with lab.timings.part("drbd-host-setup: module not loaded"):
        code, screen = product.guided("drbd-module", [SETUP, f"node={node}"], answers)
    assert code == 0, screen
    assert product.course() == rehearsed_course(SETUP, tmp_path)
    assert_asks_nothing_more(product, SETUP, f"node={node}")

    lab.power_cut(node)
    lab.power_on(node)
    assert helper(lab, node) == "/bin/true\\n"
