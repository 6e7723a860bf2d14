"""Commands on another host, over a real sshd."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

import paramiko
import pytest

from engine.errors import HostUnreachableError, LinkLostError, RefusedError
from engine.hosts import ssh
from engine.hosts.host import FileChange, Link, Once
from engine.hosts.limits import Patience, Streams
from engine.hosts.link import UNWATCHED
from engine.hosts.pool import ConnectedLinks
from engine.hosts.ssh import SshLink
from tests.sshd import NODE, Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator


FILES = Path("/proc/self/fd")


@pytest.fixture
def link(sshd: Sshd) -> Iterator[SshLink]:
    one = SshLink.open(sshd.host(), sshd.settings())
    yield one
    one.close()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_it_is_a_link(link: SshLink) -> None:
    assert isinstance(link, Link)
    assert link.alive


def test_a_command_says_what_it_says_and_how_it_ended(link: SshLink) -> None:
    result = link.run(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout=10)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert result.argv == ("sh", "-c", "echo out; echo err >&2; exit 3")
    assert 0 < result.seconds < 10


def test_no_shell_sees_the_arguments(link: SshLink) -> None:
    argv = ["printf", "%s|", "$HOME", "`id`", "a\nb", "-n", "", "it's", 'a"b', "ünï"]
    assert link.run(argv, timeout=10).stdout == "$HOME|`id`|a\nb|-n||it's|a\"b|ünï|"


def test_a_command_gets_no_input_and_no_terminal(link: SshLink) -> None:
    assert link.run(["cat"], timeout=10).stdout == ""
    assert link.run(["tty"], timeout=10).stdout == "not a tty\n"


def test_a_command_sees_the_c_locale_and_our_search_path(link: SshLink, sshd: Sshd) -> None:
    lines = link.run(["env"], timeout=10).lines
    assert "LC_ALL=C" in lines
    assert f"PATH={':'.join(sshd.search_path)}" in lines
    assert {"/usr/sbin", "/sbin", "/usr/bin", "/bin"} <= set(sshd.search_path)


def test_output_that_is_no_utf_8_is_replaced(link: SshLink) -> None:
    assert link.run(["printf", r"a\377b"], timeout=10).stdout == "a\ufffdb"


def test_much_output_on_both_streams_does_not_block_and_is_bounded(link: SshLink) -> None:
    script = "head -c 3000000 /dev/zero >&2; head -c 5000000 /dev/zero | tr '\\0' x"
    result = link.run(["sh", "-c", script], timeout=30)
    assert len(result.stderr) == 3_000_000
    assert "[805696 of 5000000 bytes are left out here]" in result.stdout


def test_a_program_that_is_not_there_is_an_exit_code(link: SshLink) -> None:
    assert link.run(["no-such-program"], timeout=10).exit_code == 127


def test_commands_share_one_connection(link: SshLink, sshd: Sshd) -> None:
    before = sshd.logins
    sock = link.connection.transport.sock
    parents = {link.run(["sh", "-c", "echo $PPID"], timeout=10).stdout for _ in range(3)}
    assert len(parents) == 1
    assert link.connection.transport.sock is sock
    assert sshd.logins == before


def test_commands_of_several_threads_run_at_once(link: SshLink, fifo: Path) -> None:
    with ThreadPoolExecutor() as pool:
        # Each end of a pipe waits for the other, so one after the other they would never end.
        reading = pool.submit(link.run, ["cat", str(fifo)], timeout=10)
        writing = pool.submit(link.run, ["sh", "-c", 'echo hello >"$1"', "sh", str(fifo)], timeout=10)
        assert reading.result().stdout == "hello\n"
        assert writing.result().ok


def test_a_command_that_takes_too_long_is_lost_and_the_link_is_not(link: SshLink, fifo: Path) -> None:
    script = 'echo started >&2; read word <"$1"; echo "$word" >"$1.done"; echo bye >"$1"'
    with pytest.raises(LinkLostError) as caught:
        link.run(["sh", "-c", script, "sh", str(fifo)], timeout=3)  # long enough to begin on a busy machine
    error = caught.value
    assert error.code == "timed-out"
    assert NODE in error.what
    assert "started" in error.why
    assert "may still be running" in error.changed
    # It is: it goes on where it was.
    fifo.write_text("go\n")
    assert fifo.read_text() == "bye\n"
    assert fifo.with_suffix(".done").read_text() == "go\n"
    assert link.run(["true"], timeout=10).ok


def test_one_that_closed_its_output_is_still_waited_for(link: SshLink, fifo: Path) -> None:
    with pytest.raises(LinkLostError) as caught:
        link.run(["sh", "-c", 'exec >/dev/null 2>&1; read x <"$1"', "sh", str(fifo)], timeout=0.5)
    assert caught.value.code == "timed-out"
    fifo.write_text("go\n")


def test_a_daemon_left_behind_does_not_hold_the_command(link: SshLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "QUIET", 0.1)
    start = time.monotonic()
    result = link.run(["sh", "-c", "sleep 30 & echo $!"], timeout=20)
    os.kill(int(result.stdout), signal.SIGKILL)
    assert result.exit_code == 0
    assert time.monotonic() - start < 10


def test_output_that_comes_after_the_exit_code_is_not_lost(link: SshLink, monkeypatch: pytest.MonkeyPatch) -> None:
    class Channel:
        """Silent for longer than QUIET, then the exit code, and only then the output; it never ends by itself."""

        closed = eof_received = False
        exit_status = 7

        def __init__(self, reading: int) -> None:
            self._reading = reading
            self._start = time.monotonic()
            self._exited_seen = 0
            self.status_event = threading.Event()
            self.status_event.set()

        def fileno(self) -> int:
            return self._reading

        def exit_status_ready(self) -> bool:
            exited = time.monotonic() - self._start > 0.4
            self._exited_seen += exited
            return exited

        def recv_ready(self) -> bool:
            return self._exited_seen == 2

        def recv(self, _: int) -> bytes:
            self._exited_seen += 1
            return b"late"

        def recv_stderr_ready(self) -> bool:
            return False

    monkeypatch.setattr(ssh, "QUIET", 0.3)
    monkeypatch.setattr(ssh, "_TICK", 0.05)
    reading, writing = os.pipe()
    streams = Streams()
    try:
        assert link._follow(Channel(reading), streams, Patience(10), UNWATCHED) == 7
    finally:
        os.close(reading)
        os.close(writing)
    assert streams.out.text() == "late"


def test_of_a_connection_that_ends_the_command_is_lost(link: SshLink, fifo: Path) -> None:
    script = 'echo "$PPID $$" >"$1"; exec sleep 60'
    with ThreadPoolExecutor() as pool:
        running = pool.submit(link.run, ["sh", "-c", script, "sh", str(fifo)], timeout=30)
        session, command = map(int, fifo.read_text().split())
        os.kill(session, signal.SIGKILL)
        start = time.monotonic()
        with pytest.raises(LinkLostError) as caught:
            running.result()
    os.kill(command, signal.SIGKILL)
    assert time.monotonic() - start < 5
    assert caught.value.code == "link-lost"
    assert "connection was lost" in caught.value.why
    assert "may still be running" in caught.value.changed
    assert not link.alive
    with pytest.raises(HostUnreachableError) as unsent:
        link.run(["true"], timeout=10)
    assert unsent.value.changed == "Nothing was changed."


def test_an_end_without_an_exit_code_is_no_success(link: SshLink) -> None:
    with pytest.raises(LinkLostError) as caught:
        link.run(["sh", "-c", "echo last words; kill -9 $$"], timeout=10)
    assert "without an exit code" in caught.value.why
    assert "last words" in caught.value.why
    assert link.alive


def test_a_command_the_kernel_would_not_take_is_not_sent(link: SshLink) -> None:
    with pytest.raises(RefusedError):
        link.run(["echo", "x" * 200_000], timeout=10)


def test_one_that_is_just_short_enough_arrives(link: SshLink) -> None:
    assert link.run(["printf", "%s", "x" * 130_000], timeout=10).stdout == "x" * 130_000


def test_more_sessions_than_sshd_allows_are_refused_before_anything_starts(tmp_path: Path) -> None:
    with Sshd(tmp_path, options=("MaxSessions 0",)) as sshd:
        link = SshLink.open(sshd.host(), sshd.settings())
        try:
            with pytest.raises(HostUnreachableError):
                link.run(["true"], timeout=10)
        finally:
            link.close()


def test_a_host_that_stops_in_mid_connection_costs_no_more_than_the_time_allowed(sshd: Sshd) -> None:
    with Wire(sshd.port) as wire:
        link = SshLink.open(sshd.host(), sshd.settings(port=wire.port, **known_by(sshd)))
        try:
            assert link.run(["true"], timeout=10).ok
            wire.stop()
            start = time.monotonic()
            with pytest.raises(HostUnreachableError) as caught:
                link.run(["true"], timeout=0.5)
            assert time.monotonic() - start < 3
            assert caught.value.changed == "Nothing was changed."
            assert not link.alive, "the next command is to get a new connection"
        finally:
            link.close()


def test_a_request_that_is_never_answered_may_have_been_carried_out(
    sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Wire(sshd.port) as wire:
        link = SshLink.open(sshd.host(), sshd.settings(port=wire.port, **known_by(sshd)))
        opened = SshLink._channel

        def then_silence(self: SshLink, timeout: float) -> object:
            channel = opened(self, timeout)
            wire.stop()
            return channel

        monkeypatch.setattr(ssh.SshLink, "_channel", then_silence)
        try:
            start = time.monotonic()
            with pytest.raises(LinkLostError) as caught:
                link.run(["true"], timeout=0.5)
            assert time.monotonic() - start < 3
            assert "may still be running" in caught.value.changed
        finally:
            link.close()


@pytest.mark.parametrize("error", [EOFError(), ConnectionResetError("reset")])
def test_what_was_written_into_a_connection_that_had_ended_may_have_arrived(
    sshd: Sshd, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Although the thread that reads has not seen the end yet, as happens now and then."""

    def write(_channel: object, _line: str) -> None:
        raise error

    link = SshLink.open(sshd.host(), sshd.settings())
    monkeypatch.setattr(paramiko.Channel, "exec_command", write)
    try:
        with pytest.raises(LinkLostError) as caught:
            link.run(["true"], timeout=10)
        assert caught.value.code == "link-lost"
        assert not link.alive, "the next command is to get a new connection"
    finally:
        link.close()


