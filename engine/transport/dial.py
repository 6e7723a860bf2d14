"""The way to a host: directly, by a proxy command, or through other hosts."""

from __future__ import annotations

import getpass
import time
from dataclasses import replace

import paramiko

from engine.errors import NOTHING_CHANGED, HostUnreachableError
from engine.transport import sockets
from engine.transport.interface import Host
from engine.transport.login import Dialled, log_in
from engine.transport.settings import TransportSettings
from engine.transport.sshconfig import Target, target


def dial(host: Host, settings: TransportSettings) -> Dialled:
    """Log in to a host. Each jump and the host itself may take `settings.connect_timeout`.

    Raises:
        HostUnreachableError: no connection in time, or no key was accepted (code `login-refused`).
        HostKeyError: see `KnownHosts.judge`.
        UsageError: see `sshconfig.target`.
    """
    return _dial(host, settings, _login_name(), ())


def _dial(host: Host, settings: TransportSettings, login: str, through: tuple[str, ...]) -> Dialled:
    goal = target(host, settings, login=login)
    # Patterns such as "Host *" give a jump host itself as its own: it is reached directly.
    if goal.jumps and not {_hop(one).name for one in goal.jumps} & {host.name, *through}:
        return _by_jumps(host, goal, settings, login, (*through, host.name))
    deadline = time.monotonic() + settings.connect_timeout
    if goal.proxy_command:
        proxy = sockets.ProxyCommand(["/bin/sh", "-c", f"exec {goal.proxy_command}"])
        return log_in(goal, proxy.socket, goal.hostname, deadline, below=(proxy.close,))
    found = _addresses(host, goal, deadline)
    soon = deadline if settings.answer_timeout is None else time.monotonic() + settings.answer_timeout
    connection = sockets.connect(host.name, found, min(deadline, soon), settings.peer_timeout)
    return log_in(goal, connection, str(connection.getpeername()[0]), deadline)


def _addresses(host: Host, goal: Target, deadline: float) -> sockets.Addresses:
    # Half of the time for the resolver: it may hang, and there are the addresses the cluster knows.
    found = sockets.resolve(goal.hostname, goal.port, (deadline - time.monotonic()) / 2)
    if not found and not goal.renamed:
        for address in host.addresses:
            found += sockets.resolve(address, goal.port, max(deadline - time.monotonic(), 0.1))
    if not found:
        raise HostUnreachableError(
            f"{goal.hostname} does not resolve here, and no address of {host} is known.",
            changed=NOTHING_CHANGED,
            hint=f"Put {host} into /etc/hosts, or give its HostName in ssh_config.",
            code="host-unresolved",
        )
    return found


def _by_jumps(host: Host, goal: Target, settings: TransportSettings, login: str, through: tuple[str, ...]) -> Dialled:
    """Log in to the first jump host as to any host, to each next through the one before."""
    # What is set for the hosts of the cluster does not hold for the way there; ssh_config does.
    plain = TransportSettings(
        ssh_config=settings.ssh_config,
        connect_timeout=settings.connect_timeout,
        known_hosts=settings.known_hosts,
        peer_timeout=settings.peer_timeout,
    )
    users = [replace(plain, user=one.rpartition("@")[0] or None) for one in goal.jumps]
    hops = [_hop(one) for one in goal.jumps]
    users = [replace(user, port=hop.port) for user, hop in zip(users, hops, strict=True)]
    way = _dial(hops[0], users[0], login, through)
    try:
        for hop, user in zip(hops[1:], users[1:], strict=True):
            way = _onward(way, hop, target(hop, user, login=login), settings)
        return _onward(way, host, goal, settings)
    except BaseException:
        way.close()
        raise


def _hop(text: str) -> Host:
    """One host of a ProxyJump: `[user@]name[:port]`, an IPv6 address in brackets."""
    place = text.removeprefix("ssh://").rpartition("@")[2]
    name, colon, port = place.rpartition(":")
    if colon and port.isdigit() and (":" not in name or name.endswith("]")):
        return Host(name.strip("[]"), port=int(port))
    return Host(place.strip("[]"))


def _onward(way: Dialled, host: Host, goal: Target, settings: TransportSettings) -> Dialled:
    """Log in through an open connection; the names are resolved at its far end."""
    refusals = []
    for address in (goal.hostname, *(() if goal.renamed else host.addresses)):
        deadline = time.monotonic() + settings.connect_timeout
        try:
            channel = way.connection.transport.open_channel(
                "direct-tcpip", (address, goal.port), ("", 0), timeout=settings.connect_timeout
            )
        except (paramiko.SSHException, EOFError, OSError) as error:
            refusals.append(f"{address} port {goal.port}: {error}")
        else:
            return log_in(goal, channel, address, deadline, below=(way.close,))
    raise HostUnreachableError(
        f"{host} cannot be reached through {way.connection.original_host}.",
        why="; ".join(refusals),
        changed=NOTHING_CHANGED,
        hint=sockets.hint(host.name),
    )


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as some containers have
        return "root"
