"""Engines that race: a process that makes a whole run whenever it is told to, on hosts that it shares with others.

A request is a line of JSON on standard input: the folder of the house, and the name of the run. The answer is a line
with the code that the run ended with, what it showed of that, and how many intents its journal holds. Before its first
change it waits for the file `go-on` in that folder, so that nobody can say that the others were only later.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.journal.events import Intent
from engine.locks.hosts import HostLocks
from engine.locks.locks import SiteLocks
from engine.run.options import RunSettings
from tests.engine.locks.machines import Machines, somebody
from tests.engine.run.toy import HOSTS, ON, House, go

STEPS = ON + ON.replace("switch-on", "again")


def engine(folder: Path, run: str) -> dict[str, object]:
    """One run, to its end."""

    def changed() -> None:
        tick = threading.Event()
        while not (folder / "go-on").exists():
            tick.wait(0.01)
        with (folder / "changes").open("a") as file:
            file.write(f"{run}\n")

    locks = SiteLocks(HostLocks(Machines(folder / "hosts")), HOSTS.values(), somebody(run, run))
    answers = {"switch-on": "yes", "again": "yes"}
    settings = RunSettings("real", {}, locks=lambda _run: locks)
    made = go(folder / run, STEPS, answers, house=House(before_change=changed), settings=settings)
    ended = made.journal.ended
    intents = sum(isinstance(event, Intent) for event in made.journal.events)
    return {"code": ended.code if ended else "", "why": str(made.error), "intents": intents}


def serve() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(engine(Path(asked["folder"]), asked["run"])), flush=True)


class Racer:
    """Such a process, from outside."""

    def __init__(self, name: str, to: IO[str], answers: IO[str]) -> None:
        self.name = name
        self._to = to
        self._answers = answers
        self._listening: threading.Thread | None = None
        self.said: dict[str, object] = {}

    def begin(self, folder: Path) -> None:
        self.said = {}
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        self._to.write(json.dumps({"folder": str(folder), "run": self.name}) + "\n")
        self._to.flush()

    def end(self) -> dict[str, object]:
        assert self._listening is not None
        self._listening.join(60)
        return self.said

    def _listen(self) -> None:
        self.said = json.loads(self._answers.readline())


@contextmanager
def racers(*names: str) -> Iterator[list[Racer]]:
    """Some of them, ready to begin."""
    words = [sys.executable, "-m", "tests.engine.locks.engines"]
    begun = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        for _ in names
    ]
    try:
        yield [
            Racer(name, one.stdin, one.stdout)
            for name, one in zip(names, begun, strict=True)
            if one.stdin is not None and one.stdout is not None
        ]
    finally:
        for one in begun:
            one.kill()
            one.communicate()


if __name__ == "__main__":
    serve()
