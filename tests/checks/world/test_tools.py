"""The plain tools, where their exact answer matters."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from checks.world.simclock import SimulatedClock


def test_grep_walks_as_the_survey_asks_it_to(play: Any) -> None:
    act = play("healthy")
    text = act.out(2, "grep -r -H -s '' /var/lib/ganeti --include=ssconf_* --exclude-dir=queue --exclude-dir=rapi")
    lines = text.splitlines()
    assert "/var/lib/ganeti/ssconf_master_node:hwhost-1.lab.example" in lines
    assert all(line.startswith("/var/lib/ganeti/ssconf_") for line in lines)
    assert not any("ssconf_cluster_tags" in line for line in lines)


def test_grep_leaves_the_archive_out(play: Any) -> None:
    act = play("healthy")
    act(1, "mv /var/lib/ganeti/queue/job-3 /var/lib/ganeti/queue/archive/job-3")
    text = act.out(1, "grep -r -H -s '' /var/lib/ganeti/queue --include=job-* --exclude-dir=archive")
    names = {line.split(":", 1)[0].rsplit("/", 1)[1] for line in text.splitlines()}
    assert names == {f"job-{number}" for number in range(1, 19)} - {"job-3"}


def test_grep_prints_only_what_matches(play: Any) -> None:
    text = play("healthy").out(1, "grep -o -E '^[0-9a-f-]{36}' /var/lib/ganeti/ganeti_pub_keys")
    assert [len(line) for line in text.splitlines()] == [36, 36]


def test_a_name_is_looked_up_as_programs_do(play: Any) -> None:
    text = play("healthy").out(1, "getent ahosts hwhost-2.lab.example")
    assert text.splitlines()[0] == "10.77.0.2       STREAM hwhost-2.lab.example"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("getent ahosts nowhere.example", 2),
        ("grep hwhost-1 /etc/hosts", 0),
        ("grep nowhere /etc/hosts", 1),
        ("grep x /etc/nothing", 2),
        ("grep -s x /etc/nothing", 2),
        ("grep '[' /etc/hosts", 2),
        ("test -e /etc/hosts", 0),
        ("test -d /etc/hosts", 1),
        ("test -f /var/lib/ganeti", 1),
        ("test -d /var/lib/ganeti", 0),
        ("test '!' -e /etc/nothing", 0),
        ("cat /etc/nothing", 1),
        ("ls /etc/nothing", 2),
        ("ls /var/lib/ganeti", 0),
        ("stat /etc/nothing", 1),
        ("kill -0 884", 0),
        ("kill -9 99999", 1),
        ("systemctl is-active ganeti", 0),
        ("systemctl restart nothing", 5),
        ("mkdir /var/lib/ganeti", 1),
        ("mkdir /a/b/c", 1),
        ("rm /var/lib/ganeti", 1),
        ("rm -f /etc/nothing", 0),
        ("socat -u OPEN:/dev/null TCP4:10.77.0.2:1811,connect-timeout=3", 0),
        ("socat -u OPEN:/dev/null TCP4:10.77.0.2:99,connect-timeout=3", 1),
        ("socat -u OPEN:/dev/null TCP4:10.77.0.9:1811,connect-timeout=3", 1),
    ],
)
def test_exit_codes(play: Any, command: str, code: int) -> None:
    assert play("healthy")(1, command).exit_code == code


def test_files_keep_their_owner_when_they_move(play: Any) -> None:
    act = play("healthy")
    path = "/var/lib/ganeti/queue/job-1"
    before = act.out(1, f"stat -c '%U %G %a' {path}")
    act(1, f"cp -a {path} /root/kept")
    act(1, f"mv -n -- {path} /root/moved")
    assert before == "gnt-masterd gnt-daemons 640\n"
    assert act.out(1, "stat -c '%U %G %a' /root/kept") == before
    assert act.out(1, "stat -c '%U %G %a' /root/moved") == before
    assert act(1, f"test -e {path}").exit_code == 1


def test_sha256sum_is_the_real_sum(play: Any) -> None:
    act = play("healthy")
    text = act.out(1, "cat /etc/hosts")
    assert act.out(1, "sha256sum /etc/hosts") == f"{hashlib.sha256(text.encode()).hexdigest()}  /etc/hosts\n"


def test_time_passes_only_when_it_is_spent(play: Any) -> None:
    act = play("healthy")
    first = int(act.out(1, "date +%s"))
    act.wait(100)
    assert int(act.out(2, "date +%s")) in (first + 100, first + 101)


def test_the_clock_lets_things_happen_in_their_order() -> None:
    clock = SimulatedClock()
    seen: list[tuple[str, float]] = []
    clock.after(20, lambda: seen.append(("late", clock.monotonic())))
    clock.after(5, lambda: clock.after(1, lambda: seen.append(("early", clock.monotonic()))))
    clock.sleep(4)
    assert seen == []
    clock.sleep(100)
    assert seen == [("early", 6.0), ("late", 20.0)]
    assert clock.monotonic() == 104


def test_commands_are_noted_as_ganeti_does(play: Any) -> None:
    act = play("healthy")
    act(1, "gnt-job list --running")
    assert "gnt-job list pid=" in act.out(1, "cat /var/log/ganeti/commands.log").splitlines()[-1]


def test_jobs_are_given_rising_numbers_and_files_on_every_candidate(play: Any) -> None:
    act = play("healthy")
    act(1, "gnt-cluster verify-disks")
    assert act(2, "test -f /var/lib/ganeti/queue/job-19").ok
    assert act.out(1, "cat /var/lib/ganeti/queue/serial") == "19\n"


def test_a_person_learns_of_a_split_brain_only_as_a_warning(play: Any) -> None:
    act = play("stuck-job")
    act(1, "gnt-job cancel --kill --yes-do-it 41")
    act.wait(60)
    result = act(1, "gnt-cluster verify --error-codes")
    assert result.ok
    assert "WARNING:EINSTANCEFAULTYDISK:instance:inst1.lab.example:disk/0 on" in result.stdout


def test_what_is_logged_is_kept_with_its_tag_and_level(play: Any) -> None:
    act = play("healthy")
    assert act(2, "logger -t gnt-runbook -p auth.notice -- 'run=r line=1'").ok
    logged = [machine.logged for machine in act.world.links._cluster.machines.values()]
    assert logged == [[], [("auth.notice", "gnt-runbook", "run=r line=1")]]
    assert act(2, "logger --no-such-option x").exit_code == 1
