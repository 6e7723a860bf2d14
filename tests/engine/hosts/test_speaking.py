"""The supervisor's words go through a shell that is kept, by real sshd; without one they are said all the same."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Once, Result
from engine.hosts.reads import read
from engine.hosts.ssh import SshLink, _said
from engine.hosts.ssh_settings import SEARCH_PATH
from tests.faults.moments import eventually
from tests.processes import below, kill
from tests.sshd import Sshd

GATED = 'echo once >>"$1"; until [ -e "$2" ] || [ ! -e "$1" ]; do sleep 0.05; done; echo ended'
"""Goes on until a file is there."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    (tmp_path / "sshd").mkdir()
    with Sshd(tmp_path / "sshd") as one:
        yield one


@pytest.fixture
def link(server: Sshd) -> Iterator[SshLink]:
    one = SshLink.open(server.host(), server.settings())
    one.prove()
    yield one
    one.close()


def once(number: int = 1) -> Once:
    return Once("run", f"step#{number}")


def speak(link: SshLink, number: int) -> Result:
    return link.make(once(number), ("sh", "-c", "echo out; echo err >&2; exit 3"), timeout=20)


def sessions(server: Sshd) -> int:
    """How many sessions sshd has started so far; it logs one before it runs its command."""
    with server._news:
        return sum("Starting session: command" in line for line in server._log)


def kept(server: Sshd) -> list[int]:
    """The processes of the shells that are kept for changes, and their own ones."""
    found = []
    for one in below(server.pid):
        with contextlib.suppress(OSError):  # it has just ended
            if b"\0supervise() (\n" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.append(one)
    return found


def test_change_after_change_and_their_anchors_need_one_session(link: SshLink, server: Sshd) -> None:
    before = sessions(server)
    for number in range(5):
        assert link.run(("logger", "--version"), timeout=20).ok
        result = speak(link, number)
        assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert link.run(("logger", "--no-such-option"), timeout=20).exit_code == 1
    assert link.settle(once(4), timeout=20).state == "ended"
    link.forget("run", timeout=20)
    assert sessions(server) == before + 1


def test_who_only_looks_starts_none(link: SshLink, server: Sshd) -> None:
    link.make_reads([read("id", "-u")])
    assert kept(server) == []


def test_one_that_somebody_ended_is_done_without(link: SshLink, server: Sshd) -> None:
    assert speak(link, 1).stdout == "out\n"
    (shell,) = kept(server)
    os.kill(shell, signal.SIGKILL)
    assert speak(link, 2).stdout == "out\n"


def test_one_that_is_ended_during_a_change_takes_nothing_with_it(link: SshLink, server: Sshd, tmp_path: Path) -> None:
    counter, gate = tmp_path / "counter", tmp_path / "gate"
    action = ("sh", "-c", GATED, "gated", str(counter), str(gate))
    with ThreadPoolExecutor() as pool:
        made = pool.submit(link.make, once(), action, timeout=30)
        assert eventually(counter.exists)
        kill(kept(server))
        gate.touch()
        assert made.result().stdout == "ended\n"
    assert counter.read_text() == "once\n"


def test_what_was_told_to_a_shell_may_have_begun_whatever_becomes_of_the_second_try(
    link: SshLink, server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, gate = tmp_path / "counter", tmp_path / "gate"

    def refused(*_: object, **__: object) -> Result:
        raise HostUnreachableError("It takes no other command.")

    monkeypatch.setattr(link, "execute", refused)
    with ThreadPoolExecutor() as pool:
        made = pool.submit(link.make, once(), ("sh", "-c", GATED, "gated", str(counter), str(gate)), timeout=30)
        assert eventually(counter.exists)
        kill(kept(server))
        gate.touch()
        with pytest.raises(LinkLostError) as caught:
            made.result()
    assert caught.value.code == "link-lost"


def test_a_link_that_is_lost_before_there_is_a_shell_has_begun_nothing(
    link: SshLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise LinkLostError("The connection was lost.")

    monkeypatch.setattr(link, "_send", lost)
    with pytest.raises(HostUnreachableError):
        speak(link, 1)
    monkeypatch.undo()
    assert link.settle(once(), timeout=20).state == "never"


def test_what_is_no_exit_code_is_not_gone_by(link: SshLink, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    assert speak(link, 1).stdout == "out\n"
    (shell,) = link._speaking
    monkeypatch.setattr(shell, "ask", lambda _text, streams, *_: streams.out.add(b"<a lie>"))
    assert speak(link, 1).exit_code == 3
    assert eventually(lambda: kept(server) == [])


def test_a_change_that_is_not_waited_for_any_longer_leaves_nobody_its_output(link: SshLink, tmp_path: Path) -> None:
    counter, gate = tmp_path / "counter", tmp_path / "gate"

    def leave() -> None:
        if counter.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link.make(once(), ("sh", "-c", GATED, "gated", str(counter), str(gate)), timeout=30, tick=leave)
    gate.touch()
    assert speak(link, 2).stdout == "out\n"
    settled = link.settle(once(), timeout=20, wait=True)
    assert settled.result is not None
    assert settled.result.stdout == "ended\n"


def test_where_there_is_sudo_it_is_asked_each_time(server: Sshd, tmp_path: Path) -> None:
    log = tmp_path / "sudo.log"
    sudo = tmp_path / "sudo"
    sudo.write_text(f'#!/bin/sh\necho "$@" >>{log}\n[ "$1 $2" = "-n --" ] && shift 2 && exec "$@"\n')
    sudo.chmod(0o755)
    one = SshLink.open(server.host(), server.settings(search_path=(str(tmp_path), *SEARCH_PATH)))
    one._sudo = True
    try:
        for number in range(3):
            assert speak(one, number).stdout == "out\n"
    finally:
        one.close()
    assert log.read_text().count("supervise make") == 3


@pytest.mark.parametrize("said", ["", "<>", "<0", "0>", "<256>", "<-1>", "<01>", "<\u0663>", f"<{'9' * 5000}>"])
def test_what_no_shell_says_is_no_exit_code(said: str) -> None:
    assert _said(f"out{said}") is None
    assert _said(f"out{said}<7>") == (f"out{said}", 7)
