"""Signs of life: each host gets them from a thread of its own, so that one that hangs delays no other."""

from __future__ import annotations

import threading
from collections.abc import Callable

from engine.hosts.host import Host
from engine.log import carried


class Heartbeat:
    """Calls something for each host again and again, until it is over.

    Args:
        beat: what is called; it raises nothing.
        every: seconds from the end of one call to the next. None for no threads at all: it is called where and when it
            is asked for, as a cluster that is embedded in this process needs it.
    """

    def __init__(self, beat: Callable[[Host], None], every: float | None) -> None:
        self._beat = beat
        self._every = every
        self._hosts: dict[Host, threading.Event] = {}
        self._over = False

    def watch(self, host: Host) -> None:
        """From now on this host, too."""
        wanted = self._hosts.setdefault(host, threading.Event())
        if self._every is not None:
            # Nobody waits for it when the program ends: it may hang for as long as its host does.
            threading.Thread(
                target=carried(self._work), args=(host, wanted, self._every), name=f"lock {host}", daemon=True
            ).start()

    def now(self) -> None:
        """Call it soon, whether it is time or not."""
        for host, wanted in list(self._hosts.items()):
            if self._every is None:
                self._beat(host)
            else:
                wanted.set()

    def end(self) -> None:
        """Call it no more. One call may still be under way."""
        self._over = True
        for wanted in list(self._hosts.values()):
            wanted.set()

    def _work(self, host: Host, wanted: threading.Event, every: float) -> None:
        while True:
            wanted.wait(every)
            wanted.clear()
            if self._over:
                return
            self._beat(host)
