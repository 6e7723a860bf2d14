"""Each way out of a stuck job works, and leaving a step out leaves it stuck."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import LinkLostError

MIGRATE = "INSTANCE_MIGRATE(inst1.lab.example)"
KILL = "pkill -KILL -f 'jqueue/exec.py 41$'"
FILE = "/var/lib/ganeti/queue/job-41"


def test_a_killed_job_ends_in_error_and_frees_its_locks(play: Any) -> None:
    act = play("stuck-job")
    assert "41 running " + MIGRATE in act.out(1, "gnt-job list --running")
    assert "exclusive:42" in act.locks()
    act(1, "gnt-job cancel --kill --yes-do-it 41")
    act.wait(3)
    assert act.status(1, 41) == "error"
    assert " 41" not in act.locks()
    act.wait(10)
    assert act.status(1, 42) == "success"
    assert act.locks() == "Name Mode Owner Pending\n"
    assert act(1, "gnt-cluster verify").ok


def test_the_end_of_a_job_reaches_the_candidates(play: Any) -> None:
    act = play("stuck-job")
    act(1, "gnt-job cancel --kill --yes-do-it 41")
    act.wait(3)
    assert act.out(1, f"sha256sum {FILE}") == act.out(2, f"sha256sum {FILE}")
    assert '"status":"error"' in act.out(2, f"cat {FILE}")


def test_what_needs_the_locks_hangs_behind_the_job(play: Any) -> None:
    act = play("stuck-job")
    before = act.world.clock.monotonic()
    with pytest.raises(LinkLostError):
        act(1, "gnt-instance info inst1.lab.example", timeout=120)
    assert act.world.clock.monotonic() - before == pytest.approx(120)
    assert "waiting INSTANCE_QUERY_DATA" in act.out(1, "gnt-job list")
    # Without locks it answers.
    assert "configured to be up\n" in act.out(1, "gnt-instance info -s inst1.lab.example")


def test_sigterm_does_nothing_to_a_job(play: Any) -> None:
    act = play("stuck-job")
    assert act(1, "pkill -TERM -f 'jqueue/exec.py 41$'").ok
    act.wait(120)
    assert "jqueue/exec.py 41" in act.processes(1)
    assert act.status(1, 41) == "running"


def test_removing_the_file_as_the_wiki_does_makes_it_worse(play: Any) -> None:
    act = play("stuck-job")
    act(1, "systemctl stop ganeti")
    assert "jqueue/exec.py 41" in act.processes(1)
    assert "/usr/sbin/ganeti-luxid" not in act.processes(1)
    act(1, f"rm {FILE}")
    act(1, "systemctl start ganeti")
    act.wait(600)
    assert MIGRATE not in act.out(1, "gnt-job list")
    assert "exclusive 41" in act.locks()
    assert act.status(1, 42) == "waiting"


def test_an_orphan_is_only_ended_by_its_process(play: Any) -> None:
    act = play("stuck-job.orphan")
    act.wait(60)
    refused = act(1, "gnt-job cancel --kill --yes-do-it 41")
    assert (refused.stdout, refused.exit_code) == ("Can't load job file\n", 1)
    assert act(1, "gnt-debug wconfd cleanuplocks").ok
    assert "exclusive 41" in act.locks()
    assert act(1, KILL).ok
    assert act(1, KILL).exit_code == 1
    assert "exclusive 41" in act.locks()
    act.wait(30)
    assert act.status(1, 42) == "success"
    assert "41" not in act.locks()


def test_the_old_release_is_helped_by_killing_the_process(play: Any) -> None:
    act = play("stuck-job.ganeti-2.12")
    assert act(1, KILL).ok
    act.wait(30)
    assert act.status(1, 41) == "error"
    assert act.status(1, 42) == "success"


def test_where_luxid_hangs_the_files_have_to_go(play: Any) -> None:
    act = play("stuck-job.kill-refused")
    assert act(1, "gnt-job cancel --kill --yes-do-it 41").exit_code == 1
    assert act(1, KILL).ok
    act.wait(60)
    act(1, "systemctl stop ganeti")
    for node in (1, 2):
        assert act(node, f"mv --no-clobber -- {FILE} /var/backups/job-41").ok
    act(1, "systemctl start ganeti")
    assert act(1, "gnt-debug wconfd cleanuplocks").stdout == "Stale locks cleaned up.\n"
    act.wait(10)
    assert act.status(1, 42) == "success"
    assert act.status(1, 41) == ""
    assert act.locks() == "Name Mode Owner Pending\n"


@pytest.mark.parametrize("left_out", ["kill", "stop", "move"])
def test_where_luxid_hangs_no_step_may_be_left_out(play: Any, left_out: str) -> None:
    act = play("stuck-job.kill-refused")
    if left_out != "kill":
        act(1, KILL)
    if left_out != "stop":
        act(1, "systemctl stop ganeti")
    if left_out != "move":
        act(1, f"mv -n -- {FILE} /var/backups/job-41")
    act(1, "systemctl start ganeti")
    act(1, "gnt-debug wconfd cleanuplocks")
    act.wait(600)
    healed = act(1, "gnt-job list").ok and act.locks() == "Name Mode Owner Pending\n"
    assert not healed


def test_a_file_left_on_a_candidate_comes_back_with_the_next_failover(play: Any) -> None:
    act = play("stuck-job.kill-refused")
    act(1, KILL)
    act(1, "systemctl stop ganeti")
    act(1, f"mv -n -- {FILE} /var/backups/job-41")
    act(1, "systemctl start ganeti")
    act.wait(60)
    assert act(1, "gnt-job list").ok
    act(2, "gnt-cluster master-failover --no-voting --yes-do-it")
    assert not act(2, "gnt-job list").ok


def test_mv_never_overwrites_with_n(play: Any) -> None:
    act = play("healthy")
    assert act(1, "mv -n -- /etc/hosts /etc/default/ganeti").ok
    assert act(1, "test -e /etc/hosts").ok
    assert "WCONFD_ARGS" in act.out(1, "cat /etc/default/ganeti")
