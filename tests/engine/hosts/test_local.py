from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, LinkLostError, RefusedError
from engine.hosts import local
from engine.hosts.host import FileChange, Host, Link, Once, nothing
from engine.hosts.limits import Patience, Streams
from engine.hosts.local import LocalLink

HERE = Host("here")


@pytest.fixture
def link(tmp_path: Path) -> LocalLink:
    return LocalLink(HERE, state=str(tmp_path / "state"))


def test_it_is_a_link(link: LocalLink) -> None:
    assert isinstance(link, Link)
    assert link.alive
    link.close()


def test_a_command_says_what_it_says_and_how_it_ended(link: LocalLink) -> None:
    result = link.run(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout=10)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert result.argv == ("sh", "-c", "echo out; echo err >&2; exit 3")


def test_no_shell_sees_the_arguments(link: LocalLink) -> None:
    assert link.run(["printf", "%s|", "$HOME", "a\nb", "-n", ""], timeout=10).stdout == "$HOME|a\nb|-n||"


def test_much_output_on_both_streams_does_not_block(link: LocalLink) -> None:
    script = "head -c 3000000 /dev/zero >&2; head -c 5000000 /dev/zero | tr '\\0' x"
    result = link.run(["sh", "-c", script], timeout=20)
    assert len(result.stderr) == 3_000_000
    assert "[805696 of 5000000 bytes are left out here]" in result.stdout


def test_nothing_of_our_surroundings_is_passed_on(link: LocalLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundled")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    names = {one.split("=")[0] for one in link.run(["env"], timeout=10).lines}
    assert {"LC_ALL", "PATH"} <= names <= {"LC_ALL", "PATH", "HOME", "LOGNAME", "SHELL", "TZ", "USER"}


def test_a_program_that_is_not_there_is_an_exit_code_as_on_any_host(link: LocalLink) -> None:
    result = link.run(["no-such-program"], timeout=10)
    assert result.exit_code == 127
    assert "no-such-program" in result.stderr


def test_an_end_by_a_signal_is_an_exit_code_as_in_a_shell(link: LocalLink) -> None:
    assert link.run(["sh", "-c", "kill -9 $$"], timeout=10).exit_code == 128 + signal.SIGKILL


def test_it_has_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(link: LocalLink) -> None:
    fields = Path("/proc/self/stat").read_text().split()
    assert link.run(["cut", "-d ", "-f6", "/proc/self/stat"], timeout=10).stdout.strip() != fields[5]


def test_a_command_that_takes_too_long_is_left_running(link: LocalLink, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    done = tmp_path / "done"
    script = 'echo started >&2; read word <"$1"; echo "$word" >"$2"; echo bye >"$1"'
    with pytest.raises(LinkLostError) as caught:
        link.run(["sh", "-c", script, "sh", str(fifo), str(done)], timeout=0.3)
    assert caught.value.code == "timed-out"
    assert "started" in caught.value.why
    assert "may still be running on here" in caught.value.changed
    # It goes on where it was.
    fifo.write_text("go\n")
    assert fifo.read_text() == "bye\n"
    assert done.read_text() == "go\n"


def test_a_daemon_left_behind_does_not_hold_the_command(link: LocalLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "QUIET", 0.1)
    start = time.monotonic()
    result = link.run(["sh", "-c", "sleep 30 & echo $!"], timeout=20)
    os.kill(int(result.stdout), signal.SIGKILL)
    assert result.exit_code == 0
    assert time.monotonic() - start < 10


def test_what_a_command_said_before_it_was_seen_to_end_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "QUIET", 0.0)
    process = subprocess.Popen(["sh", "-c", "echo out; echo err >&2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.wait()
    streams = Streams()
    assert local._follow(process, streams, Patience(10), nothing) == 0
    assert (streams.out.text(), streams.err.text()) == ("out\n", "err\n")


def test_one_that_closed_its_output_is_still_waited_for(link: LocalLink, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(LinkLostError):
        link.run(["sh", "-c", 'exec >/dev/null 2>&1; echo $$ >"$1.pid"; read x <"$1"', "sh", str(fifo)], timeout=0.3)
    fifo.write_text("go\n")


def test_an_argument_longer_than_the_kernel_takes_is_refused(link: LocalLink) -> None:
    with pytest.raises(RefusedError) as caught:
        link.run(["echo", "x" * 200_000], timeout=10)
    assert caught.value.code == "command-too-long"


def test_many_arguments_that_are_too_much_together_were_surely_not_started(link: LocalLink) -> None:
    with pytest.raises(HostUnreachableError) as caught:
        link.run(["echo", *["x" * 100_000] * 100], timeout=10)
    assert caught.value.changed == "Nothing was changed."


def test_a_file_is_replaced(link: LocalLink, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old\n")
    result = link.make(Once("r", "edit#1"), FileChange(str(path), "old\n", "new\n", f"{path}.old"), timeout=10)
    assert (result.exit_code, result.argv) == (0, ("replace-file", str(path)))
    assert path.read_text() == "new\n"
