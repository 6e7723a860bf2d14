"""The locks of several hosts: who answers, the same question to many at once, and signs of life to each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from engine.errors import RunbookError
from engine.hosts.host import Host, Links
from engine.hosts.supervisor import STATE
from engine.locks.holder import Holder
from engine.locks.script import LockReply, Verb, ask
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


TIMEOUT = 30.0
"""Seconds for the script on one host."""

Former = tuple[str, float]
NOBODY: Former = ("", 0.0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HostLocks:
    """How to ask hosts for their locks.

    Attributes:
        at_once: how many hosts at the same time.
        folder: our folder on the hosts.
    """

    links: Links
    at_once: int = 8
    folder: str = STATE

    def ask(
        self, host: Host, verb: Verb, holder: Holder, former: Former = NOBODY, *, timeout: float = TIMEOUT
    ) -> LockReply:
        """What a host says, see `script.ask`; that it does not answer is a way to fail. Raises nothing."""
        try:
            return ask(
                self.links,
                host,
                verb,
                token=holder.token,
                line=holder.line,
                former=former,
                folder=self.folder,
                timeout=timeout,
            )
        except RunbookError as error:
            return LockReply("failed", 0.0, str(error))
        except Exception as error:  # noqa: BLE001 - no mistake in here may reach the repair
            return LockReply("failed", 0.0, f"{type(error).__name__}: {error}")

    def answering(self, hosts: Sequence[Host]) -> tuple[list[Host], dict[str, str]]:
        """The hosts that can be reached, in their order, and why the others cannot, by name."""

        def why(host: Host) -> str:
            try:
                self.links.to(host)
            except RunbookError as error:
                return str(error)
            return ""

        answers = dict(zip(hosts, self._mapped(why, hosts), strict=True))
        return [host for host in hosts if not answers[host]], {host.name: one for host, one in answers.items() if one}

    def each(self, hosts: Sequence[Host], question: Callable[[Host], LockReply]) -> dict[str, LockReply]:
        """What each of them says, by name."""
        names = [host.name for host in hosts]
        return dict(zip(names, self._mapped(question, hosts), strict=True))

    def _mapped(self, function: Callable[[Host], T], hosts: Iterable[Host]) -> list[T]:
        asked = list(hosts)
        if self.at_once == 1 or len(asked) < 2:  # noqa: PLR2004 - nobody beside it
            return [function(one) for one in asked]
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="lock") as pool:
            return list(pool.map(carried(function), asked))
