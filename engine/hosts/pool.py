"""One link a host, opened when it is first needed, for the length of a run."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from engine.clock import Clock, SystemClock
from engine.errors import NOTHING_CHANGED, HostUnreachableError, RunbookError
from engine.hosts.host import Host, Link
from engine.hosts.link import HostLink
from engine.hosts.local import LocalLink
from engine.hosts.ssh import SshLink
from engine.hosts.ssh_settings import TransportSettings
from engine.log import tell

__all__ = ["ConnectedLinks", "TransportSettings"]

REMEMBERED = 10.0
"""Seconds for which a host that did not answer is not tried again, so that it costs one timeout only."""


@dataclass(slots=True)
class _Place:
    """What is known of one host. The lock is held while it is dialled; other hosts do not wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    link: HostLink | None = None
    failure: HostUnreachableError | None = None
    failed: Host | None = None
    until: float = 0.0


class ConnectedLinks:
    """Links to real hosts.

    Args:
        settings: how to log in.
        local: the host this runs on, if it is one of the cluster's: it is reached without ssh.
        clock: for how long a failure is remembered.
    """

    def __init__(self, settings: TransportSettings, local: Host | None = None, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._local = local
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}
        self._closed = False

    def to(self, host: Host) -> Link:
        """The link to this host: the one that is open, or a new one where none is or the last one was lost.

        Raises:
            HostError: see `Links.to`.
            UsageError: ssh_config cannot be used.
        """
        with self._lock:
            place = self._places.setdefault(host.name, _Place())
        with place.lock:
            if self._closed:
                raise HostUnreachableError(f"The links are closed; {host} was not asked.", changed=NOTHING_CHANGED)
            if place.link is not None:
                if place.link.alive:
                    return place.link
                place.link.close()
                place.link = None
            if place.failure and place.failed == host and self._clock.monotonic() < place.until:
                raise place.failure.with_traceback(None)
            try:
                place.link = self._open(host)
            except HostUnreachableError as error:
                # Only this one: a key or a name that is wrong is found out in no time, and may be put right.
                place.failure, place.failed = error, host
                place.until = self._clock.monotonic() + REMEMBERED
                raise
            return place.link

    def _open(self, host: Host) -> HostLink:
        begun = time.monotonic()
        try:
            link = self._opened(host)
        except RunbookError as error:
            seconds = round(time.monotonic() - begun, 3)
            tell("not connected", host=host.name, code=error.code, why=str(error), seconds=seconds)
            raise
        way = "local" if isinstance(link, LocalLink) else "ssh"
        tell("connected", host=host.name, way=way, seconds=round(time.monotonic() - begun, 3))
        return link

    def _opened(self, host: Host) -> HostLink:
        link: HostLink
        if self._local is not None and self._local.name == host.name:
            link = LocalLink(host, search_path=self._settings.search_path, state=self._settings.state)
        else:
            link = SshLink.open(host, self._settings)
        try:
            link.prove()
        except BaseException:
            link.close()
            raise
        return link

    def close(self) -> None:
        """Close all; nothing can be opened afterwards."""
        self._closed = True
        with self._lock:
            places = list(self._places.values())
        for place in places:
            with place.lock:
                if place.link is not None:
                    place.link.close()
                    place.link = None
