"""A run that is killed with SIGKILL at chosen points, again and again, and each time carried on by somebody else.

The run itself goes on to its end and is what all others are compared with. At each chosen point it forks a victim: the
engine in the middle of that run, with a journal of its own. The victim forks a keeper, which has the world as it is at
that moment and nothing else, and kills itself. The keeper carries the run on with what is on the disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from engine import crashpoints
from engine.crashpoints import Point
from engine.errors import RunbookError
from engine.journal.writer import JournalWriter
from engine.packs import World
from tests.crashes.picture import Picture, cluster_of, picture

PATIENCE = 300
"""Seconds of real time after which a keeper that hangs is ended."""
SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: the child of a killed child becomes ours, so that we learn how it ended."""

WHOLE = "whole"
"""The folder of the run that is not killed, beside those of the ones that are."""

CarryOn = Callable[[str, Path, World], None]
"""Brings the run of a scenario to its end, with the folder of journals it left. Raises what went wrong."""


class Play(Protocol):
    """A run in a world that is not begun yet.

    Attributes:
        writer: of its journal, while it goes on.
        error: what it ended with, if not well.
    """

    world: World
    writer: JournalWriter
    error: RunbookError | None

    def go(self) -> object:
        """To its end."""
        ...


Begin = Callable[[str, Path], Play]
"""Makes the run of a scenario, with a folder for its journals."""


class Choice(Protocol):
    """Says where to kill."""

    def begins(self, scenario: str) -> None:
        """What follows is about this scenario."""
        ...

    def __call__(self, point: Point, detail: str, last: str) -> bool:
        """Whether to kill at a point, by its name, its detail, and the last whole line of the journal."""
        ...


@dataclass(frozen=True, slots=True)
class Kill:
    """One death: at which of the points of a run it was, what the engine calls it, and what became of the run.

    Attributes:
        end: how the cluster is after it was carried on; None where that did not succeed.
        wrong: why it did not.
        alone: nobody had left the same before: neither the same journal nor the same cluster.
    """

    number: int
    point: Point
    detail: str
    end: Picture | None
    wrong: str
    alone: bool


@dataclass(slots=True)
class Course:
    """A run to its end, and those that were killed on the way."""

    end: Picture
    kills: list[Kill]
    points: int


class Stage:
    """A scenario's run, and the deaths of its victims."""

    def __init__(self, scenario: str, folder: Path, choose: Choice, begin: Begin, carry_on: CarryOn) -> None:
        self._scenario = scenario
        self._folder = folder
        self._choose = choose
        self._carry_on = carry_on
        self._run = begin(scenario, folder / WHOLE)
        self._points = 0
        self._kills: list[Kill] = []
        self._left: tuple[bytes, int] = (b"", -1)
        self._kept: tuple[Picture | None, str] = (None, "")

    def play(self) -> Course:
        """Let it run to its end, with a victim at each chosen point.

        Raises:
            RunbookError: the run itself did not come to a good end.
        """
        self._choose.begins(self._scenario)
        ctypes.CDLL(None).prctl(SUBREAPER, 1)
        with crashpoints.listening(self._at):
            self._run.go()
        if self._run.error is not None:
            raise self._run.error
        return Course(picture(self._run.world), self._kills, self._points)

    def _at(self, point: Point, detail: str) -> None:
        self._points += 1
        journal = self._run.writer.path.read_bytes()
        whole = journal[: journal.rfind(b"\n") + 1]
        last = whole[whole.rfind(b"\n", 0, -1) + 1 :].decode()
        if not self._choose(point, detail, last):
            return
        left = journal, len(cluster_of(self._run.world).record)
        if alone := left != self._left:
            self._left = left
            self._kept = self._kill(journal)
        else:
            self._kill(journal, keep=False)
        end, wrong = self._kept
        self._kills.append(Kill(self._points, point, detail, end, wrong, alone))

    def _kill(self, journal: bytes, *, keep: bool = True) -> tuple[Picture | None, str]:
        """Fork a victim with this journal, let it die, and hear what its keeper made of it."""
        own = self._folder / f"killed-{self._points}"
        told, tell = os.pipe()
        # Whatever looks at the world in another thread ends first: a lock that it held would never be free again.
        with cluster_of(self._run.world).clock.lock:
            victim = os.fork()
        if victim == 0:
            with _never_returning():
                self._die(own, journal, tell, keep=keep)
        os.close(tell)
        _pid, status = os.waitpid(victim, 0)
        assert os.WIFSIGNALED(status), "the victim outlived its death"
        assert os.WTERMSIG(status) == signal.SIGKILL
        with os.fdopen(told, "rb") as pipe:
            data = pipe.read()
        if keep:
            os.waitpid(-1, 0)
        shutil.rmtree(own)
        return pickle.loads(data) if data else (None, "the keeper died")

    def _die(self, own: Path, journal: bytes, tell: int, *, keep: bool) -> None:
        own.mkdir(parents=True)
        writer = self._run.writer
        path = own / writer.path.name
        path.write_bytes(journal)
        # From now on the engine in here writes to this file, and has the lock on it.
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, writer._file, inheritable=False)
        os.close(file)
        fcntl.flock(writer._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if keep and os.fork() == 0:
            _close_all_but(tell)
            self._keep(own, tell)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)

    def _keep(self, own: Path, tell: int) -> None:
        signal.alarm(PATIENCE)
        crashpoints._hooks.clear()
        wrong, end = "", None
        try:
            self._carry_on(self._scenario, own, self._run.world)
            end = picture(self._run.world)
        except BaseException:  # noqa: BLE001 - whatever it is, it is told
            wrong = traceback.format_exc()
        with os.fdopen(tell, "wb") as pipe:
            pickle.dump((end, wrong), pipe)


def play_all(
    scenarios: Sequence[str], folder: Path, choose: Choice, begin: Begin, carry_on: CarryOn, pipe: Connection
) -> None:
    """Play several scenarios, one after the other, and send what came of them: a list of `Course`."""
    # Each keeper begins with what is known here and takes what it learns with it: so all templates and types of the
    # runbook are made once before, in a run that nobody kills.
    begin(scenarios[0], folder / "before").go()
    # A keeper does not look through what it has from here, which would copy all of it.
    gc.collect()
    gc.freeze()
    pipe.send([Stage(scenario, folder / scenario, choose, begin, carry_on).play() for scenario in scenarios])
    pipe.close()


@contextlib.contextmanager
def _never_returning() -> Iterator[None]:
    """A fork must not go on with what its parent does, whatever happens to it."""
    try:
        yield
    except BaseException:  # noqa: BLE001 - see above
        traceback.print_exc()
    finally:
        os._exit(1)


def _close_all_but(kept: int) -> None:
    """As a death does: a lock on a file ends with the last one who has it open."""
    for number in [int(one.name) for one in Path("/proc/self/fd").iterdir()]:
        if number > 2 and number != kept:
            with contextlib.suppress(OSError):
                os.close(number)
