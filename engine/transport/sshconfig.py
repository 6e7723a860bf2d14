"""What ssh_config says about a host, with our own settings before it and what the cluster knows after it."""

from __future__ import annotations

import glob
import io
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

from engine.errors import NOTHING_CHANGED, UsageError
from engine.transport.interface import Host
from engine.transport.settings import TransportSettings

USER_CONFIG = "~/.ssh/config"
SYSTEM_CONFIG = Path("/etc/ssh/ssh_config")
USER_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"

_INCLUDES = 16
"""Files within files, as many as OpenSSH allows."""


_NAME = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")
"""A name or an address. Names come from the cluster too, and ssh_config may put them into a ProxyCommand, which a
shell reads."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how to log in.

    Attributes:
        name: the name that was asked for.
        hostname: what to connect to: ssh_config's HostName, or the name.
        renamed: ssh_config gives a HostName of its own, so no other address is tried.
        user: the login name.
        port: the port of sshd.
        alias: HostKeyAlias, the only name to look the host key up by.
        known_hosts: the files to look it up in.
        identity_files: private keys, as they are named; they need not exist.
        identities_only: no other key may be offered.
        proxy_command: a command whose input and output are the connection.
        jumps: the hosts to go through, the nearest first.
    """

    name: str
    hostname: str
    renamed: bool
    user: str
    port: int
    alias: str | None
    known_hosts: tuple[Path, ...]
    identity_files: tuple[Path, ...]
    identities_only: bool
    proxy_command: str | None
    jumps: tuple[str, ...]


def target(host: Host, settings: TransportSettings, *, login: str) -> Target:
    """Everything about one host.

    ssh_config takes the first value it finds; so our settings are put before the files, and what the cluster
    knows behind them.

    Args:
        host: the host.
        settings: the operator's settings.
        login: the user where nothing else names one.

    Raises:
        UsageError: ssh_config cannot be read or understood, or the host's name is none.
    """
    for name in (host.name, *host.addresses):
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be the name or the address of a host.",
                changed=NOTHING_CHANGED,
                hint="Look where it comes from before you go on.",
                code="host-name-invalid",
            )
    try:
        config = paramiko.SSHConfig()
        first = _block(user=settings.user, port=settings.port)
        last = _block(user=login, port=host.port or 22)
        config.parse(io.StringIO("\n".join([*first, *_files(settings.ssh_config), *last])))
        return _target(host.name, config.lookup(host.name), settings, login)
    except (OSError, ValueError, LookupError, paramiko.SSHException) as error:
        raise UsageError(
            f"ssh_config cannot be used for {host}.",
            why=str(error),
            changed=NOTHING_CHANGED,
            hint=f"`ssh -G {host}` shows what OpenSSH makes of it.",
            code="ssh-config",
        ) from error


def _target(name: str, found: Mapping[str, Any], settings: TransportSettings, login: str) -> Target:
    hostname, user, port = found["hostname"], found["user"], int(found["port"])
    alias = found.get("hostkeyalias")
    tokens = {"%%": "%", "%h": hostname, "%n": name, "%p": str(port), "%r": user, "%u": login}
    tokens |= {"%d": str(Path.home()), "%k": alias or name}
    user_files = found.get("userknownhostsfile", USER_KNOWN_HOSTS)
    system_files = found.get("globalknownhostsfile", SYSTEM_KNOWN_HOSTS)
    jumps = found.get("proxyjump", "none")
    identities = (*map(str, settings.identity_files), *found.get("identityfile", ()))
    return Target(
        name=name,
        hostname=hostname,
        renamed=hostname.lower() != name.lower(),
        user=user,
        port=port,
        alias=alias,
        known_hosts=(*settings.known_hosts, *_paths(user_files, tokens), *_paths(system_files, tokens)),
        identity_files=tuple(map(_expand, identities)),
        identities_only=found.get("identitiesonly", "no").lower() == "yes",
        proxy_command=found.get("proxycommand"),
        jumps=() if jumps.lower() == "none" else tuple(hop.strip() for hop in jumps.split(",")),
    )


def _block(*, user: str | None, port: int | None) -> Iterator[str]:
    yield "Host *"
    if user:
        if any(one.isspace() for one in user):
            raise UsageError(f"{user!r} cannot be a login name.", code="user-invalid")
        yield f"User {user}"
    if port:
        yield f"Port {port}"


def _files(given: Path | None) -> Iterator[str]:
    if given is not None:
        yield from _lines(given, Path("~/.ssh").expanduser())
        return
    for path in (Path(USER_CONFIG).expanduser(), SYSTEM_CONFIG):
        if path.is_file():
            yield "Host *"
            yield from _lines(path, path.parent)


def _lines(path: Path, base: Path, depth: int = 0) -> Iterator[str]:
    """The lines of a file and of those it includes, which paramiko knows nothing of.

    An included file is put where it is named, and the block it interrupted goes on behind it. So a Host line in
    a file included from within a block holds on its own, where OpenSSH wants both to match.
    """
    if depth > _INCLUDES:
        raise UsageError(f"{path} is included by itself.", code="ssh-config")
    block = "Host *"
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.strip().replace("=", " ", 1).split(None, 1)
        keyword = words[0].lower() if words else ""
        if keyword == "include" and len(words) > 1:
            for pattern in shlex.split(words[1]):
                for name in sorted(glob.glob(str(base / _expand(pattern)))):  # noqa: PTH207 - absolute
                    yield from _lines(Path(name), base, depth + 1)
                    yield block
            continue
        if keyword in ("host", "match"):
            block = line
        yield line


def _paths(value: str, tokens: dict[str, str]) -> Iterator[Path]:
    for word in shlex.split(value):
        if word.lower() == "none":
            continue
        pieces = iter(word)
        text = "".join(tokens.get(both := one + next(pieces, ""), both) if one == "%" else one for one in pieces)
        yield _expand(text)


def _expand(text: str) -> Path:
    # Path.expanduser raises where there is no such user.
    return Path(os.path.expanduser(text))  # noqa: PTH111
