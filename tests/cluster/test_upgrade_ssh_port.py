"""Ganeti's own check before an upgrade does not find sshd of the lab, which is at port 2222; then it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.lab import Lab
from tests.cluster.product import NODES, Product, rehearsed_course

RUNBOOK = "cluster-upgrade-ssh-port"
CHECK = """
cd /usr/share/ganeti/3.0 && python3 -c '
from ganeti.client import gnt_cluster
raise SystemExit(0 if gnt_cluster._VerifyVersionInstalled("3.0") else 1)'
"""
"""What `gnt-cluster upgrade` asks of every node before it does anything, in Ganeti's own words and by its own code."""
CONFIG = "/root/.ssh/config"


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def test_an_upgrade_finds_the_nodes_at_another_port(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    refused = lab.run(NODES[0], CHECK)
    assert not refused.ok
    assert "Ganeti version 3.0 not installed on nodes" in refused.stdout + refused.stderr

    with lab.timings.part("cluster-upgrade-ssh-port"):
        answers = [("Write the port of each node", "y")] * len(NODES)
        code, screen = product.guided("upgrade-ssh-port", [RUNBOOK], answers)
    assert code == 0, screen
    try:
        for node in NODES:
            assert lab.run(node, CHECK).ok
        assert product.course() == rehearsed_course(RUNBOOK, tmp_path)
        code, screen = product.guided(f"{RUNBOOK}-again", [RUNBOOK], [])
        assert code == 0, screen
        assert not any(state == "done" for _step, state in product.states())
    finally:
        for node in NODES:
            lab.must(node, ["rm", "-f", CONFIG])
