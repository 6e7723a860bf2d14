"""Logging in to a real sshd: its key, our key, the way there."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import paramiko
import pytest

from engine.errors import HostKeyError, HostUnreachableError, UsageError
from engine.hosts import sockets
from engine.hosts.host import Host
from engine.hosts.ssh_login import dial
from tests.sshd import NODE, Sshd, fingerprint, make_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.hosts.ssh_login import Dialled
    from engine.hosts.ssh_settings import TransportSettings


def lets_in(host: Host, settings: TransportSettings) -> bool:
    dialled = dial(host, settings)
    try:
        return bool(dialled.connection.transport.is_authenticated())
    finally:
        dialled.close()


@pytest.fixture
def dialled(sshd: Sshd) -> Iterator[Dialled]:
    one = dial(sshd.host(), sshd.settings())
    yield one
    one.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Sshd]:
    """A second server."""
    folder = tmp_path / "other"
    folder.mkdir()
    with Sshd(folder) as server:
        yield server


def known(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def config(sshd: Sshd, known_hosts: object, *more: str) -> str:
    lines = (f"HostName 127.0.0.1\nPort {sshd.port}\nUserKnownHostsFile {known_hosts}", *more)
    return "\n".join((*lines, f"GlobalKnownHostsFile none\nIdentityFile {sshd.key}\nIdentitiesOnly yes\n"))


def test_small_packets_are_not_delayed_and_a_dead_peer_is_noticed(dialled: Dialled) -> None:
    sock = dialled.connection.transport.sock
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 45_000


def test_signs_of_life_are_sent(dialled: Dialled) -> None:
    assert dialled.connection.transport.packetizer._Packetizer__keepalive_interval == 15


def test_closing_leaves_no_thread_and_no_socket(sshd: Sshd) -> None:
    before = set(threading.enumerate())
    one = dial(sshd.host(), sshd.settings())
    transport = one.connection.transport
    one.close()
    assert not transport.is_alive()
    assert transport.sock.fileno() == -1
    assert sshd.wait_for(lambda: not set(threading.enumerate()) - before)
    one.close()


def test_an_unknown_key_is_refused_and_nothing_is_learnt(sshd: Sshd, tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    logins = sshd.logins
    with pytest.raises(HostKeyError) as caught:
        dial(sshd.host(), sshd.settings(config=config(sshd, path, "StrictHostKeyChecking no")))
    assert caught.value.code == "host-key-unknown"
    assert f"ssh-ed25519 {sshd.fingerprint}" in caught.value.what
    assert f"[{NODE.lower()}]:{sshd.port}" in caught.value.why
    assert f"[127.0.0.1]:{sshd.port}" in caught.value.why
    assert str(path) in caught.value.why
    assert not path.exists()
    assert sshd.logins == logins


def test_a_changed_key_is_refused_and_both_fingerprints_are_said(sshd: Sshd, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "stranger").with_suffix(".pub")
    words = " ".join(stranger.read_text().split()[:2])
    path = known(tmp_path / "known_hosts", "# comment", f"[{NODE}]:{sshd.port} {words}")
    with pytest.raises(HostKeyError) as caught:
        dial(sshd.host(), sshd.settings(config=config(sshd, path)))
    assert caught.value.code == "host-key-changed"
    assert f"{fingerprint(stranger)} in {path} line 2" in caught.value.why
    assert sshd.fingerprint in caught.value.why


def test_a_revoked_key_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    line = f"[{NODE}]:{sshd.port} {sshd.public_key}"
    path = known(tmp_path / "known_hosts", line, f"@revoked {line}")
    with pytest.raises(HostKeyError) as caught:
        dial(sshd.host(), sshd.settings(config=config(sshd, path)))
    assert caught.value.code == "host-key-revoked"


def test_hashed_names_are_known(sshd: Sshd, tmp_path: Path) -> None:
    path = known(tmp_path / "known_hosts", f"[{NODE}]:{sshd.port} {sshd.public_key}")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    assert f"[{NODE}]" not in path.read_text()
    assert lets_in(sshd.host(), sshd.settings(config=config(sshd, path)))


@pytest.mark.parametrize("name", ["[127.0.0.1]:{port}", "127.0.0.1", "[{node}]:{port}", "{node}", "*"])
def test_a_key_may_be_known_by_name_or_address_with_or_without_port(sshd: Sshd, tmp_path: Path, name: str) -> None:
    name = name.format(port=sshd.port, node=NODE)
    path = known(tmp_path / "known_hosts", f"{name} {sshd.public_key}")
    assert lets_in(sshd.host(), sshd.settings(config=config(sshd, path)))


def test_with_an_alias_the_key_is_known_by_that_alone(sshd: Sshd, tmp_path: Path) -> None:
    path = known(tmp_path / "known_hosts", f"cluster.example.com {sshd.public_key}")
    text = config(sshd, path, "HostKeyAlias cluster.example.com")
    assert lets_in(sshd.host(), sshd.settings(config=text))
    known(path, f"[{NODE}]:{sshd.port},{NODE},127.0.0.1 {sshd.public_key}")
    with pytest.raises(HostKeyError):
        dial(sshd.host(), sshd.settings(config=text))


def test_a_file_of_our_settings_is_searched_too(sshd: Sshd, tmp_path: Path) -> None:
    path = known(tmp_path / "ours", f"{NODE} {sshd.public_key}")
    assert lets_in(sshd.host(), sshd.settings(config=config(sshd, "none"), known_hosts=(path,)))


def test_of_several_host_keys_the_server_is_asked_for_the_one_we_know(tmp_path: Path) -> None:
    second = make_key(tmp_path / "ecdsa", "ecdsa")
    with Sshd(tmp_path, options=(f"HostKey {second}",)) as sshd:
        for key in (sshd.host_key, second):
            words = " ".join(key.with_suffix(".pub").read_text().split()[:2])
            path = known(tmp_path / "one", f"{NODE} {words}")
            assert lets_in(sshd.host(), sshd.settings(config=config(sshd, path)))


def test_an_rsa_host_key_is_known(tmp_path: Path) -> None:
    with Sshd(tmp_path, kind="rsa") as sshd:
        assert lets_in(sshd.host(), sshd.settings())


def test_a_library_that_asks_nobody_about_the_key_opens_no_door(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    set_policy = paramiko.SSHClient.set_missing_host_key_policy
    monkeypatch.setattr(
        paramiko.SSHClient,
        "set_missing_host_key_policy",
        lambda client, _: set_policy(client, paramiko.AutoAddPolicy()),
    )
    with pytest.raises(HostKeyError, match="was not checked"):
        dial(sshd.host(), sshd.settings())


def test_our_port_comes_before_that_of_ssh_config_and_that_before_the_clusters(sshd: Sshd) -> None:
    right, wrong = sshd.port, 1
    plain = sshd.block().replace(f"  Port {right}\n", "")
    of = {"config": plain.replace("HostName", f"Port {wrong}\n  HostName")}
    assert lets_in(sshd.host(port=wrong), sshd.settings(port=right, **of))
    assert lets_in(sshd.host(port=wrong), sshd.settings())
    assert lets_in(sshd.host(port=right), sshd.settings(config=plain))
    with pytest.raises(HostUnreachableError):
        dial(sshd.host(port=right), sshd.settings(**of))


def test_a_key_of_our_settings_opens_too(sshd: Sshd) -> None:
    text = sshd.block().replace(f"  IdentityFile {sshd.key}\n", "  IdentityFile /no/such/key\n")
    assert lets_in(sshd.host(), sshd.settings(config=text, identity_files=(sshd.key,)))


def test_a_login_that_is_refused_says_for_whom(sshd: Sshd, tmp_path: Path) -> None:
    text = sshd.block().replace(str(sshd.key), str(make_key(tmp_path / "stranger")))
    with pytest.raises(HostUnreachableError) as caught:
        dial(sshd.host(), sshd.settings(config=text, user="somebody"))
    assert caught.value.code == "login-refused"
    assert "does not let somebody in" in caught.value.what


@pytest.mark.parametrize("content", [None, "not a key", ""])
def test_a_key_that_cannot_be_used_is_no_crash(sshd: Sshd, tmp_path: Path, content: str | None) -> None:
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)
    with pytest.raises(HostUnreachableError) as caught:
        dial(sshd.host(), sshd.settings(config=sshd.block().replace(str(sshd.key), str(key))))
    assert caught.value.code == "login-refused"


def test_a_key_with_a_passphrase_is_used_through_the_agent(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_bytes(sshd.key.read_bytes())
    key.chmod(0o600)
    key.with_suffix(".pub").write_bytes(sshd.key.with_suffix(".pub").read_bytes())
    address = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", address], stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None
        agent.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(address))
        strangers = [make_key(tmp_path / f"stranger{number}") for number in range(7)]
        subprocess.run(["ssh-add", "-q", *strangers, key], check=True)
        subprocess.run(["ssh-keygen", "-q", "-p", "-N", "secret", "-f", key], check=True, capture_output=True)
        text = sshd.block().replace(str(sshd.key), str(key))
        # More keys are in the agent than sshd lets us try: the named one has to come first.
        assert lets_in(sshd.host(), sshd.settings(config=text))
        assert lets_in(sshd.host(), sshd.settings(config=text.replace("IdentitiesOnly yes", "")))
    finally:
        agent.terminate()
        agent.communicate()
    monkeypatch.delenv("SSH_AUTH_SOCK")
    with pytest.raises(HostUnreachableError) as caught:
        dial(sshd.host(), sshd.settings(config=text))
    assert caught.value.code == "login-refused"
    assert "ssh-add" in caught.value.hint


def test_a_name_that_does_not_resolve_is_tried_by_its_addresses_in_order(sshd: Sshd) -> None:
    host = Host("gone.invalid", addresses=("127.0.0.2", "127.0.0.1"), port=sshd.port)
    known_as = f"[127.0.0.1]:{sshd.port}"
    assert known_as in sshd.known_hosts.read_text()
    text = sshd.block("gone.invalid").replace("  HostName 127.0.0.1\n", "")
    assert lets_in(host, sshd.settings(config=text))


def test_a_name_that_does_not_resolve_and_has_no_address_is_told(sshd: Sshd) -> None:
    with pytest.raises(HostUnreachableError) as caught:
        dial(Host("gone.invalid"), sshd.settings())
    assert caught.value.code == "host-unresolved"


def test_a_resolver_that_hangs_does_not_hold_us(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve, release = socket.getaddrinfo, threading.Event()

    def slow(name: str, *args: object, **more: object) -> object:
        if name == "slow.invalid":
            release.wait()
        return resolve(name, *args, **more)

    monkeypatch.setattr(sockets.socket, "getaddrinfo", slow)
    text = sshd.block("slow.invalid").replace("  HostName 127.0.0.1\n", "")
    host = Host("slow.invalid", addresses=("127.0.0.1",))
    try:
        assert lets_in(host, sshd.settings(config=text, connect_timeout=1))
    finally:
        release.set()


def test_a_port_where_nothing_listens_is_told_at_once(sshd: Sshd) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(HostUnreachableError) as caught:
            dial(sshd.host(), sshd.settings(port=unused.getsockname()[1]))
    assert "Connection refused" in caught.value.why


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-x\r\n", b"Hello\r\n"])
def test_a_host_that_says_nothing_more_costs_no_more_than_the_time_allowed(sshd: Sshd, words: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=_greet, args=(silent, words), daemon=True).start()
        start = time.monotonic()
        with pytest.raises(HostUnreachableError) as caught:
            dial(sshd.host(), sshd.settings(port=silent.getsockname()[1], connect_timeout=0.5))
        assert time.monotonic() - start < 2
    assert caught.value.code == "host-silent"


def _greet(server: socket.socket, words: bytes) -> None:
    client, _ = server.accept()
    with client:
        client.sendall(words)
        while client.recv(4096):
            pass


def test_something_that_is_no_sshd_is_told(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            server.accept()[0].close()

        threading.Thread(target=refuse, daemon=True).start()
        with pytest.raises(HostUnreachableError) as caught:
            dial(sshd.host(), sshd.settings(port=server.getsockname()[1]))
    assert caught.value.code == "host-unreachable"


def test_a_jump_host_leads_to_a_host_that_cannot_be_reached_directly(sshd: Sshd, other: Sshd) -> None:
    jump = other.block("jump")
    before = other.logins
    assert lets_in(sshd.host(), sshd.settings(config=jump + sshd.block(NODE, "ProxyJump jump")))
    assert other.logins == before + 1


def test_jumps_are_made_in_the_order_they_are_written(sshd: Sshd, other: Sshd, tmp_path: Path) -> None:
    with Sshd(_folder(tmp_path, "third")) as third:
        blocks = other.block("one") + third.block("two")
        text = blocks + sshd.block(NODE, "ProxyJump one,two")
        assert lets_in(sshd.host(), sshd.settings(config=text))
        # Only the first is gone to directly; the last is where the connection to the host comes from.
        other.stop()
        with pytest.raises(HostUnreachableError, match=r"one cannot be reached"):
            dial(sshd.host(), sshd.settings(config=text))


def _folder(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def test_a_jump_host_that_is_its_own_by_a_pattern_is_reached_directly(sshd: Sshd, other: Sshd) -> None:
    text = other.block("jump") + sshd.block() + "Host *\n  ProxyJump jump\n"
    assert lets_in(sshd.host(), sshd.settings(config=text))


def test_our_user_and_port_are_not_for_the_jump_host(sshd: Sshd, other: Sshd) -> None:
    text = other.block("jump") + sshd.block(NODE, "ProxyJump jump").replace(f"Port {sshd.port}", "Port 1")
    assert lets_in(sshd.host(), sshd.settings(config=text, port=sshd.port))


def test_the_key_of_a_jump_host_is_checked_as_well(sshd: Sshd, other: Sshd, tmp_path: Path) -> None:
    jump = other.block("jump").replace(str(other.known_hosts), str(tmp_path / "none"))
    with pytest.raises(HostKeyError) as caught:
        dial(sshd.host(), sshd.settings(config=jump + sshd.block(NODE, "ProxyJump jump")))
    assert "jump" in caught.value.what
    assert other.fingerprint in caught.value.what


def test_a_host_that_the_jump_host_cannot_reach_is_told(sshd: Sshd, other: Sshd) -> None:
    text = other.block("jump") + sshd.block(NODE, "ProxyJump jump").replace(f"Port {sshd.port}", "Port 1")
    with pytest.raises(HostUnreachableError) as caught:
        dial(sshd.host(), sshd.settings(config=text))
    assert "through" in caught.value.what


def test_a_proxy_command_leads_there(sshd: Sshd, tmp_path: Path) -> None:
    script = tmp_path / "proxy.py"
    script.write_text(PROXY)
    text = sshd.block(NODE, f"ProxyCommand python3 {script} %h %p")
    assert lets_in(sshd.host(), sshd.settings(config=text))


@pytest.mark.parametrize("command", ["exit 1", "/no/such/program", "sleep 60"])
def test_a_proxy_command_that_leads_nowhere_is_told_in_time(sshd: Sshd, command: str) -> None:
    with pytest.raises(HostUnreachableError):
        dial(sshd.host(), sshd.settings(config=sshd.block(NODE, f"ProxyCommand {command}"), connect_timeout=0.5))


def test_an_ssh_config_that_cannot_be_read_is_told(sshd: Sshd) -> None:
    with pytest.raises(UsageError):
        dial(sshd.host(), sshd.settings(config="Port many\n"))


PROXY = """
import os, select, socket, sys
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    for ready in select.select([0, peer], [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else peer.recv(65536)
        if not data:
            sys.exit()
        peer.sendall(data) if ready == 0 else os.write(1, data)
"""