def test_a_file_is_replaced(sshd: Sshd, tmp_path: Path) -> None:
    link = SshLink.open(sshd.host(), sshd.settings())
    path = tmp_path / "it's a file"
    path.write_text("old\n")
    change = FileChange(str(path), "old\n", "new ünï $(id)\n" * 4000, f"{path}.old")
    try:
        result = link.make(Once("r", "edit#1"), change, timeout=10)
        assert (result.exit_code, result.stderr, result.argv) == (0, "", ("replace-file", str(path)))
        assert path.read_text() == change.after
        assert link.make(Once("r", "edit#2"), change, timeout=10).exit_code == 65
    finally:
        link.close()


def test_a_closed_link_takes_no_command(link: SshLink) -> None:
    link.close()
    link.close()
    assert not link.alive
    with pytest.raises(HostUnreachableError):
        link.run(["true"], timeout=10)


def test_nothing_is_left_in_the_process_when_a_link_is_closed(sshd: Sshd) -> None:
    files = len(list(FILES.iterdir()))
    threads = threading.active_count()
    links = ConnectedLinks(sshd.settings())
    try:
        for _ in range(2):
            links.to(sshd.host()).run(["echo", "hello"], timeout=10)
    finally:
        links.close()
    assert threading.active_count() <= threads
    assert len(list(FILES.iterdir())) <= files


def known_by(sshd: Sshd) -> dict[str, tuple[Path, ...]]:
    """The key of a server under another port: by its name alone."""
    path = sshd.folder / "known_by_name"
    path.write_text(f"{NODE} {sshd.public_key}\n")
    return {"known_hosts": (path,)}


class Wire:
    """A port that leads to another, until it is stopped: then it stays open and carries nothing."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._connect, daemon=True).start()
        return self

    def _connect(self) -> None:
        near, _ = self._server.accept()
        far = socket.create_connection(("127.0.0.1", self._target))
        self._ends += [near, far]
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                if not self._stopped.is_set():
                    other.sendall(data)
        except OSError:
            pass

    def stop(self) -> None:
        self._stopped.set()

    def __exit__(self, *error: object) -> None:
        for one in (self._server, *self._ends):
            one.close()
