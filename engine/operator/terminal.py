"""A person at a terminal. Shows on standard output, asks on /dev/tty: a redirected input can never answer."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import textwrap
import threading
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import TextIO

from engine.errors import RefusedError, StoppedError
from engine.operator.interface import Answer, Expected, Line, Option, Question, Style, is_reason
from engine.operator.screen import harmless, render, without_secrets

KEEPERS = ("TMUX", "STY")
"""What tmux and screen set for the programs in them."""


def hints(environment: Mapping[str, str]) -> tuple[Line, ...]:
    """What whoever is logged in by ssh should know, unless tmux or screen keeps their terminal."""
    if not environment.get("SSH_CONNECTION") or any(environment.get(one) for one in KEEPERS):
        return ()
    words = (
        "You are logged in by ssh and not inside tmux or screen. If that connection is lost, the change that is under"
        " way is waited for, and the run ends; inside tmux it would go on."
    )
    return (Line(Style.WARNING, words),)


def until_readable(descriptor: int, resumed: Callable[[], None] = lambda: None) -> None:
    """Wait until there is something to read; handlers of signals run meanwhile, and may raise.

    Python looks at signals between two instructions of its own, so that one which arrives just before a `read` begins
    would be seen only after the next line: a Ctrl-C without effect. Here a signal wakes the waiting by a descriptor.

    Args:
        descriptor: of what is waited for.
        resumed: called when we were suspended (Ctrl-Z) and go on: other programs have used the terminal meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    # Only a signal that has a handler of Python's wakes anything.
    before_resumed = signal.signal(signal.SIGCONT, lambda _number, _frame: None)
    before = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while all(ready == woken for ready, _event in poll.poll()):
            if signal.SIGCONT in os.read(woken, select.PIPE_BUF):
                resumed()
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGCONT, before_resumed)
        os.close(woken)
        os.close(waker)


def is_readable(descriptor: int) -> bool:
    """Whether there is something to read just now."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


TTY = "/dev/tty"
_NO_REASON = "  That is one of the answers to a question, no reason. Say why, or press Ctrl-C to end here.\n"
MAX_WIDTH = 110
"""Columns; longer lines are hard to read, however wide the terminal is."""


class Terminal:
    """Talks to the person at the controlling terminal.

    Raises:
        RefusedError: there is no terminal to ask on.
    """

    def __init__(self, out: TextIO | None = None, *, colour: bool | None = None) -> None:
        self._out = out or sys.stdout
        try:
            # Unbuffered underneath, so that reading and writing one terminal do not wait for each other.
            self._tty = TextIOWrapper(
                os.fdopen(os.open(TTY, os.O_RDWR | os.O_NOCTTY), "r+b", buffering=0),
                encoding="utf-8",
                errors="replace",
                write_through=True,
            )
        except OSError as error:
            raise RefusedError(
                "There is no terminal to ask on.",
                why=error.strerror or str(error),
                changed="Nothing was changed.",
                hint="Run it in a terminal (ssh -t), or give the answers in a file: --answers FILE.",
                code="no-terminal",
            ) from error
        self._colourless = colour is False or (colour is None and "NO_COLOR" in os.environ)
        self._plain = self._colourless or (colour is None and not self._out.isatty())
        self._width = min(shutil.get_terminal_size().columns, MAX_WIDTH)
        # Whoever redirects the output still has to see what they are asked about.
        self._elsewhere = not self._out.isatty()

    def show(self, *lines: Line) -> None:
        try:
            for line in without_secrets(lines):
                print(render(line, colour=not self._plain, width=self._width), file=self._out)
            self._out.flush()
        except (OSError, ValueError) as error:
            raise _gone() from error

    def ask(self, question: Question) -> Answer:
        if self._elsewhere:
            for line in question.card:
                self._write(render(line, colour=not self._colourless, width=self._width) + "\n")
        words = ", ".join(f"{' or '.join(option.words)} = {option.label}" for option in question.options)
        text = f"\n{harmless(question.text)}\n"
        prompt = self._wrapped(f"[{harmless(words)}{', more' if question.more else ''}]: ")
        self._write(text)
        while True:
            typed = self._answer(prompt, text)
            if question.more and typed.strip().lower() == "more":
                self.show(*question.more)
                continue
            option = question.option_for(typed)
            if option is None:
                self._write("  Not understood; nothing is done until you type one of the answers in full.\n")
                continue
            return Answer(option.key, typed.strip(), self._reason(option))

    def words(self, wanted: Expected) -> str:
        text = f"\n{harmless(wanted.text)}\n"
        self._write(text)
        while True:
            typed = self._read_hidden(text) if wanted.hidden else self._answer("  : ", text)
            words = typed.strip()
            if is_reason(words) or (words and wanted.hidden):
                return words
            if words:
                self._write(_NO_REASON)

    def fileno(self) -> int:
        """Where it can be seen that something was typed."""
        return self._tty.fileno()

    def typed(self) -> str | None:
        """A line that was typed, if there is one; it does not wait."""
        return self._read() if is_readable(self._tty.fileno()) else None

    def _wrapped(self, text: str) -> str:
        lines = textwrap.wrap(text, max(self._width - 2, 40), break_long_words=False, break_on_hyphens=False)
        return textwrap.indent("\n".join(lines), "  ") + " "

    def _reason(self, option: Option) -> str:
        if not option.needs_reason:
            return ""
        while True:
            if is_reason(reason := self._answer("  Why? (recorded in the journal): ").strip()):
                return reason
            if reason:
                self._write(_NO_REASON)

    def _answer(self, prompt: str, before: str = "\n") -> str:
        """What is typed at a prompt; after a suspension it is shown again, with what stood before it."""
        self._write(prompt)
        return self._read(lambda: self._write(before + prompt))

    def _read(self, resumed: Callable[[], None] = lambda: None) -> str:
        try:
            until_readable(self._tty.fileno(), resumed)
            line = self._tty.readline()
        except OSError as error:
            raise _gone() from error
        if not line:
            raise _gone()
        return line

    def _read_hidden(self, text: str) -> str:
        """A line that is not echoed; what was typed before it is asked for is thrown away, since it was."""
        number = self._tty.fileno()
        try:
            before = termios.tcgetattr(number)
            silent = termios.tcgetattr(number)
            silent[3] &= ~termios.ECHO
            termios.tcsetattr(number, termios.TCSAFLUSH, silent)
        except termios.error as error:
            raise _gone() from error

        def resumed() -> None:
            # The shell has set the terminal as it likes it.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(number, termios.TCSADRAIN, silent)
            self._write(f"{text}  unseen: ")

        try:
            self._write("  unseen: ")
            return self._read(resumed)
        finally:
            # Whatever comes, also Ctrl-C: a terminal without echo is of no use to anybody.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(number, termios.TCSADRAIN, before)
            with contextlib.suppress(StoppedError):
                self._write("\n")

    def _write(self, text: str) -> None:
        try:
            self._tty.write(text)
            self._tty.flush()
        except OSError as error:
            raise _gone() from error


def _gone() -> StoppedError:
    return StoppedError(
        "The terminal went away.",
        changed="Nothing was begun after that; the journal says what was done before.",
        hint="Work inside tmux or screen, so that a lost connection does not end a run.",
        code="terminal-gone",
    )
