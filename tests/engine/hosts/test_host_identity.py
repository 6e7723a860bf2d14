from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from engine.errors import HostIdentityError, HostUnreachableError, LinkLostError, PrintedTooMuchError, SudoRefusedError
from engine.hosts.host import Host, Result
from engine.hosts.host_identity import LONGEST, prove
from engine.hosts.local import LocalLink
from engine.hosts.ssh_settings import SEARCH_PATH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NODE = Host("node1.example.com")
ROOT = {"id": "echo 0"}


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., LocalLink]:
    """This machine, where some programs are others."""

    def build(**programs: str) -> LocalLink:
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        return LocalLink(NODE, search_path=[str(tmp_path), *SEARCH_PATH])

    return build


@pytest.mark.parametrize(
    ("node", "full"),
    [
        ("node1.example.com", "exit 1"),
        ("NODE1.Example.com", "exit 1"),
        ("node1", "echo node1.example.com"),
        ("anything", "echo node1.example.com"),
        ("node1", "echo node1"),
        ("node1", "echo localhost"),
        ("node1", "echo localhost.localdomain"),
        ("node1", "echo 'hostname: Name or service not known' >&2; exit 1"),
    ],
)
def test_a_host_that_calls_itself_by_its_name_is_accepted(
    machine: Callable[..., LocalLink], node: str, full: str
) -> None:
    link = machine(uname=f"echo {node}", hostname=full, **ROOT)
    assert prove(NODE, link.execute) is False


@pytest.mark.parametrize(
    ("node", "full", "called"),
    [
        ("node2.example.com", "exit 1", "node2.example.com"),
        ("node1.example.org", "exit 1", "node1.example.org"),
        ("node1", "echo node2.example.com", "node2.example.com"),
        ("node1", "echo node1.example.org", "node1.example.org"),
        ("node2", "echo node2", "node2"),
        ("node2", "exit 1", "node2"),
        ("node1x", "exit 1", "node1x"),
    ],
)
def test_a_host_with_another_name_is_refused_and_both_names_are_said(
    machine: Callable[..., LocalLink], node: str, full: str, called: str
) -> None:
    link = machine(uname=f"echo {node}", hostname=full, **ROOT)
    with pytest.raises(HostIdentityError) as caught:
        prove(NODE, link.execute)
    assert f"answers as {NODE} calls itself {called}." in caught.value.what


def test_the_resolver_is_not_asked_where_the_name_is_clear(machine: Callable[..., LocalLink], tmp_path: Path) -> None:
    link = machine(uname=f"echo {NODE}", hostname=f"touch {tmp_path}/asked", **ROOT)
    prove(NODE, link.execute)
    assert not (tmp_path / "asked").exists()


def test_who_is_not_root_needs_sudo(machine: Callable[..., LocalLink], tmp_path: Path) -> None:
    link = machine(
        uname=f"echo {NODE}",
        id="echo 1000",
        sudo=f'printf "%s\\n" "$*" >>{tmp_path}/log; while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    )
    link.prove()
    assert link.run(["printf", "%s", "a b"], timeout=10).stdout == "a b"
    path = f"{tmp_path}:{':'.join(SEARCH_PATH)}"
    assert (tmp_path / "log").read_text().splitlines() == [
        "-n -- true",
        f"-n -- env LC_ALL=C PATH={path} printf %s a b",
    ]


def test_root_does_without_sudo(machine: Callable[..., LocalLink], tmp_path: Path) -> None:
    link = machine(uname=f"echo {NODE}", sudo=f"touch {tmp_path}/asked", **ROOT)
    link.prove()
    assert link.run(["true"], timeout=10).ok
    assert not (tmp_path / "asked").exists()


def test_a_refusal_of_sudo_is_told_in_its_own_words(machine: Callable[..., LocalLink]) -> None:
    words = "sudo: a password is required\nThis incident will be reported."
    link = machine(uname=f"echo {NODE}", id="echo 1000", sudo=f"printf '%s\\n' '{words}' >&2; exit 1")
    with pytest.raises(SudoRefusedError) as caught:
        prove(NODE, link.execute)
    assert caught.value.why == words
    assert str(NODE) in caught.value.what


def test_the_real_machine_knows_its_name() -> None:
    here = Host(os.uname().nodename)
    # A developer without sudo gets past the name at least.
    try:
        prove(here, LocalLink(here).execute)
    except SudoRefusedError:
        assert os.geteuid() != 0


@pytest.mark.parametrize("program", ["uname", "id", "hostname"])
def test_a_host_whose_answer_has_no_end_is_told_so_and_its_shell_does_not_keep_it(
    machine: Callable[..., LocalLink], tmp_path: Path, program: str
) -> None:
    endless = f"while printf x >>{tmp_path}/printed; do printf %065536d 0; done"
    link = machine(**{"uname": "echo other", "hostname": "exit 1", **ROOT, program: endless})
    with pytest.raises(PrintedTooMuchError) as caught:
        prove(NODE, link.execute)
    assert str(NODE) in caught.value.what
    # Nobody takes more of it than a pipe holds.
    assert len((tmp_path / "printed").read_text()) < 64


def test_a_sudo_that_talks_without_end_refuses(machine: Callable[..., LocalLink]) -> None:
    link = machine(uname=f"echo {NODE}", id="echo 1000", sudo="while echo talk; do :; done 2>/dev/null; exit 0")
    with pytest.raises(SudoRefusedError) as caught:
        prove(NODE, link.execute)
    assert len(caught.value.why) <= LONGEST


def answer(stdout: str, *, code: int = 0, stderr: str = "") -> Callable[..., Result]:
    return lambda argv, **_: Result(argv, stdout, stderr, code, 0.0)


def test_what_a_login_shell_says_first_does_no_harm() -> None:
    assert prove(NODE, answer(f"Welcome!\nnodes=3\nnode={NODE}\nuid=0\n")) is False


@pytest.mark.parametrize("stdout", ["", "This account is not available.\n", f"node={NODE}\n", f"node={NODE}\nuid=x\n"])
def test_a_host_that_gives_no_answer_cannot_be_used(stdout: str) -> None:
    with pytest.raises(HostUnreachableError) as caught:
        prove(NODE, answer(stdout, code=1))
    assert caught.value.code == "host-silent"


def test_a_host_that_takes_too_long_cannot_be_used() -> None:
    def lost(argv: object, **_: object) -> Result:
        raise LinkLostError("sh did not end.")

    with pytest.raises(HostUnreachableError) as caught:
        prove(NODE, lost)
    assert caught.value.changed == "Nothing was changed."
