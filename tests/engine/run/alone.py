"""A run of one change on this very machine, as a program of its own: at a terminal, and hit by real signals.

The change writes `begun`, waits until there is `go`, and writes `ended`, all in the folder that is given.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from engine.cli.errors import show_error
from engine.clock import SystemClock
from engine.errors import RunbookError
from engine.exits import leave
from engine.hosts.host import Host, Result
from engine.hosts.local import LocalLink
from engine.journal.folder import RunsFolder
from engine.knowledge import Knowledge
from engine.load.loader import load_runbook
from engine.load.source import Source
from engine.operator.terminal import Terminal
from engine.resume.chain import chain_of
from engine.resume.past import replay
from engine.run.options import RunOptions
from engine.run.overrides import Overrides
from engine.run.preconditions import OF_HOSTS
from tests.support.links import FakeLinks
from tests.support.runs import SomeSite, open_site

HERE = Host("here.example")
SITE = SomeSite("here", {HERE.name: HERE})
RUNBOOK = """
format: 1
id: alone
title: A change that takes its time
summary: It waits until it is let go
steps:
  - id: change
    title: Change something
    run: [sh, -c, "cd {folder}; echo >>begun; until [ -e go ]; do sleep 0.05; done; echo >ended; echo it has ended"]
    on: "'here.example'"
    effect: reversible
    consequence: It is changed
    undo: nothing
"""


class Quiet(LocalLink):
    """Leaves this machine's own log alone."""

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        return Result(tuple(argv), "", "", 0, 0.0) if argv[0] == "logger" else super().run(argv, timeout=timeout)


class Links(FakeLinks):
    def __init__(self, state: Path) -> None:
        self._link = Quiet(HERE, state=str(state))

    def to(self, _host: Host) -> Quiet:
        return self._link


def main(folder: Path, *, resume: bool = False) -> int:
    """Make the run, or go on with it; its exit code."""
    knowledge, operator = Knowledge({}, {}, {}), Terminal(colour=False)
    loaded = load_runbook(Source("alone.yaml", RUNBOOK.format(folder=folder).encode()), knowledge)
    past = replay(chain_of(RunsFolder(folder / "runs"), "")) if resume else None
    here = open_site(SITE, Links(folder / "state"), knowledge, SystemClock(), operator, folder / "runs")
    try:
        here.session(loaded, {}, RunOptions(Overrides(OF_HOSTS, "a test")), past=past).go()
    except RunbookError as error:
        show_error(error)
        return int(error.exit)
    return 0


if __name__ == "__main__":
    leave(main(Path(sys.argv[1]), resume=sys.argv[2:] == ["resume"]))
