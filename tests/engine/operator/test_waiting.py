"""What a person types is waited for, and no signal is slept through."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from engine.operator.terminal import until_readable


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ours, theirs = os.pipe()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def test_what_is_there_is_readable_at_once(pipe: tuple[int, int]) -> None:
    ours, theirs = pipe
    os.write(theirs, b"yes\n")
    until_readable(ours)
    assert os.read(ours, 10) == b"yes\n"


def test_a_handler_that_returns_does_not_end_the_waiting(pipe: tuple[int, int]) -> None:
    ours, theirs = pipe
    seen: list[int] = []

    def handler(number: int, _frame: object) -> None:
        seen.append(number)
        os.write(theirs, b"y\n")

    before = signal.signal(signal.SIGUSR1, handler)
    thread = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGUSR1))
    try:
        thread.start()
        until_readable(ours)
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    assert seen == [signal.SIGUSR1]
    assert os.read(ours, 10) == b"y\n"
    assert signal.set_wakeup_fd(-1) == -1


ELSEWHERE = """
import os, signal, sys, threading
from engine.operator.terminal import until_readable

ours, theirs = os.pipe()
# Another thread gets it, so that no call of this one is interrupted: as if it had come just before the call.
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
try:
    until_readable(ours)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_a_signal_that_interrupts_no_call_of_ours_is_heard_all_the_same() -> None:
    command = [sys.executable, "-c", ELSEWHERE]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")
