"""A real terminal for tests: a pseudo-terminal with a program in it, read and typed into as a person would."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PROMPT = "]: "
"""What the program prints last when it waits for an answer."""
QUIET = 30.0
"""Seconds without a word after a prompt until it is sure that an answer is waited for."""


class NotSeenError(AssertionError):
    """What was waited for did not appear on the screen."""


class TerminalSession:
    """A program whose controlling terminal is ours.

    Attributes:
        screen: everything it has printed so far, without colours.
        raw: the same with colours.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        cwd: str | None = None,
        stdout: int | None = None,
    ) -> None:
        self._master, slave = os.openpty()
        self._seen = 0
        self.screen = ""
        self.raw = ""
        # setsid makes the terminal the controlling one, which is what /dev/tty opens; it execs without a fork.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv],
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **(env or {})},
            cwd=cwd,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def expect(self, text: str, timeout: float = 120) -> str:
        """Wait for a text that was not yet waited for; return what was printed up to its end.

        Raises:
            NotSeenError: it did not come in time, or the program ended before, or asks something else meanwhile.
        """
        deadline = time.monotonic() + timeout
        while (at := self.screen.find(text, self._seen)) < 0:
            if not self._read_unless_it_asks(deadline):
                raise NotSeenError(f"{text!r} was not seen; the screen is:\n{self.screen}")
        start, self._seen = self._seen, at + len(text)
        return self.screen[start : self._seen]

    def type(self, text: str) -> None:
        """Type a line and press Enter."""
        os.write(self._master, text.encode() + b"\n")

    def press(self, key: bytes) -> None:
        """Send a key as it is, such as b'\\x03' for Ctrl-C."""
        os.write(self._master, key)

    def end(self, timeout: float = 60) -> int:
        """Wait until the program has ended; its exit code.

        Raises:
            NotSeenError: it asks something instead.
            subprocess.TimeoutExpired: it did not end in time.
        """
        deadline = time.monotonic() + timeout
        while self._read_unless_it_asks(deadline):
            pass
        if self._asks:
            raise NotSeenError(f"the end was not seen, but a question; the screen is:\n{self.screen}")
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def hang_up(self) -> None:
        """Close the terminal, as when a connection is lost."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    @property
    def _asks(self) -> bool:
        """Whether the last that was printed, and not waited for, is a prompt."""
        return self.screen[self._seen :].endswith(PROMPT)

    def _read_unless_it_asks(self, deadline: float) -> bool:
        """Read once; False also when an answer is waited for that nobody is going to give."""
        left = deadline - time.monotonic()
        return self._read(min(left, QUIET) if self._asks else left)

    def _read(self, timeout: float) -> bool:
        """Read once; False when there will be nothing more, or not in time."""
        if timeout <= 0 or not select.select([self._master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: the last program on the terminal has ended
            return False
        text = data.decode(errors="replace").replace("\r\n", "\n")
        self.raw += text
        self.screen += ANSI.sub("", text)
        return bool(data)
