"""Twenty reads or twenty changes by the product's own doors; as a program, all of it from the start of Python.

`python -m tests.benchmarks.twenty HOW` makes the changes, HOW being what `Login.as_text` says. It imports what the
product itself needs, and nothing of the tests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from engine.clock import SystemClock
from engine.effects import Effect
from engine.hosts.host import Host, Links
from engine.hosts.pool import ConnectedLinks
from engine.hosts.reader import Reader
from engine.hosts.reads import Read
from engine.hosts.ssh_settings import TransportSettings
from engine.journal.folder import RunsFolder
from engine.operator.scripted import Scripted
from engine.run.anchors import Anchors
from engine.run.changer import Changer
from engine.run.host_health import HostHealth
from engine.run.interrupts import Interrupts
from engine.run.overrides import Overrides
from engine.run.record import Record
from engine.steps.plan import Change

TWENTY = 20
READ = ("cat", "/etc/hostname")
CHANGE = ("true",)


@dataclass(frozen=True, slots=True)
class Login:
    """How some hosts are reached, and where the journal is kept."""

    hosts: tuple[str, ...]
    user: str
    ssh_config: str
    search_path: tuple[str, ...]
    state: str
    journals: str

    @property
    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        said = json.loads(text)
        return cls(**said | {name: tuple(said[name]) for name in ("hosts", "search_path")})

    def links(self) -> ConnectedLinks:
        return ConnectedLinks(
            TransportSettings(
                user=self.user, ssh_config=Path(self.ssh_config), search_path=self.search_path, state=self.state
            )
        )


def reads(links: Links, hosts: Sequence[str], times: int = TWENTY) -> None:
    """The same question time after time, each in a moment of its own, to all hosts at the same time."""
    reader, read = Reader(links), Read(READ)
    asked = [(Host(name), read) for name in hosts]
    for _ in range(times):
        answers = reader.moment().read_all(asked)
        if wrong := [one for one in answers.values() if isinstance(one, Exception) or not one.ok]:
            raise RuntimeError(str(wrong[0]))


def changes(links: Links, host: str, journals: Path, times: int = TWENTY) -> None:
    """Changes as a real run makes them: the host is looked at, each is anchored, supervised and journalled."""
    clock, there, interrupts = SystemClock(), Host(host), Interrupts()
    operator = Scripted({})
    run, writer = RunsFolder(journals).new("benchmark", clock)
    with writer:
        record = Record(writer, interrupts)
        anchors = Anchors(links, (there,), run, here=None)
        fitness = HostHealth(Reader(links), clock, (), (), Overrides(), (), record.append)
        changer = Changer(run, links, record, interrupts, anchors, clock, fitness)
        change = Change(there, Effect.REVERSIBLE, CHANGE, 60.0)
        for number in range(1, times + 1):
            result = changer.make(change, step=f"change-{number}", digest="0" * 64, operator=operator)
            if not result.ok:
                raise RuntimeError(result.stderr)
        changer.forget_run(run, [there])


def main() -> None:
    login = Login.from_text(sys.argv[1])
    links = login.links()
    try:
        changes(links, login.hosts[0], Path(login.journals))
    finally:
        links.close()


if __name__ == "__main__":
    main()
