"""Looks at a host go through a shell that is kept, by real sshd; without one they are made all the same."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError
from engine.hosts import reads
from engine.hosts.host import Result
from engine.hosts.limits import Streams
from engine.hosts.reading_shell import Shell
from engine.hosts.reads import Read, ReadForm, read
from engine.hosts.ssh import IDLE, SshLink
from tests.sshd import Sshd

ANY = re.compile(r"(?s).*")


@pytest.fixture(autouse=True)
def _more_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = (ReadForm(one, more=ANY) for one in (("sh", "-c"), ("printf",)))
    monkeypatch.setattr(reads, "_known", {*reads.BASIC_FORMS, *forms})


@pytest.fixture
def link(sshd: Sshd) -> Iterator[SshLink]:
    one = SshLink.open(sshd.host(), sshd.settings())
    one.prove()
    yield one
    one.close()


def said(link: SshLink, *wanted: Read) -> list[str]:
    answers = link.make_reads(wanted)
    assert all(isinstance(one, Result) for one in answers), answers
    return [one.stdout for one in answers if isinstance(one, Result)]


def shell_of(link: SshLink) -> int:
    """The process that makes the looks: a program that is quick is its child."""
    (text,) = said(link, read("cat", "/proc/self/status"))
    return next(int(line.split()[-1]) for line in text.splitlines() if line.startswith("PPid:"))


def test_one_shell_makes_look_after_look(link: SshLink) -> None:
    first = shell_of(link)
    assert said(link, read("cat", "/proc/version"), read("id", "-u")) == [
        Path("/proc/version").read_text(encoding="utf-8"),
        f"{os.getuid()}\n",
    ]
    assert shell_of(link) == first


@pytest.mark.parametrize("text", ["two\nlines\n", "no end", "", "'\"$(id)`id`\\\n", "é"])
def test_what_is_read_is_what_is_printed(link: SshLink, text: str) -> None:
    assert said(link, Read(("printf", "%s", text))) == [text]
    assert said(link, Read(("printf", "%s", text)), Read(("printf", "%s", "next"))) == [text, "next"]


def test_a_look_that_hangs_costs_its_own_answer_only(link: SshLink, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "nobody-writes")
    before = shell_of(link)
    (hung,) = link.make_reads([Read(("cat", str(tmp_path / "nobody-writes")), 1.0)])
    assert isinstance(hung, HostUnreachableError)
    assert hung.code == "host-silent"
    assert shell_of(link) != before


def test_a_shell_that_somebody_ended_is_done_without(link: SshLink) -> None:
    os.kill(shell_of(link), signal.SIGKILL)
    assert said(link, Read(("printf", "here"))) == ["here"]


def test_looks_beside_each_other_have_a_shell_each_and_few_are_kept(link: SshLink, tmp_path: Path) -> None:
    gates = [tmp_path / f"gate-{number}" for number in range(4)]
    for gate in gates:
        os.mkfifo(gate)
    waits = [Read(("sh", "-c", f"cat {gate}; echo $PPID")) for gate in gates]
    with ThreadPoolExecutor() as pool, ExitStack() as all_wait:
        asked = [pool.submit(said, link, one) for one in waits]
        # A gate can be opened once somebody waits behind it.
        held = [all_wait.enter_context(gate.open("w", encoding="utf-8")) for gate in gates]
        assert len(held) == len(gates)
        all_wait.close()
        answers = [one.result() for one in asked]
    assert len({text for (text,) in answers}) == len(asked)
    assert shell_of(link) > 0
    assert len(link._shells) <= IDLE


def test_where_sshd_allows_few_sessions_a_command_comes_first(tmp_path: Path) -> None:
    with Sshd(tmp_path, options=("MaxSessions 2",)) as sshd:
        one = SshLink.open(sshd.host(), sshd.settings())
        try:
            one.prove()
            assert said(one, Read(("printf", "looked"))) == ["looked"]
            with ThreadPoolExecutor() as pool:
                both = [pool.submit(one.run, ["sleep", "1"], timeout=20) for _ in range(2)]
                assert all(each.result().ok for each in both)
            assert said(one, Read(("printf", "again"))) == ["again"]
        finally:
            one.close()


class Ended:
    """A channel of a connection that has ended, as paramiko has it until its own thread has seen that."""

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, data: bytes) -> None:
        raise EOFError

    def close(self) -> None:
        raise EOFError


def test_a_shell_of_a_connection_that_has_ended_is_gone_like_any_other() -> None:
    shell = Shell(Ended())
    with pytest.raises(OSError, match="ended"):
        shell.ask("true", Streams(), 1.0)
    shell.close()
