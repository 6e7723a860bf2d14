"""How hosts are reached, as the operator's configuration says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.hosts.sockets import PEER_TIMEOUT
from engine.hosts.supervisor import STATE

SEARCH_PATH = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
)
"""Where programs are looked for on a host, whatever the login shell there thinks."""

ANSWER_TIMEOUT = 4.0
"""Seconds until something at an address has to take a TCP connection, where an answer is wanted soon."""
CONNECT_TIMEOUT = 10.0
"""Seconds from the first packet to a login, host key and authentication included; each jump has its own."""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """What may be set; everything else is ssh_config's to say.

    Attributes:
        user: the login name; else ssh_config's User, else the name of whoever runs this.
        port: comes before ssh_config's Port and before the port the cluster knows of.
        ssh_config: read instead of the user's and the system's own.
        connect_timeout: seconds until a host counts as unreachable.
        answer_timeout: seconds until the host takes a TCP connection at all, where that is to count; else within
            connect_timeout.
        known_hosts: files of host keys, searched before those that ssh_config names.
        identity_files: private keys, tried before those that ssh_config names.
        search_path: the directories in which programs are found on the hosts.
        state: the folder on the hosts in which the record of changes is kept.
        peer_timeout: seconds after which a connection whose peer acknowledges nothing has ended.
    """

    user: str | None = None
    port: int | None = None
    ssh_config: Path | None = None
    connect_timeout: float = CONNECT_TIMEOUT
    answer_timeout: float | None = None
    known_hosts: tuple[Path, ...] = ()
    identity_files: tuple[Path, ...] = ()
    search_path: tuple[str, ...] = SEARCH_PATH
    state: str = STATE
    peer_timeout: float = PEER_TIMEOUT
