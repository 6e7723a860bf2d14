"""Sending the tip of the journal to where it can be compared later. It never stops a change and hardly delays one."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.errors import RunbookError
from engine.hosts.host import Host, Links
from engine.journal.anchor import TAG, Anchor, command
from engine.journal.events import AnchorFailed
from engine.journal.line import Tip

TIMEOUT = 30.0
"""Seconds after which the end of one `logger` is not waited for any more, by the thread that sent it."""

PATIENCE = 2.0
"""Seconds a change waits for its anchor, once a host: where one is late, it is not waited for again in this run."""

AT_THE_END = 5.0
"""Seconds the end of a run waits for all that is still under way."""

AUTH_NOTICE = 37
"""auth.notice as syslog writes it: facility 4, severity 5 (RFC 5424, 6.2.1)."""

HERE = "this machine"


class Anchors:
    """Sends anchors of one run's journal.

    Each place has a queue and a thread of its own, so that one that hangs delays no other.

    Args:
        witnesses: the first of them that takes an anchor gets all.
        run: name of the run.
        here: the socket of this machine's syslog, `/dev/log`; None to leave it out.
        patience: seconds, see `PATIENCE`.
    """

    def __init__(
        self, links: Links, witnesses: Sequence[Host], run: str, *, here: Path | None, patience: float = PATIENCE
    ) -> None:
        self._links = links
        self._run = run
        self._patience = patience
        self._lock = threading.Lock()
        self._failed: list[AnchorFailed] = []
        self._witness = _Place(links, witnesses, self._fail) if witnesses else None
        self._hosts: dict[str, _Place] = {}
        self._here = here
        self._sent = False

    def send(self, tip: Tip, host: Host) -> None:
        """Leave the tip with the witness, with the host that is about to be changed, and on this machine.

        Raises nothing; `failures` tells what went wrong.
        """
        anchor = Anchor(self._run, tip)
        with self._lock:
            self._sent = True
            places = [self._witness] if self._witness is not None else []
            if self._witness is None or self._witness.name != host.name:
                places.append(self._hosts.setdefault(host.name, _Place(self._links, (host,), self._fail)))
        self._send_here(anchor)
        under_way = [(place, place.put(anchor)) for place in places]
        end = time.monotonic() + self._patience
        for place, delivered in under_way:
            if not place.late and not delivered.wait(max(0.0, end - time.monotonic())):
                place.late = True

    def finish(self, tip: Tip) -> None:
        """Leave the last tip wherever one was left before, and wait a little for all of them.

        A run that changed nothing leaves it on this machine only.
        """
        anchor = Anchor(self._run, tip)
        self._send_here(anchor)
        with self._lock:
            places = [*([self._witness] if self._witness is not None else []), *self._hosts.values()]
            places = places if self._sent else []
        under_way = [(place, place.put(anchor)) for place in places]
        end = time.monotonic() + max(AT_THE_END, self._patience)
        for place, delivered in under_way:
            if not delivered.wait(max(0.0, end - time.monotonic())):
                self._fail(AnchorFailed(place.name, tip.line, "it had not answered when the run ended"))

    def failures(self) -> list[AnchorFailed]:
        """What went wrong since this was asked the last time."""
        with self._lock:
            failed, self._failed = self._failed, []
        return failed

    def _fail(self, failure: AnchorFailed) -> None:
        with self._lock:
            self._failed.append(failure)

    def _send_here(self, anchor: Anchor) -> None:
        if self._here is None or not self._here.exists():
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
                log.settimeout(0.0)
                log.connect(str(self._here))
                log.send(f"<{AUTH_NOTICE}>{TAG}: {anchor.text}".encode())
        except OSError as error:
            self._fail(AnchorFailed(HERE, anchor.tip.line, f"{self._here}: {error.strerror or error}"))


class _Place:
    """Delivers anchors to the first of some hosts that takes them, one after the other."""

    def __init__(self, links: Links, hosts: Sequence[Host], failed: Callable[[AnchorFailed], None]) -> None:
        self._links = links
        self._hosts = list(hosts)
        self._failed = failed
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Anchor, threading.Event]] = deque()
        self._running = False
        self.late = False

    @property
    def name(self) -> str:
        return self._hosts[0].name

    def put(self, anchor: Anchor) -> threading.Event:
        """Deliver it when those before it are; the event is set when that was tried."""
        delivered = threading.Event()
        with self._lock:
            self._waiting.append((anchor, delivered))
            if not self._running:
                # Nobody waits for it when the program ends: it may hang for as long as its host does.
                self._running = True
                threading.Thread(target=self._work, daemon=True).start()
        return delivered

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                anchor, delivered = self._waiting.popleft()
            self._deliver(anchor)
            delivered.set()

    def _deliver(self, anchor: Anchor) -> None:
        while why := self._attempt(anchor):
            if len(self._hosts) == 1:
                self._failed(AnchorFailed(self.name, anchor.tip.line, why))
                return
            del self._hosts[0]

    def _attempt(self, anchor: Anchor) -> str:
        """Why the host did not take it; nothing if it did."""
        host = self._hosts[0]
        try:
            result = self._links.to(host).run(command(anchor), timeout=TIMEOUT)
        except RunbookError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - no mistake in here may reach the repair
            return f"{type(error).__name__}: {error}"
        return "" if result.ok else f"logger ended with exit code {result.exit_code}. {result.stderr[-500:]}".strip()
