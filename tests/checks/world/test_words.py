"""The simulated cluster says what the real one said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("node", "command", "file"),
    [
        (1, "cat /proc/drbd", "drbd-hwhost-1.txt"),
        (2, "cat /proc/drbd", "drbd-hwhost-2.txt"),
        (1, "gnt-instance list", "instance-list.txt"),
        (1, "gnt-cluster verify --error-codes", "verify-clean.txt"),
        (
            1,
            (
                "gnt-node list -o name,role,master_candidate,offline,drained,master,pip,sip,pinst_list"
                ",sinst_list,vm_capable --separator='|'"
            ),
            "node-list-wide.txt",
        ),
    ],
)
def test_a_healthy_cluster_prints_what_the_real_one_printed(
    play: Any, excerpt: Callable[[str], str], shown: Callable[[str], str], node: int, command: str, file: str
) -> None:
    result = play("healthy")(node, command)
    assert shown(result.stdout) == excerpt(file)
    assert (result.stderr, result.exit_code) == ("", 0)


@pytest.mark.parametrize("command", ["gnt-job list", "gnt-instance list", "gnt-cluster verify", "gnt-node list"])
def test_off_the_master_the_commands_name_the_master(play: Any, excerpt: Callable[[str], str], command: str) -> None:
    result = play("healthy")(2, command)
    assert result.stderr == excerpt("not-master.txt")
    assert (result.stdout, result.exit_code) == ("", 1)


def test_a_node_without_power_shows_on_its_peer_as_it_really_did(
    play: Any, excerpt: Callable[[str], str], shown: Callable[[str], str]
) -> None:
    act = play("master-failover")
    act.flags(2, on=True)
    act(2, "gnt-cluster master-failover --no-voting --yes-do-it")
    # The transcript is of the other node's loss: its names and roles are turned around here.
    turned = excerpt("instance-list-node-down.txt").replace("ERROR_nodedown      ?", "DOWN")
    names = {line.split()[0] for line in turned.splitlines() if line.endswith("DOWN")}
    down = {
        line.split()[0]: line.split()[-2:]
        for line in act.out(2, "gnt-instance list").splitlines()
        if "nodedown" in line
    }
    assert names == {"inst2.lab.example", "inst4.lab.example"}
    assert down == {
        "inst1.lab.example": ["ERROR_nodedown", "?"],
        "inst3.lab.example": ["ERROR_nodedown", "?"],
    }
    states = [line for line in shown(act.out(2, "cat /proc/drbd")).splitlines() if " cs:" in line]
    real = [line for line in excerpt("drbd-peer-lost.txt").splitlines() if " cs:" in line]
    other = {"Primary": "Secondary", "Secondary": "Primary"}
    flipped = [
        line.replace(f"ro:{role}/", f"ro:{other[role]}/", 1) for line in real for role in other if f"ro:{role}/" in line
    ]
    assert states == flipped


def test_the_words_of_a_failover(play: Any, excerpt: Callable[[str], str], shown: Callable[[str], str]) -> None:
    act = play("master-failover")
    refused = act(2, "gnt-cluster master-failover")
    assert (refused.stderr, refused.exit_code) == (excerpt("failover-voting.txt"), 1)
    silent = act(2, "gnt-cluster master-failover --no-voting")
    assert (silent.stdout, silent.stderr, silent.exit_code) == ("", "", 1)
    done = act(2, "gnt-cluster master-failover --no-voting --yes-do-it")
    assert (shown(done.stderr), done.exit_code) == (excerpt("failover-forced.txt"), 0)
    assert 50 < done.seconds < 80
    warned = act(2, "gnt-cluster redist-conf")
    assert (shown(warned.stdout), warned.exit_code) == (excerpt("redist-node-down.txt"), 0)


def test_a_master_without_luxid_answers_after_forty_seconds(play: Any, excerpt: Callable[[str], str]) -> None:
    act = play("healthy")
    act(1, "pkill -KILL -f /usr/sbin/ganeti-luxid")
    result = act(1, "gnt-node list")
    assert (result.stdout, result.stderr, result.exit_code) == ("", excerpt("no-luxid.txt"), 1)
    assert 35 < result.seconds < 45
    assert act(1, "gnt-cluster master-ping").exit_code == 1


def test_the_words_of_cancelling_a_job(play: Any, excerpt: Callable[[str], str]) -> None:
    act = play("stuck-job")
    told = act(1, "gnt-job cancel 41")
    assert told.stdout == "Job no longer waiting, can't cancel (informed it anyway)\n"
    assert told.exit_code == 1
    unsure = act(1, "gnt-job cancel --kill 41")
    assert (unsure.stderr, unsure.exit_code) == (excerpt("kill-unconfirmed.txt"), 1)
    killed = act(1, "gnt-job cancel --kill --yes-do-it 41")
    assert (killed.stdout, killed.exit_code) == ("SIGKILL send to the process\n", 0)
    assert act(1, "gnt-job cancel 977").exit_code == 1


def test_ganeti_2_12_cannot_kill(play: Any) -> None:
    result = play("stuck-job.ganeti-2.12")(1, "gnt-job cancel --kill --yes-do-it 41")
    assert result.exit_code == 2
    assert "no such option: --kill" in result.stderr


def test_a_readded_node_is_welcomed_as_it_really_was(
    play: Any, excerpt: Callable[[str], str], shown: Callable[[str], str]
) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    result = act(2, "gnt-node add --readd --no-ssh-key-check hwhost-1.lab.example")
    assert (shown(result.stdout), result.exit_code) == (excerpt("readd-out.txt"), 0)
    real = excerpt("readd-err.txt").replace("hwhost-2", "hwhost-1")
    assert result.stderr == "".join(line for line in real.splitlines(keepends=True) if "Permanently" not in line)


def test_verify_names_what_a_power_cut_leaves_as_it_really_did(
    play: Any, excerpt: Callable[[str], str], shown: Callable[[str], str]
) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    act.wait(300)
    act(2, "gnt-node modify --offline=no --force hwhost-1.lab.example")
    found = set(shown(act.out(2, "gnt-cluster verify --error-codes")).splitlines())
    real = [line for line in excerpt("verify-after-power-cut.txt").splitlines() if "EINSTANCEDOWN" not in line]
    # There all instances ran where they had been before; here they have moved, but the disks are the same ones.
    assert len(real) > 10
    assert set(real) <= found


def test_programs_and_options_that_are_not_there_are_refused(play: Any) -> None:
    act = play("healthy")
    missing = act(1, "frobnicate --now")
    assert (missing.stderr, missing.exit_code) == ("sh: 1: frobnicate: not found\n", 127)
    for command in (
        "gnt-cluster verify --frobnicate",
        "gnt-node modify --frobnicate=yes hwhost-2.lab.example",
        "cat --frobnicate /etc/hosts",
        "grep --frobnicate x /etc/hosts",
        "rm --frobnicate /etc/hosts",
        "gnt-job frobnicate",
        "systemctl frobnicate ganeti",
        "ps aux",
        "ip link set vec0 down",
        "date --set=now",
    ):
        result = act(1, command)
        assert result.exit_code != 0, command
        assert result.stderr or command == "gnt-job frobnicate", command
    assert act.out(1, "cat /etc/hosts")
