"""Hosts that cannot be used, each in its own way, and by a real sshd: refused in words, before anything is changed."""

import re
import shlex
import socket
from collections.abc import Iterator

import pytest

from tests.engine.cli.nodes import Nodes
from tests.engine.cli.program import GNT_RUNBOOK, Ended, Program
from tests.sshd import Sshd, fingerprint, make_key
from tests.terminal import TerminalSession

PAUSED = """#!/bin/sh
case "$*" in *watcher.pause*) echo 4102444800 ;; *) exec /bin/cat "$@" ;; esac
"""

DRY = ("run", "stuck-job", "job=14", "--dry-run")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with Sshd(tmp_path_factory.mktemp("nodes")) as sshd:
        some = Nodes(sshd)
        some.node("paused.example", "three")
        some.program("paused.example/cat", PAUSED)
        some.node("node1.example", "one")
        some.node("node2.example", "two")
        some.node("bare.example", None)
        some.node("user.example", "one", uid=1000)
        yield some


def ask(program: Program, config: str, *hosts: str) -> Ended:
    program.write("ssh_config", config)
    program.env.setdefault("GNT_RUNBOOK_CONNECT_TIMEOUT", "20")
    options = [word for host in hosts for word in ("--host", host)]
    ended = program(*DRY, "--ssh-config", "ssh_config", *options)
    assert program.journals == []
    return ended


def test_without_any_host_it_says_how_to_name_one(program: Program) -> None:
    program(*DRY).refused("no-host", 2, "--host NODE")
    program.env["GNT_RUNBOOK_HOSTS"] = ",,"
    program(*DRY).refused("no-host", 2, "--host NODE")


def test_a_name_that_does_not_resolve(program: Program) -> None:
    ask(program, "", "nowhere.invalid").refused("host-unresolved", 3, "/etc/hosts")


def test_a_name_that_is_none(program: Program) -> None:
    ask(program, "", "-oProxyCommand=reboot").refused("host-name-invalid", 2)


def test_an_ssh_config_that_is_none(program: Program) -> None:
    program.env["GNT_RUNBOOK_SSH_CONFIG"] = "/nonexistent/config"
    ended = program(*DRY, "--host", "node1.example")
    assert ended.code == 2
    assert "/nonexistent/config" in ended.err
    assert ended.rows["Changed"]
    assert ended.rows["Next"]


