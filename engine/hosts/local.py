"""The host we run on, without ssh."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO

from engine.errors import NOTHING_CHANGED, HostUnreachableError, LinkLostError
from engine.hosts import command
from engine.hosts.host import Host, Result
from engine.hosts.limits import Output, Over, Patience, Streams
from engine.hosts.link import UNWATCHED, HostLink, Watch, over
from engine.hosts.ssh_settings import SEARCH_PATH
from engine.hosts.supervisor import STATE

QUIET = 1.0
"""Seconds without output after which a command that ended is done: a daemon it left may hold the pipe."""

PASSED_ON = ("HOME", "LOGNAME", "SHELL", "TZ", "USER")
"""What a login sets; the rest (a virtual environment's, a single-file program's) is not the command's."""

_CHUNK = 65536
_TICK = 0.1


class LocalLink(HostLink):
    """Commands on this host, under the rules of a link.

    A command runs in a session of its own, so that Ctrl-C at the terminal stops the engine and not a change
    half way. For the same reason a command that takes longer than it may is left running, exactly as one on
    another host is: `LinkLostError` says so, and the engine finds out how it ended.
    """

    def __init__(self, host: Host, *, search_path: Sequence[str] = SEARCH_PATH, state: str = STATE) -> None:
        super().__init__(host, state)
        self._search_path = tuple(search_path)

    @property
    def alive(self) -> bool:
        return True

    def execute(self, argv: Sequence[str], *, timeout: float, sudo: bool, watch: Watch = UNWATCHED) -> Result:
        sent = command.words(argv, search_path=self._search_path, sudo=sudo)
        for word in sent:
            command.refuse_too_long(word)
        start = time.monotonic()
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of words, no shell
                sent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | _PATH,
                start_new_session=True,
            )
        except OSError as error:
            raise HostUnreachableError(
                f"{argv[0]} could not be started on {self.host}.", why=str(error), changed=NOTHING_CHANGED
            ) from error
        streams = watch.streams()
        code: int | Over = "timed-out"
        try:
            code = _follow(process, streams, Patience(timeout), watch.tick)
        finally:
            if not isinstance(code, int):
                # Someone has to take note of its end, or it stays in the process table.
                threading.Thread(target=process.wait, daemon=True).start()
        out, err = streams.out.text(), streams.err.text()
        if not isinstance(code, int):
            raise LinkLostError(
                over(code, watch.name or argv[0], self.host, timeout),
                why=(err or out).strip()[-500:],
                changed=f"It was left alone and may still be running on {self.host} (process {process.pid}).",
                hint="Look whether it still runs and what it did before anything else is tried.",
                code=code,
            ).printed(out, err)
        # A shell's way of telling an end by a signal.
        exit_code = code if code >= 0 else 128 - code
        return Result(tuple(argv), out, err, exit_code, time.monotonic() - start)

    def close(self) -> None:
        """Nothing is open between commands."""


_PATH = {"PATH": os.pathsep.join(SEARCH_PATH)}


def _follow(
    process: subprocess.Popen[bytes], streams: Streams, patience: Patience, tick: Callable[[], None]
) -> int | Over:
    """Read both streams until the process has ended; its exit code, or why it is not waited for."""
    with process.stdout as stdout, process.stderr as stderr, selectors.DefaultSelector() as selector:  # type: ignore[union-attr]
        for stream, output in ((stdout, streams.out), (stderr, streams.err)):
            selector.register(stream, selectors.EVENT_READ, output)
        quiet_since: float | None = None  # counts from its end: what it printed last may still be in the pipe
        while selector.get_map():
            tick()
            now = time.monotonic()
            ended = process.poll() is not None
            if ended and quiet_since is None:
                quiet_since = now
            if quiet_since is not None and now - quiet_since > QUIET:
                break
            left = max(patience.left(), 0.0)
            if not ended and not left:
                return "timed-out"
            if (why := streams.over) is not None:
                return why
            for key, _ in selector.select(min(_TICK, left) if not ended else _TICK):
                quiet_since = None
                if not _read(key.fileobj, key.data):  # type: ignore[arg-type]
                    selector.unregister(key.fileobj)
    try:
        return process.wait(max(patience.left(), 0.0))
    except subprocess.TimeoutExpired:
        return "timed-out"


def _read(stream: IO[bytes], output: Output) -> bool:
    data = os.read(stream.fileno(), _CHUNK)
    output.add(data)
    return bool(data)
