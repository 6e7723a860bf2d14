"""The way to a host and the login there: a socket, directly or through others; the host's key, then ours."""

from __future__ import annotations

import getpass
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import fabric
import paramiko

from engine.errors import NOTHING_CHANGED, HostKeyError, HostUnreachableError
from engine.hosts import sockets
from engine.hosts.host import Host
from engine.hosts.host_keys import DEFAULT_PORT, KnownHosts, OfferedKey, with_port
from engine.hosts.limits import Watchdog
from engine.hosts.ssh_config import Target, target
from engine.hosts.ssh_keys import let_go_of_agents, our_keys
from engine.hosts.ssh_settings import TransportSettings

KEEPALIVE = 15
"""Seconds between signs of life, so that firewalls keep the connection and a dead peer is noticed."""

# Without a handler of its own, paramiko's complaints, tracebacks included, end on the operator's terminal.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Dialled:
    """An open connection, and what to close after it."""

    connection: fabric.Connection
    below: tuple[Callable[[], None], ...] = ()

    def close(self) -> None:
        transport = self.connection.client.get_transport()
        self.connection.close()
        # Fabric closes nothing where a connection was never whole, or was lost.
        self.connection.client.close()
        if transport is not None and transport.is_alive():
            transport.join(1.0)
        for close in self.below:
            close()


class _OurPolicy(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Judges every key: paramiko is given no known keys, so it asks for each."""

    def __init__(self, judge: Callable[[OfferedKey], None]) -> None:
        self._judge = judge
        self.accepted = False

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ARG002
        self._judge(OfferedKey(key.get_name(), key.asbytes()))
        self.accepted = True

    def insist(self, name: str) -> None:
        """Make sure that the question was asked at all: a library that stops asking must not open the door."""
        if not self.accepted:
            raise HostKeyError(f"The host key of {name} was not checked.", changed=NOTHING_CHANGED)


def log_in(
    goal: Target, sock: Any, address: str, deadline: float, *, below: tuple[Callable[[], None], ...] = ()
) -> Dialled:
    """Make an open socket, or what behaves like one, a connection. On failure everything is closed.

    Args:
        goal: the host, the user and the keys.
        sock: leads to the host's sshd.
        address: the address it leads to, by which the host's key may be known too.
        deadline: on the monotonic clock.
        below: what to close when the connection is closed.

    Raises:
        HostUnreachableError: not in time, no ssh there, or none of our keys accepted (code `login-refused`).
        HostKeyError: see `KnownHosts.judge`.
    """
    known = KnownHosts(goal.known_hosts)
    names, also = _names(goal, address)
    usual = known.known(names) or known.known(also)
    login = f"ssh -p {goal.port} {goal.user}@{goal.name}"
    policy = _OurPolicy(lambda offered: known.judge(goal.name, names, offered, also=also, login=login))
    with our_keys(goal) as keys:
        connection = fabric.Connection(
            host=address,
            user=goal.user,
            port=goal.port,
            # Lazy and with an empty ssh_config: fabric reads no files of its own; all is decided already.
            config=fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig()),
            gateway=False,
            forward_agent=False,
            connect_kwargs={
                "sock": sock,
                "transport_factory": _transports([key.kind for key in usual], deadline),
                **keys,
            },
        )
        # Fabric's own policy accepts any key.
        connection.client.set_missing_host_key_policy(policy)
        dialled = Dialled(connection, (lambda: sockets.hang_up(sock), *below))

        def bite() -> None:
            sockets.cut(sock)
            let_go_of_agents(connection.client, keys)

        dog = Watchdog(deadline - time.monotonic(), bite)
        try:
            with dog:
                connection.open()
                policy.insist(goal.name)
            connection.transport.set_keepalive(KEEPALIVE)
        except HostKeyError:
            dialled.close()
            raise
        except Exception as error:  # not only its own errors come through paramiko
            dialled.close()
            raise _failed(goal, error, late=dog.expired, accepted=policy.accepted) from error
        except BaseException:
            dialled.close()
            raise
    return dialled


def _failed(goal: Target, error: Exception, *, late: bool, accepted: bool) -> HostUnreachableError:
    why = str(error) or type(error).__name__
    if late:
        return HostUnreachableError(
            f"{goal.name} takes connections, but did not let us in in time.",
            why=why,
            changed=NOTHING_CHANGED,
            hint=f"{sockets.hint(goal.name)} A longer connect_timeout may help with a slow host.",
            code="host-silent",
        )
    if accepted:
        return HostUnreachableError(
            f"{goal.name} does not let {goal.user} in.",
            why=why + _not_honoured(goal),
            changed=NOTHING_CHANGED,
            hint="Load the key with ssh-add (the only way for one with a passphrase), or name it by "
            f"IdentityFile in ssh_config; on {goal.name}, see the user's authorized_keys.",
            code="login-refused",
        )
    return HostUnreachableError(
        f"{goal.name} cannot be talked to by ssh.",
        why=why,
        changed=NOTHING_CHANGED,
        hint=sockets.hint(goal.name),
    )


def _not_honoured(goal: Target) -> str:
    if not goal.not_honoured:
        return ""
    return f" ssh_config sets {', '.join(goal.not_honoured)} for it, which ssh would follow and this program does not."


def _names(goal: Target, address: str) -> tuple[list[str], list[str]]:
    """By what the host's key is known, and by what else it may be: see `KnownHosts.judge`."""
    if goal.alias:
        return [goal.alias], []
    plain = list(dict.fromkeys((goal.name, goal.hostname, address)))
    names = [with_port(name, goal.port) for name in plain]
    return names, ([] if goal.port == DEFAULT_PORT else plain)


def _transports(usual: list[str], deadline: float) -> Callable[..., Any]:
    """Makes paramiko's transports: they ask for a key of a type we know, and wait no longer than we do."""

    def transport(sock: Any, **options: Any) -> Any:
        made = paramiko.Transport(sock, **options)
        left = max(deadline - time.monotonic(), 0.1)
        made.banner_timeout = made.handshake_timeout = made.auth_timeout = left
        algorithms = made.get_security_options()
        offered = algorithms.key_types
        known = {"rsa-sha2-512", "rsa-sha2-256", *usual} if "ssh-rsa" in usual else set(usual)
        algorithms.key_types = sorted(offered, key=lambda kind: kind not in known)
        return made

    return transport


def dial(host: Host, settings: TransportSettings) -> Dialled:
    """Log in to a host. Each jump and the host itself may take `settings.connect_timeout`.

    Raises:
        HostUnreachableError: no connection in time, or no key was accepted (code `login-refused`).
        HostKeyError: see `KnownHosts.judge`.
        UsageError: see `ssh_config.target`.
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
