"""A lost master, and its return: the way that works, and what each omission leaves."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import FileChange, Host, Once

FAILOVER = "gnt-cluster master-failover --no-voting --yes-do-it"
OLD = "hwhost-1.lab.example"
NEW = "hwhost-2.lab.example"


def test_a_node_without_power_cannot_be_reached_and_that_takes_time(play: Any) -> None:
    act = play("master-failover")
    before = act.world.clock.monotonic()
    with pytest.raises(HostUnreachableError):
        act(1, "true")
    assert act.world.clock.monotonic() - before == pytest.approx(10)
    with pytest.raises(HostUnreachableError):
        act.world.links.to(Host("hwhost-7.lab.example"))


def test_a_failover_done_right(play: Any) -> None:
    act = play("master-failover")
    act.flags(2, on=True)
    assert act(2, FAILOVER).ok
    assert act.out(2, "gnt-cluster getmaster") == f"{NEW}\n"
    assert "/usr/sbin/ganeti-luxid --no-voting --yes-do-it" in act.processes(2)
    assert "10.77.0.100/32" in act.out(2, "ip -o address show")
    restarted = act(2, "systemctl restart ganeti")
    assert restarted.ok
    assert restarted.seconds < 60
    assert act(2, "gnt-cluster master-ping").ok
    marked = act(2, f"gnt-node modify --offline yes {OLD}")
    assert marked.stdout == f"Modified node {OLD}\n - master_candidate -> False\n - offline -> True\n"
    moved = act(2, f"gnt-node failover --force {OLD}")
    assert "All 2 instance(s) failed over successfully." in moved.stdout
    assert act.out(2, "gnt-instance list").count("running") == 4
    assert "All" not in act(2, f"gnt-node failover --force {OLD}").stdout


def test_without_the_flags_in_the_file_a_restart_ends_it(play: Any) -> None:
    act = play("master-failover")
    act(2, FAILOVER)
    restarted = act(2, "systemctl restart ganeti")
    assert restarted.ok
    assert restarted.seconds == pytest.approx(206, abs=5)
    assert act.out(2, "systemctl is-active ganeti") == "active\n"
    running = act.processes(2)
    assert "ganeti-luxid" not in running
    assert "ganeti-wconfd" not in running
    assert "ganeti-rapi" in running


def test_one_flag_alone_does_not_start_a_daemon(play: Any) -> None:
    act = play("master-failover")
    act.edit(2, "/etc/default/ganeti", 'LUXID_ARGS=""', 'LUXID_ARGS="--no-voting"')
    act.edit(2, "/etc/default/ganeti", 'WCONFD_ARGS=""', 'WCONFD_ARGS="--no-voting --yes-do-it"')
    act(2, FAILOVER)
    act(2, "systemctl restart ganeti")
    assert "ganeti-wconfd" in act.processes(2)
    assert "ganeti-luxid" not in act.processes(2)


def test_without_marking_it_offline_the_instances_do_not_move(play: Any) -> None:
    act = play("master-failover")
    act.flags(2, on=True)
    act(2, FAILOVER)
    moved = act(2, f"gnt-node failover --force {OLD}")
    # The exit code is 0 all the same: only the words tell.
    assert moved.ok
    assert "There were errors during the failover:\n2 error(s) out of 2 instance(s)." in moved.stdout
    assert "Disk 0 is degraded on target node, aborting failover" in moved.stderr


def test_a_master_that_still_answers_keeps_its_disks(play: Any) -> None:
    act = play("master-failover.not-fenced")
    assert act(1, "gnt-cluster master-ping").ok
    assert act(2, "ping -n -c 2 -W 2 10.78.0.1").ok
    assert act(2, "ping -n -c 2 -W 2 10.77.0.1").exit_code == 1
    act.flags(2, on=True)
    act(2, FAILOVER)
    assert act.out(1, "gnt-cluster getmaster") != act.out(2, "gnt-cluster getmaster")
    act(2, f"gnt-node modify --offline=yes {OLD}")
    moved = act(2, f"gnt-node failover --force {OLD}")
    assert "Can't activate the instance's disks" in moved.stderr


def test_a_master_that_only_its_peer_hears_is_not_dead(play: Any) -> None:
    act = play("master-failover.cut-off")
    with pytest.raises(HostUnreachableError):
        act(1, "true")
    assert act(2, "ping -n -c 2 -W 2 10.77.0.1").exit_code == 1
    assert act(2, "socat -u OPEN:/dev/null TCP4:10.78.0.1:1811,connect-timeout=3").ok
    assert "cs:Connected ro:Secondary/Primary" in act.out(2, "cat /proc/drbd")
    act.world.on_manual("fence-old-master")
    assert act(2, "socat -u OPEN:/dev/null TCP4:10.78.0.1:1811,connect-timeout=3").exit_code == 1
    assert "cs:Connected" not in act.out(2, "cat /proc/drbd")


def test_confirming_the_fence_turns_it_off(play: Any) -> None:
    act = play("master-failover.not-fenced")
    act.world.on_manual("some-other-step")
    assert act(1, "true").ok
    act.world.on_manual("fence-old-master")
    with pytest.raises(HostUnreachableError):
        act(1, "true")
    assert act(2, "ping -n -c 2 -W 2 10.78.0.1").exit_code == 1
    act.flags(2, on=True)
    act(2, FAILOVER)
    act(2, f"gnt-node modify --offline=yes {OLD}")
    assert "All 2 instance(s)" in act.out(2, f"gnt-node failover --force {OLD}")


def test_a_stale_candidate_brings_the_old_configuration_back(play: Any) -> None:
    act = play("master-failover.stale")
    newest = '"maxmem":64'
    assert newest in act.out(3, "cat /var/lib/ganeti/config.data")
    act(2, FAILOVER)
    assert newest not in act.out(3, "cat /var/lib/ganeti/config.data")


def test_the_newest_candidate_keeps_it(play: Any) -> None:
    act = play("master-failover.stale")
    assert act(3, FAILOVER).ok
    assert '"maxmem":64' in act.out(2, "cat /var/lib/ganeti/config.data")


def test_three_nodes_can_still_vote(play: Any) -> None:
    act = play("master-failover.stale")
    result = act(3, "gnt-cluster master-failover")
    assert result.stderr.startswith("Could not disable the master IP")
    assert act(3, "gnt-cluster master-ping").ok
    act.wait(5)
    assert act(3, "systemctl restart ganeti").seconds < 60
    assert act(3, "gnt-cluster master-ping").ok


def test_back_by_voting_comes_without_luxid_until_a_restart(play: Any) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    act.wait(300)
    act(2, f"gnt-node add --readd --no-ssh-key-check {OLD}")
    back = act(1, "gnt-cluster master-failover")
    assert back.exit_code == 1
    assert "The master IP did not come up within 30 seconds" in back.stderr
    assert "ganeti-wconfd" in act.processes(1)
    assert "ganeti-luxid" not in act.processes(1)
    act(1, "systemctl restart ganeti")
    assert act(1, "gnt-cluster master-ping").ok


def test_the_return_done_right(play: Any) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    act.wait(300)
    assert act.out(1, "gnt-cluster getmaster") == f"{OLD}\n"
    running = act.processes(1)
    assert all(f"ganeti-{name}" in running for name in ("noded", "confd", "rapi", "mond"))
    assert "ganeti-luxid" not in running
    assert act(2, f"gnt-node add --readd --no-ssh-key-check {OLD}").ok
    assert act.out(1, "gnt-cluster getmaster") == f"{NEW}\n"
    assert "not active" in act.out(2, "gnt-cluster verify")
    for number in range(1, 5):
        assert act(2, f"gnt-instance activate-disks inst{number}.lab.example").ok
    assert "SyncTarget" in act.out(1, "cat /proc/drbd")
    act.wait(60)
    assert act.out(1, "cat /proc/drbd").count("ds:UpToDate/UpToDate") == 5
    act.flags(2, on=False)
    assert act(2, "systemctl restart ganeti").seconds < 60
    assert act(2, "gnt-cluster master-ping").ok
    assert "--no-voting" not in act.processes(2)
    assert act(2, "gnt-cluster verify --error-codes").ok


@pytest.mark.parametrize("left_out", ["readd", "disks", "power"])
def test_no_step_of_the_return_may_be_left_out(play: Any, left_out: str) -> None:
    act = play("master-failover-return")
    if left_out != "power":
        act.world.on_manual("power-on-old-master")
        act.wait(300)
    if left_out != "readd":
        act(2, f"gnt-node add --readd --no-ssh-key-check {OLD}")
    if left_out != "disks":
        act(2, "gnt-cluster verify-disks")
    act.wait(60)
    assert not act(2, "gnt-cluster verify --error-codes").ok


def test_the_flags_cannot_go_before_the_old_master_agrees(play: Any) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    act.wait(300)
    act.flags(2, on=False)
    act(2, "systemctl restart ganeti")
    assert not act(2, "gnt-cluster master-ping").ok


def test_readding_forgets_the_nodes_own_parameters(play: Any) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    act(2, f"gnt-node add --readd --no-ssh-key-check --node-parameters=ssh_port=2200 {OLD}")
    assert "hwhost-1.lab.example=2200" in act.out(1, "cat /var/lib/ganeti/ssconf_ssh_ports")
    act(2, f"gnt-node add --readd --no-ssh-key-check {OLD}")
    assert "hwhost-1.lab.example=2222" in act.out(1, "cat /var/lib/ganeti/ssconf_ssh_ports")


def test_the_node_of_the_master_role_cannot_be_marked_offline(play: Any) -> None:
    act = play("healthy")
    result = act(1, f"gnt-node modify --offline yes {OLD}")
    assert result.exit_code == 1
    assert "The master role can be changed only via master-failover" in result.stderr


def test_putting_a_node_online_without_force_is_refused_without_a_word(play: Any) -> None:
    act = play("master-failover-return")
    act.world.on_manual("power-on-old-master")
    act.wait(300)
    silent = act(2, f"gnt-node modify --offline no {OLD}")
    assert (silent.stdout, silent.stderr, silent.exit_code) == ("", "", 1)
    assert "WARNING: Transitioning node from offline" in act.out(2, f"gnt-node modify --offline=no --force {OLD}")


def test_an_edit_is_refused_when_the_file_has_changed(play: Any) -> None:
    act = play("healthy")
    link = act.world.links.to(Host(OLD))
    path = "/etc/default/ganeti"
    refused = link.make(Once("r", "a#1"), FileChange(path, "something else", "new\n", f"{path}.before"), timeout=30)
    assert refused.exit_code == 65
    before = act.out(1, f"cat {path}")
    assert link.make(Once("r", "a#2"), FileChange(path, before, "new\n", f"{path}.before"), timeout=30).ok
    assert act.out(1, f"cat {path}") == "new\n"
    assert act.out(1, f"cat {path}.before") == before


def test_a_command_that_takes_longer_than_its_time_is_lost_but_goes_on(play: Any) -> None:
    act = play("master-failover")
    with pytest.raises(LinkLostError):
        act(2, FAILOVER, timeout=30)
    assert act.out(2, "gnt-cluster getmaster") == f"{NEW}\n"
