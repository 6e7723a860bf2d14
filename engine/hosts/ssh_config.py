"""What ssh_config says about a host, with our own settings before it and what the cluster knows after it."""

from __future__ import annotations

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
from engine.hosts import openssh, ssh_files
from engine.hosts.host import Host
from engine.hosts.ssh_files import expand
from engine.hosts.ssh_settings import TransportSettings
from engine.log import tell

USER_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"

_NO = frozenset({"", "no", "false", "none"})
_NOT_HONOURED = {
    "addressfamily": _NO | {"any"},
    "bindaddress": _NO,
    "bindinterface": _NO,
    "certificatefile": _NO,
    "gssapiauthentication": _NO,
    "hostbasedauthentication": _NO,
    "knownhostscommand": _NO,
    "pkcs11provider": _NO,
    "proxyusefdpass": _NO,
    "securitykeyprovider": _NO | {"internal", "$ssh_sk_provider"},
    "stricthostkeychecking": frozenset({"ask", "yes", "true"}),
    "verifyhostkeydns": _NO,
}
"""Settings that change how ssh logs in, but not how it is done here, with the values that change nothing."""
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
        agent: the socket of the agent to ask; `none` for no agent, None for the one in SSH_AUTH_SOCK.
        not_honoured: settings of ssh_config that ssh would follow and this program does not.
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
    agent: str | None = None
    not_honoured: tuple[str, ...] = ()


def target(host: Host, settings: TransportSettings, *, login: str) -> Target:
    """Everything about one host.

    ssh_config takes the first value it finds; so our settings come before the files, and what the cluster knows
    behind them. Where OpenSSH is on this machine, it is asked (`Match exec` runs what the operator's own file says,
    as it does with ssh); elsewhere the files are read here, and what would be read in another way is refused.

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
        if settings.user and any(one.isspace() for one in settings.user):
            raise UsageError(f"{settings.user!r} cannot be a login name.", code="user-invalid")
        found = _asked(ssh, host, settings) if (ssh := openssh.find_ssh()) else _read(host, settings, login)
        goal = _target(host.name, found, settings, login)
    except (OSError, ValueError, LookupError, paramiko.SSHException) as error:
        raise openssh.refused(host.name, str(error)) from error
    if goal.not_honoured:
        tell("not honoured of ssh_config", host=host.name, settings=list(goal.not_honoured))
    return goal


def _asked(ssh: str, host: Host, settings: TransportSettings) -> Mapping[str, Any]:
    own = [Path(ssh_files.USER_CONFIG).expanduser(), ssh_files.SYSTEM_CONFIG]
    found = openssh.effective(ssh, host.name, settings, port=host.port, files=own)
    lists = {"identityfile", "certificatefile"}
    return {key: list(values) if key in lists else values[0] for key, values in found.items()}


def _read(host: Host, settings: TransportSettings, login: str) -> Mapping[str, Any]:
    config = paramiko.SSHConfig()
    first = ssh_files.block(user=settings.user, port=settings.port)
    last = ssh_files.block(user=login, port=host.port or openssh.SSH_PORT)
    config.parse(io.StringIO("\n".join([*first, *ssh_files.files(settings.ssh_config), *last])))
    found = dict(config.lookup(host.name))
    # Paramiko has put in what the tokens of these stand for.
    found["identityfile"] = [one.replace("%", "%%") for one in found.get("identityfile", ())]
    if command := found.get("proxycommand"):
        found["proxycommand"] = command.replace("%", "%%")
    return found


def _target(name: str, found: Mapping[str, Any], settings: TransportSettings, login: str) -> Target:
    hostname, user, port = found["hostname"], found["user"], int(found["port"])
    alias = found.get("hostkeyalias")
    tokens = {"%%": "%", "%h": hostname, "%n": name, "%p": str(port), "%r": user, "%u": login}
    tokens |= {"%d": str(Path.home()), "%k": alias or name, "%i": str(os.getuid()), "%l": os.uname().nodename}
    user_files = found.get("userknownhostsfile", USER_KNOWN_HOSTS)
    system_files = found.get("globalknownhostsfile", SYSTEM_KNOWN_HOSTS)
    jumps = found.get("proxyjump", "none")
    command = found.get("proxycommand")
    agent = found.get("identityagent")
    named = (_with_tokens(one, tokens) for one in found.get("identityfile", ()) if one.lower() != "none")
    return Target(
        name=name,
        hostname=hostname,
        renamed=hostname.lower() != name.lower(),
        user=user,
        port=port,
        alias=alias,
        known_hosts=(*settings.known_hosts, *_paths(user_files, tokens), *_paths(system_files, tokens)),
        identity_files=tuple(map(expand, (*map(str, settings.identity_files), *named))),
        identities_only=found.get("identitiesonly", "no").lower() == "yes",
        proxy_command=None if command is None or command.lower() == "none" else _with_tokens(command, tokens),
        jumps=() if jumps.lower() == "none" else tuple(hop.strip() for hop in jumps.split(",")),
        agent=_agent(agent, tokens) if agent else None,
        not_honoured=tuple(sorted(_not_honoured(found))),
    )


def _agent(value: str, tokens: dict[str, str]) -> str | None:
    if value == "SSH_AUTH_SOCK":
        return None
    if value.startswith("$"):
        return os.environ.get(value.strip("${}"), "none")
    return value.lower() if value.lower() == "none" else str(expand(_with_tokens(value, tokens)))


def _not_honoured(found: Mapping[str, Any]) -> Iterator[str]:
    for key, harmless in _NOT_HONOURED.items():
        if key in found and not (isinstance(found[key], str) and found[key].lower() in harmless):
            yield key


def _paths(value: str, tokens: dict[str, str]) -> Iterator[Path]:
    for word in shlex.split(value):
        if word.lower() == "none":
            continue
        yield expand(_with_tokens(word, tokens))


def _with_tokens(text: str, tokens: dict[str, str]) -> str:
    pieces = iter(text)
    return "".join(tokens.get(both := one + next(pieces, ""), both) if one == "%" else one for one in pieces)
