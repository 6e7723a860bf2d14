"""Waiting for what a person types, so that no signal is slept through."""

from __future__ import annotations

import os
import select
import signal
import threading


def until_readable(descriptor: int) -> None:
    """Wait until there is something to read; handlers of signals run meanwhile, and may raise.

    Python looks at signals between two instructions of its own, so that one which arrives just before a `read` begins
    would be seen only after the next line: a Ctrl-C without effect. Here a signal wakes the waiting by a descriptor.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while all(ready == woken for ready, _event in poll.poll()):
            os.read(woken, select.PIPE_BUF)
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(waker)
