"""Waiting for what a person types, so that no signal is slept through."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable


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
