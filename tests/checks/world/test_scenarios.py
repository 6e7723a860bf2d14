"""Scenario files: all that ship can be used, and a wrong one says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.world.scenarios import SCENARIOS, load
from engine.errors import HostError, LinkLostError, UsageError
from engine.hosts.host import Host, Result


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_each_begins_afresh_and_at_once(name: str) -> None:
    first, second = SCENARIOS[name](), SCENARIOS[name]()
    assert first.record() == ()
    first.links.to(first.entry).run(["rm", "-r", "/var/lib/ganeti"], timeout=30)
    assert first.record() == ((first.entry.name, ("rm", "-r", "/var/lib/ganeti")),)
    assert second.record() == ()
    assert second.links.to(second.entry).run(["test", "-e", "/var/lib/ganeti/config.data"], timeout=30).ok
    assert first.description
    assert all(isinstance(value, str) for value in first.parameters.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("description: x\nnodes: 1\n", "nodes"),
        ("description: x\nbefore: [explode hwhost-1]\n", "before.0"),
        ("description: x\nmanual: {fence: [power-off somewhere]}\n", "no node of this cluster: somewhere"),
        ("description: x\ncolour: red\n", "colour"),
        ("parameters: {}\n", "description"),
        ("[]\n", "no mapping"),
        ("description: [\n", "while parsing"),
    ],
)
def test_a_wrong_file_says_where_it_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(file)
    assert caught.value.code == "scenario-invalid"
    assert "wrong.yaml" in caught.value.what
    assert expected in caught.value.why


COMMANDS = (
    "gnt-cluster getmaster",
    "gnt-cluster master-failover",
    "gnt-cluster master-failover --no-voting --yes-do-it",
    "gnt-cluster redist-conf",
    "gnt-cluster verify --error-codes",
    "gnt-cluster verify-disks",
    "gnt-cluster master-ping",
    "gnt-cluster watcher pause 1h",
    "gnt-cluster activate-master-ip",
    "gnt-node list",
    "gnt-node modify --offline=yes hwhost-1.lab.example",
    "gnt-node modify --offline=no --force hwhost-2.lab.example",
    "gnt-node modify --drained=yes hwhost-2.lab.example",
    "gnt-node failover --force hwhost-1.lab.example",
    "gnt-node add --readd --no-ssh-key-check hwhost-1.lab.example",
    "gnt-instance list",
    "gnt-instance info --all",
    "gnt-instance activate-disks inst1.lab.example",
    "gnt-instance startup inst1.lab.example",
    "gnt-instance failover --force inst2.lab.example",
    "gnt-job list",
    "gnt-job info 41",
    "gnt-job cancel --kill --yes-do-it 41",
    "gnt-job cancel 42",
    "gnt-debug locks",
    "gnt-debug wconfd cleanuplocks",
    "systemctl stop ganeti",
    "systemctl start ganeti",
    "systemctl restart ganeti",
    "pkill -KILL -f ganeti",
    "pkill -KILL -f jqueue/exec.py",
    "kill -9 884",
    "rm -r /var/lib/ganeti",
    "rm /var/lib/ganeti/config.data",
    "rm /var/lib/ganeti/queue/job-41",
    "mv /var/lib/ganeti/queue /var/lib/ganeti/ssconf_master_node",
    "cp -a /etc/hosts /var/lib/ganeti/config.data",
    "cp -a /etc/hosts /var/lib/ganeti/locks.data",
    "cp -a /etc/hosts /var/lib/ganeti/queue/job-42",
    "cp -a /etc/hosts /var/lib/ganeti/queue/serial",
    "cp -a /etc/hosts /etc/default/ganeti",
    "mkdir -p /var/lib/ganeti/queue/job-42",
    "cat /proc/drbd",
    "ls -la /var/lib/ganeti",
    "grep -r -H -s '' /var/lib/ganeti",
    "ip -o address show",
    "ping -n -c 2 -W 2 10.77.0.1",
)
_ACTS = st.one_of(
    st.tuples(st.integers(1, 3), st.sampled_from(COMMANDS).map(str.split)),
    st.tuples(st.integers(1, 2), st.lists(st.text(max_size=8), max_size=5)),
    st.tuples(st.integers(1, 2), st.tuples(st.sampled_from(COMMANDS), st.text(max_size=8)).map(
        lambda pair: [*pair[0].split(), pair[1]]
    )),
    st.sampled_from(["power-on-old-master", "fence-old-master", "no-such-step"]),
    st.floats(0, 900),
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(SCENARIOS)), acts=st.lists(_ACTS, max_size=12))
def test_nothing_a_person_may_type_breaks_the_world(name: str, acts: list[Any]) -> None:
    world = SCENARIOS[name]()
    for act in acts:
        if isinstance(act, str):
            world.on_manual(act)
        elif isinstance(act, float):
            world.clock.sleep(act)
        else:
            node, argv = act
            try:
                result = world.links.to(Host(f"hwhost-{node}.lab.example")).run(argv, timeout=120)
            except (HostError, LinkLostError):
                continue
            assert isinstance(result, Result)
            assert isinstance(result.exit_code, int)


def test_the_same_commands_give_the_same_world() -> None:
    def play() -> list[tuple[str, str, int]]:
        world = SCENARIOS["master-failover"]()
        link = world.links.to(world.entry)
        results = [link.run(command.split(), timeout=900) for command in COMMANDS[:20]]
        return [(result.stdout, result.stderr, result.exit_code) for result in results]

    assert play() == play()
