"""A node of the cluster lies, over a real sshd: what it says is never executed on another one, and it is found out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from checks.diagnosis.diagnose import diagnose
from checks.look.commands import ADDRESSES, PROCESSES, SSCONF
from checks.paths import SSCONF_PREFIX
from checks.site import discover
from engine.clock import SystemClock
from engine.findings import Diagnosis
from engine.hosts.host import Host, Link
from engine.hosts.pool import ConnectedLinks
from engine.hosts.reader import Reader
from engine.knowledge import Context
from tests.checks.imitation import ssconf_files
from tests.sshd import Sshd

LIAR, MASTER, HONEST = (f"hwhost-{number}.lab.example" for number in (1, 2, 3))
ATTACK = "::1%lo]:1!!SYSTEM:attack!!STDIO,"
"""For Python an address with a scope; for socat the end of an address, and a program to execute."""
NOT_SOCAT = """case $* in *SYSTEM:*) words=${*#*SYSTEM:}; exec sh -c "${words%%!!*}";; esac; exit 1"""
"""What socat does with an address that executes a program, where there is no socat."""


class Nodes:
    """Three nodes behind one sshd, each with tools of its own in front of the real ones."""

    def __init__(self, sshd: Sshd, folder: Path) -> None:
        self.folder = folder
        self._links: dict[str, ConnectedLinks] = {}
        settings = sshd.settings(config=sshd.block("hwhost-*"))
        for name in (LIAR, MASTER, HONEST):
            tools = folder / name
            tools.mkdir()
            self._links[name] = ConnectedLinks(
                replace(settings, search_path=(str(tools), *settings.search_path), state=str(folder / "state"))
            )
            self.tool(name, "uname", f"echo {name}")
            self.tool(name, "ping", f"printf '%s\\n' \"$*\" >>{folder / name}.pinged; exit 1")
            self.tool(name, "attack", f"touch {folder / name}.attacked")
            self.tool(name, "getent", "exit 2")
            self.tool(name, "lvs", "exit 5")
            self.says(name, "ip", "")
            self.knows(name, {})
            self.runs(name, "ganeti-noded", *(["ganeti-luxid", "ganeti-wconfd"] if name == MASTER else []))
            if (real := shutil.which("socat")) is not None:
                (tools / "socat").symlink_to(real)
            else:
                self.tool(name, "socat", NOT_SOCAT)

    def tool(self, node: str, program: str, script: str) -> None:
        path = self.folder / node / program
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def says(self, node: str, program: str, text: str) -> None:
        answer = self.folder / f"{node}.{program}"
        answer.write_text(text)
        self.tool(node, program, f"exec cat {answer}")

    def knows(self, node: str, lies: dict[str, str]) -> None:
        """Its ssconf files, some of them with another text."""
        # What nothing is at refuses a connection at once.
        addresses = "".join(f"{one} 127.0.0.1\n" for one in (LIAR, MASTER, HONEST))
        files = ssconf_files() | {"node_primary_ips": addresses, "master_node": f"{MASTER}\n"} | lies
        lines = (f"{SSCONF_PREFIX}{key}:{line}\n" for key, text in files.items() for line in text.splitlines())
        told = self.folder / f"{node}.ssconf"
        told.write_text("".join(lines))
        assert SSCONF.argv[0] == "grep"
        self.tool(node, "grep", f"case $* in *ssconf_*) exec cat {told};; *) exit 1;; esac")

    def runs(self, node: str, *daemons: str) -> None:
        assert (PROCESSES.argv[0], ADDRESSES.argv[0]) == ("ps", "ip")
        self.says(node, "ps", "".join(f"{9 + at} 1 root Ss 99 /usr/sbin/{one}\n" for at, one in enumerate(daemons)))

    def to(self, host: Host) -> Link:
        return self._links[host.name].to(host)

    def close(self) -> None:
        for one in self._links.values():
            one.close()

    def diagnosed(self) -> Diagnosis:
        site = discover(Reader(self), [Host(LIAR), Host(MASTER), Host(HONEST)])
        return diagnose(Context(Reader(self), site, SystemClock()))


@pytest.fixture
def nodes(sshd: Sshd, tmp_path: Path) -> Nodes:
    return Nodes(sshd, tmp_path)


def test_an_address_that_names_a_program_runs_nowhere_and_its_node_is_not_believed(nodes: Nodes) -> None:
    nodes.knows(LIAR, {"node_primary_ips": "".join(f"{one} {ATTACK}\n" for one in (LIAR, MASTER, HONEST))})
    try:
        found = nodes.diagnosed()
    finally:
        nodes.close()
    assert list(nodes.folder.glob("*.attacked")) == []
    (lie,) = [one for one in found.findings if one.code == "node-not-believed"]
    assert lie.title.startswith(LIAR)
    assert any("not an IP address" in line and ATTACK in line for line in lie.evidence)
    assert (nodes.folder / f"{HONEST}.pinged").read_text().endswith("-W 1 127.0.0.1\n"), "the others are looked at"
