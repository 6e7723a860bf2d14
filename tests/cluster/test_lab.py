"""The lab keeps its promises: what the other tests take for granted about the cluster they get."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.lab import Lab, LabError, guest, network
from tests.cluster.lab.lab import FORMED
from tests.cluster.lab.names import INSTANCES
from tests.cluster.lab.shell import wait_until

ROOT = Path(__file__).parents[2]


def test_a_whole_cluster_works_and_has_nothing_to_complain_about(standing: Lab) -> None:
    verify = standing.run("hwhost-1", ["gnt-cluster", "verify"])
    assert verify.exit_code == 0, verify.stdout + verify.stderr
    assert "ERROR" not in verify.stdout + verify.stderr
    assert "WARNING" not in verify.stdout + verify.stderr
    listed = standing.run("hwhost-1", ["gnt-instance", "list", "--no-headers", "-o", "name,status"])
    assert listed.stdout.split() == [word for one in INSTANCES for word in (one.name, "running")]
    assert standing.synced()
    # The way in that the product takes, with strict host keys; and the two users without a root login.
    for node in standing.nodes:
        ssh = ["ssh", "-F", str(standing.ssh_config), node, "hostname"]
        done = subprocess.run(standing.exec_argv(ssh), capture_output=True, text=True, check=True)
        assert done.stdout.strip() == node
    assert standing.run("hwhost-1", ["sudo", "-n", "id", "-u"], user="operator").stdout.strip() == "0"
    assert standing.run("hwhost-1", ["sudo", "-n", "id", "-u"], user="nosudo").exit_code != 0


def test_a_cut_link_is_a_lost_connection_and_heals(standing: Lab) -> None:
    standing.cut_link()
    wait_until("DRBD to lose the connection", 120, lambda: not _connected(standing, "hwhost-1"))
    # Only DRBD is cut: the nodes still reach each other, and the host reaches both.
    assert standing.run("hwhost-1", ["ping", "-c", "1", "-W", "5", "hwhost-2"]).exit_code == 0
    standing.heal_link()
    standing.wait_synced()


@pytest.mark.leaves_it_broken
def test_power_cut_power_on_and_reinstallation(standing: Lab) -> None:
    boot = standing.must("hwhost-2", "cat /proc/sys/kernel/random/boot_id").stdout
    standing.power_cut("hwhost-2")
    assert not standing.alive("hwhost-2")
    wait_until("DRBD to lose its peer", 120, lambda: not _connected(standing, "hwhost-1"))
    standing.power_on("hwhost-2")
    assert standing.must("hwhost-2", "cat /proc/sys/kernel/random/boot_id").stdout != boot
    # What a power cut leaves: the volumes are there, DRBD's devices are not configured.
    assert "disk0_data" in standing.must("hwhost-2", ["lvs", "vg0"]).stdout
    assert standing.drbd("hwhost-2") == {}
    before = standing.ssh_config.with_name("known_hosts").read_text()
    standing.wipe("hwhost-2")
    assert standing.run("hwhost-2", ["vgs", "--noheadings"]).stdout.strip() == ""
    assert standing.run("hwhost-2", ["test", "-e", "/var/lib/ganeti/config.data"]).exit_code != 0
    assert standing.ssh_config.with_name("known_hosts").read_text() != before


@pytest.mark.leaves_it_broken
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_boot_leaves_nothing_running(lab: Lab, how: signal.Signals) -> None:
    lab.down()
    command = [sys.executable, "-m", "tests.cluster.lab", "up"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as up:
        wait_until("both guests to run", 60, lambda: all(map(guest.alive, FORMED)))
        with pytest.raises(LabError, match=f"process {up.pid} is using the lab"):
            lab.up()
        os.kill(up.pid, how)
        up.wait(60)
    if how == signal.SIGKILL:
        # Nobody can tidy up after that; the next command does.
        assert network.pids()
        lab.down()
    assert network.pids() == []
    assert not network.exists()
    assert not lab.paths.live.exists()


def _connected(lab: Lab, node: str) -> bool:
    return any(connection == "Connected" for connection, _, _ in lab.drbd(node).values())
