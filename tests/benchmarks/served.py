"""A simulated cluster in a process of its own, so that what the tool itself takes is seen without what the imitation of
its hosts takes: whoever measures serves it, and the process that is measured reads it through a socket."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from engine.errors import RunbookError
from engine.hosts.host import Host, Link, Result
from engine.packs import World
from tests.benchmarks.measuring import PATIENCE, NotMeasuredError
from tests.benchmarks.programs import ROOT, env, python
from tests.support.links import FakeLink

MIB = 1 << 20


class ServedCluster:
    """The way to it over one connection, one question at a time: the imitation has one clock, and answers likewise.

    It is a clock as well, which shows the time there was when the last answer came: there a look takes its time.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._one = threading.Lock()
        self._time: tuple[float, datetime] = connection.recv()

    def ask(self, question: object) -> Any:
        """What is answered; an error is raised."""
        with self._one:
            self._connection.send(question)
            answer, self._time = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def to(self, host: Host) -> Link:
        return ServedLink(host, self)

    def close(self) -> None:
        self._connection.close()

    def monotonic(self) -> float:
        return self._time[0]

    def now(self) -> datetime:
        return self._time[1]

    def sleep(self, seconds: float) -> None:
        self.ask(seconds)


class ServedLink(FakeLink):
    """A host of it; it can only be looked at, and the connection is everybody's."""

    def __init__(self, host: Host, cluster: ServedCluster) -> None:
        super().__init__(host)
        self._cluster = cluster

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        result: Result = self._cluster.ask((self.host, tuple(argv), timeout))
        return result


def served(address: str) -> World:
    """The cluster that is served at an address, for the process that is measured."""
    connection = Client(address, "AF_UNIX", authkey=sys.stdin.buffer.read())
    entry, description, parameters = connection.recv()
    there = ServedCluster(connection)
    return World(there, there, entry, description, parameters, tuple)


def measured(module: str, world: World, folder: Path, *words: str) -> dict[str, Any]:
    """What a process says that is measured while it looks at this cluster: a module that is given an address.

    Raises:
        NotMeasuredError: it did not come to its end.
    """
    folder.mkdir(exist_ok=True)
    address, key = str(folder / "world"), secrets.token_bytes(16)
    with Listener(address, "AF_UNIX", authkey=key) as listener:
        child = subprocess.Popen(
            python(module, address, *words),
            env=env(folder),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        serving = threading.Thread(target=_serve, args=(listener, world), daemon=True)
        serving.start()
        try:
            out, err = child.communicate(key, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
    if child.returncode:
        raise NotMeasuredError(f"{module} ended with exit code {child.returncode}: {err.decode()[-2000:]}")
    found: dict[str, Any] = json.loads(out)
    return found


def _serve(listener: Listener, world: World) -> None:
    links: dict[Host, Link] = {}
    try:
        with listener.accept() as connection:
            connection.send((world.entry, world.description, dict(world.parameters)))
            connection.send(_time(world))
            while True:
                answer = _answer(world, links, connection.recv())
                connection.send((answer, _time(world)))
    except (EOFError, OSError):
        return  # it has ended, and says itself how


def _time(world: World) -> tuple[float, datetime]:
    return world.clock.monotonic(), world.clock.now()


def _answer(world: World, links: dict[Host, Link], question: Any) -> Result | RuntimeError | None:
    if not isinstance(question, tuple):
        world.clock.sleep(question)
        return None
    host, argv, timeout = question
    try:
        if host not in links:
            links[host] = world.links.to(host)
        return links[host].run(argv, timeout=timeout)
    except RunbookError as error:
        # None is due where these looks are made, and not every one can be sent as it is.
        return RuntimeError(str(error))


def peak_memory() -> float:
    """MB that this process has had at most. Not getrusage's: that begins with what whoever started it had."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / MIB
