from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from engine.errors import HostIdentityError, HostKeyError, HostUnreachableError, SudoRefusedError
from engine.hosts import pool
from engine.hosts.host import Host
from engine.hosts.local import LocalLink
from engine.hosts.pool import ConnectedLinks
from engine.hosts.ssh_settings import SEARCH_PATH, TransportSettings
from tests.sshd import NODE, Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)


@pytest.fixture
def open_links() -> Iterator[Callable[..., ConnectedLinks]]:
    opened = []

    def build(settings: TransportSettings, *args: object, **more: object) -> ConnectedLinks:
        opened.append(ConnectedLinks(settings, *args, **more))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


@pytest.fixture
def other_programs(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """A search path on which some programs are others."""

    def build(**programs: str) -> tuple[str, ...]:
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        return (str(tmp_path), *SEARCH_PATH)

    return build


Build = "Callable[..., ConnectedLinks]"


def test_a_host_has_one_link_however_many_ask_for_it_at_once(sshd: Sshd, open_links: Build) -> None:
    links = open_links(sshd.settings())
    before = sshd.logins
    gate = threading.Barrier(8)

    def ask(_: int) -> int:
        gate.wait()
        return id(links.to(sshd.host()))

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
    assert sshd.logins == before + 1


def test_this_host_is_reached_without_ssh(sshd: Sshd, open_links: Build) -> None:
    links = open_links(sshd.settings(port=1), Host(NODE))
    link = links.to(Host(NODE, addresses=("192.0.2.1",)))
    assert isinstance(link, LocalLink)
    assert link.run(["echo", "hello"], timeout=10).stdout == "hello\n"


def test_a_wrong_name_is_refused_and_the_connection_closed(sshd: Sshd, open_links: Build) -> None:
    links = open_links(
        sshd.settings(config=sshd.block("impostor.example.com", f"HostKeyAlias [127.0.0.1]:{sshd.port}"))
    )
    with pytest.raises(HostIdentityError) as caught:
        links.to(Host("impostor.example.com"))
    assert "impostor.example.com" in caught.value.what
    assert NODE in caught.value.what
    assert not any("paramiko" in type(one).__module__ for one in threading.enumerate())


def test_without_root_and_without_sudo_a_host_is_refused(
    sshd: Sshd, open_links: Build, other_programs: Callable[..., tuple[str, ...]]
) -> None:
    path = other_programs(id="echo 1000", sudo='echo "sudo: a password is required" >&2; exit 1')
    with pytest.raises(SudoRefusedError) as caught:
        open_links(sshd.settings(search_path=path)).to(sshd.host())
    assert caught.value.why == "sudo: a password is required"


def test_without_root_but_with_sudo_commands_go_through_it(
    sshd: Sshd, open_links: Build, other_programs: Callable[..., tuple[str, ...]]
) -> None:
    path = other_programs(id="echo 1000", sudo='[ "$1 $2" = "-n --" ] && shift 2 && SUDO=yes exec "$@"')
    link = open_links(sshd.settings(search_path=path)).to(sshd.host())
    assert link.run(["sh", "-c", 'echo "$SUDO $1"', "sh", "it's"], timeout=10).stdout == "yes it's\n"


def test_a_host_that_did_not_answer_is_not_asked_again_for_some_time(sshd: Sshd, open_links: Build) -> None:
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as server:
        tries = []

        def refuse() -> None:
            for _ in range(2):
                caller, _address = server.accept()
                tries.append(1)
                caller.close()

        threading.Thread(target=refuse, daemon=True).start()
        links = open_links(sshd.settings(port=server.getsockname()[1]), clock=clock)
        for seconds in (0, 0, 9):
            clock.sleep(seconds)
            with pytest.raises(HostUnreachableError):
                links.to(sshd.host())
        assert len(tries) == 1
        clock.sleep(pool.REMEMBERED)
        with pytest.raises(HostUnreachableError):
            links.to(sshd.host())
        assert len(tries) == 2


def test_a_host_whose_key_became_known_is_let_in_at_once(sshd: Sshd, open_links: Build, tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    links = open_links(sshd.settings(config=sshd.block().replace(str(sshd.known_hosts), str(path))), clock=Clock())
    with pytest.raises(HostKeyError):
        links.to(sshd.host())
    path.write_text(sshd.known_hosts.read_text())
    assert links.to(sshd.host()).run(["true"], timeout=10).ok


def test_a_dead_host_does_not_hold_up_the_others(sshd: Sshd, open_links: Build) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = sshd.block() + f"Host dead.invalid\n  HostName 127.0.0.1\n  Port {silent.getsockname()[1]}\n"
        links = open_links(sshd.settings(config=config, connect_timeout=2))
        with ThreadPoolExecutor() as threads:
            dead = threads.submit(links.to, Host("dead.invalid"))
            caller, _ = silent.accept()
            with caller:
                assert links.to(sshd.host()).run(["true"], timeout=10).ok
                assert not dead.done()
                silent_for = dead.exception()
            assert isinstance(silent_for, HostUnreachableError)


def test_a_link_that_was_lost_is_opened_anew(sshd: Sshd, open_links: Build) -> None:
    links = open_links(sshd.settings())
    first = links.to(sshd.host())
    session = int(first.run(["sh", "-c", "echo $PPID"], timeout=10).stdout)
    os.kill(session, signal.SIGKILL)
    first.connection.transport.join(10)
    second = links.to(sshd.host())
    assert second is not first
    assert second.run(["true"], timeout=10).ok


def test_a_host_that_is_another_one_when_its_link_is_opened_anew_is_refused(
    sshd: Sshd, open_links: Build, other_programs: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    name = tmp_path / "name"
    name.write_text(f"{NODE}\n")
    path = other_programs(uname=f"cat {name}", hostname=f"cat {name}", id="echo 0")
    links = open_links(sshd.settings(search_path=path))
    first = links.to(sshd.host())
    name.write_text("impostor.example.com\n")
    assert links.to(sshd.host()) is first
    os.kill(int(first.run(["sh", "-c", "echo $PPID"], timeout=10).stdout), signal.SIGKILL)
    first.connection.transport.join(10)
    with pytest.raises(HostIdentityError, match=r"calls itself impostor\.example\.com"):
        links.to(sshd.host())


def test_closed_links_open_nothing(sshd: Sshd, open_links: Build) -> None:
    links = open_links(sshd.settings())
    link = links.to(sshd.host())
    links.close()
    links.close()
    assert not link.alive
    with pytest.raises(HostUnreachableError, match="closed"):
        links.to(sshd.host())


def test_an_address_where_nothing_answers_costs_no_more_than_it_may(
    open_links: Callable[..., ConnectedLinks], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        # A queue that is full drops what comes, as a host without power does.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - the name of the argument is not taken
            one.connect_ex(address)
        config = tmp_path / "ssh_config"
        config.write_text(f"Host dead.invalid\n  HostName 127.0.0.1\n  Port {address[1]}\n")
        links = open_links(TransportSettings(ssh_config=config, connect_timeout=60.0, answer_timeout=0.2))
        begun = time.monotonic()
        with pytest.raises(HostUnreachableError, match="cannot be reached"):
            links.to(Host("dead.invalid"))
        assert time.monotonic() - begun < 20
        for one in waiting:
            one.close()