def test_a_port_where_nobody_listens(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = f"Host node1.example\n  HostName 127.0.0.1\n  Port {taken.getsockname()[1]}\n"
        ask(program, config, "node1.example").refused("host-unreachable", 3, "refused")


def test_a_host_that_takes_the_connection_and_says_nothing(program: Program) -> None:
    program.env["GNT_RUNBOOK_CONNECT_TIMEOUT"] = "0.5"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = f"Host node1.example\n  HostName 127.0.0.1\n  Port {silent.getsockname()[1]}\n"
        ask(program, config, "node1.example").refused("host-silent", 3, "connect_timeout")


def test_a_host_key_nobody_knows(program: Program, nodes: Nodes) -> None:
    config = nodes.block("node1.example").replace(str(nodes.sshd.known_hosts), "/dev/null")
    ask(program, config, "node1.example").refused("host-key-unknown", 5, nodes.sshd.fingerprint)


def test_a_host_key_that_is_another_one_shows_both_fingerprints(program: Program, nodes: Nodes) -> None:
    other = make_key(program.folder / "other").with_suffix(".pub")
    known = program.write("known_hosts", f"[127.0.0.1]:{nodes.sshd.port} {other.read_text()}")
    config = nodes.block("node1.example").replace(str(nodes.sshd.known_hosts), str(known))
    told = ask(program, config, "node1.example")
    told.refused("host-key-changed", 5, nodes.sshd.fingerprint, fingerprint(other), f"replace line 1 of {known}")


def test_a_key_that_is_not_let_in(program: Program, nodes: Nodes) -> None:
    stranger = make_key(program.folder / "stranger")
    config = nodes.sshd.block("node1.example").replace(str(nodes.sshd.key), str(stranger))
    ask(program, config, "node1.example").refused("login-refused", 3, "authorized_keys")


def test_a_host_that_calls_itself_otherwise(program: Program, nodes: Nodes) -> None:
    told = ask(program, nodes.block("node1.example", "node2.example"), "node1.example")
    told.refused("host-identity", 5, "node2.example", "expected 'node1.example'")


def test_a_host_where_sudo_refuses(program: Program, nodes: Nodes) -> None:
    told = ask(program, nodes.block("user.example"), "user.example")
    told.refused("sudo-refused", 5, "sudo: a password is required")


def test_a_host_that_is_no_node(program: Program, nodes: Nodes) -> None:
    ask(program, nodes.block("bare.example"), "bare.example").refused("not-a-node", 3, "no ssconf files")


def test_hosts_of_two_clusters(program: Program, nodes: Nodes) -> None:
    config = nodes.block("node1.example") + nodes.block("node2.example")
    told = ask(program, config, "node1.example", "node2.example")
    told.refused("two-clusters", 3, "node1.example to one, node2.example to two")


def test_a_host_that_was_declared_dead_is_not_tried(program: Program, nodes: Nodes) -> None:
    config = nodes.block("node1.example")
    before = nodes.sshd.logins
    told = program(
        *DRY, "--ssh-config", str(program.write("ssh_config", config)), "-H", "node1.example", "--dead", "node1"
    )
    told.refused("host-declared-dead", 3, "Leave --dead node1.example out")
    assert nodes.sshd.logins == before


def test_a_dead_host_that_is_none_of_the_cluster_is_refused(program: Program, nodes: Nodes) -> None:
    program.write("ssh_config", nodes.block("node1.example"))
    told = program(*DRY, "-F", "ssh_config", "--host", "node1.example", "--dead", "noed1.example.org")
    told.refused("dead-unknown", 2, "did you mean 'node1.example'?")


def test_what_a_diagnosis_says_is_to_be_typed_reaches_the_same_hosts(program: Program, nodes: Nodes) -> None:
    program.write("my config", nodes.block("paused.example"))
    options = ("--host", "nowhere.invalid", "--host", "paused.example", "--ssh-config", "my config")
    told = program("diagnose", *options)
    commands = re.findall(r"\$ (gnt-runbook run .*)", told.out)
    assert commands, told.out + told.err
    for one in commands:
        assert tuple(shlex.split(one)[-len(options) :]) == options
    # As it stands, in the same place, it finds its cluster.
    _program, *words = shlex.split(commands[0])
    again = program(*words, "--dry-run")
    assert "gnt-cluster watcher continue" in again.out, again.err


def test_what_will_be_done_is_said_before_anything_is_asked(program: Program, nodes: Nodes) -> None:
    program.write("ssh_config", nodes.block("node1.example"))
    options = ["--host", "node1.example", "-F", "ssh_config"]
    argv = [*GNT_RUNBOOK, "run", "master-failover", "new_master=node1.example", *options]
    with TerminalSession(argv, program.environment, cwd=str(program.folder)) as session:
        session.expect("The master is dead; make another node the master without a vote")
        session.expect("If the old master still runs")
        session.expect("Why is it run?")
        session.type("no")
        session.expect("no reason")
        session.press(b"\x03")
        session.expect("ERROR interrupted")
        assert session.end() == 1


def test_the_first_host_that_answers_is_enough(program: Program, nodes: Nodes) -> None:
    """With it the cluster is found, and the facts are read from it: its master runs no daemons of a master."""
    config = nodes.block("node1.example")
    told = ask(program, config, "nowhere.invalid", "node1.example")
    assert told.code == 0, told.err
    assert "the master's daemons do not run on node1.example" in " ".join(told.out.split())
    assert "nothing was changed" in told.out
