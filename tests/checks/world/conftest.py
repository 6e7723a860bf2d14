"""A scenario to act in: commands as a person would type them."""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.world.scenarios import SCENARIOS
from engine.hosts.host import FileChange, Host, Once, Result

DATA = Path(__file__).parent / "data"
PS = "ps -e -ww -o pid=,ppid=,user:20=,stat=,etimes=,args="
ODD = (
    (re.compile(r"^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", re.MULTILINE), "WHEN"),
    (re.compile(r"after \d+ ms"), "after N ms"),
    (re.compile(r"(Submitted jobs|Waiting for job) [\d, ]+"), r"\1 N"),
    (re.compile(r"n[sr]:\d+|d[wr]:\d+|al:\d+|oos:\d+"), "n"),
)


def plain(text: str) -> str:
    """Without what differs from run to run: dates, numbers of jobs, milliseconds, counters of blocks."""
    for pattern, word in ODD:
        text = pattern.sub(word, text)
    return text


class Play:
    """A world and somebody who types."""

    def __init__(self, name: str) -> None:
        self.world = SCENARIOS[name]()

    def __call__(self, node: int, command: str, *, timeout: float = 900) -> Result:
        link = self.world.links.to(Host(f"hwhost-{node}.lab.example"))
        return link.run(shlex.split(command), timeout=timeout)

    def out(self, node: int, command: str) -> str:
        return self(node, command).stdout

    def wait(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    def processes(self, node: int) -> str:
        return self.out(node, PS)

    def locks(self) -> str:
        return self.out(1, "gnt-debug locks -o name,mode,owner,pending")

    def status(self, node: int, job: int) -> str:
        return self.out(node, f"gnt-job list --no-headers -o status {job}").strip()

    def edit(self, node: int, path: str, old: str, new: str) -> Result:
        before = self.out(node, f"cat {path}")
        link = self.world.links.to(Host(f"hwhost-{node}.lab.example"))
        change = FileChange(path, before, before.replace(old, new), f"{path}.before")
        return link.make(Once("test", secrets.token_hex(4)), change, timeout=30)

    def flags(self, node: int, *, on: bool) -> None:
        words = ('""', '"--no-voting --yes-do-it"')
        for key in ("WCONFD_ARGS=", "LUXID_ARGS="):
            old, new = words if on else words[::-1]
            assert self.edit(node, "/etc/default/ganeti", key + old, key + new).ok


@pytest.fixture
def play() -> type[Play]:
    return Play


@pytest.fixture
def excerpt() -> Callable[[str], str]:
    """What the real cluster printed, without what differs from run to run."""

    def read(name: str) -> str:
        return plain((DATA / name).read_text(encoding="utf-8"))

    return read


@pytest.fixture
def shown() -> Callable[[str], str]:
    return plain
