"""The sockets under an ssh connection: opened within a time, and tuned to notice a dead peer."""

from __future__ import annotations

import contextlib
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any

from engine.errors import NOTHING_CHANGED, HostUnreachableError

PEER_TIMEOUT = 45.0
"""Seconds after which the kernel gives up a connection whose peer acknowledges nothing."""

Addresses = list[tuple[socket.AddressFamily, Any]]
"""Families and addresses, as `socket.connect` takes them."""


def resolve(name: str, port: int, timeout: float) -> Addresses:
    """The addresses of a name, none if it does not resolve in time: in an outage the resolver may hang."""
    answer: queue.SimpleQueue[Addresses] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answer.put([])
        else:
            answer.put([(family, address) for family, _, _, _, address in found])

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.get(timeout=timeout)
    except queue.Empty:
        return []


def connect(host: str, addresses: Addresses, deadline: float, peer_timeout: float = PEER_TIMEOUT) -> socket.socket:
    """A TCP connection to the first address that takes one.

    Raises:
        HostUnreachableError: none does; with what each of them said.
    """
    refusals = []
    for index, (family, address) in enumerate(addresses):
        # What is left of the time is shared out, so that a silent address leaves some for the next.
        share = max(deadline - time.monotonic(), 0.1) / (len(addresses) - index)
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(share)
            connection.connect(address)
        except OSError as error:
            connection.close()
            refusals.append(f"{address[0]} port {address[1]}: {error.strerror or error}")
        else:
            tune(connection, peer_timeout)
            return connection
    raise HostUnreachableError(
        f"{host} cannot be reached.", why="; ".join(refusals), changed=NOTHING_CHANGED, hint=hint(host)
    )


def hint(host: str) -> str:
    return f"Check that {host} is up and that `ssh {host}` works from here."


def tune(connection: socket.socket, peer_timeout: float) -> None:
    """Send small packets at once (each command would wait 40 ms otherwise) and notice when nobody listens."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(peer_timeout * 1000))


def cut(connection: Any) -> None:
    """End what goes through a socket or a channel; whoever reads from it notices."""
    if isinstance(connection, socket.socket):
        # Not closed: its number could be another file's before the reader looks.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    else:
        hang_up(connection)


def hang_up(connection: Any) -> None:
    """Close a socket or a channel, whatever state it is in."""
    with contextlib.suppress(OSError, EOFError):
        connection.close()


class ProxyCommand:
    """A ProxyCommand as ssh runs it, at the other end of a socket.

    Paramiko's own class for this does not notice when the command ends, and has no shell where OpenSSH has one.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the operator's own command, from ssh_config
                argv,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def close(self) -> None:
        cut(self.socket)
        hang_up(self.socket)
        self._process.terminate()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            # One that not even this ends hangs at a disk; somebody has to take note of its end, but not wait for it.
            threading.Thread(target=self._process.wait, daemon=True).start()
