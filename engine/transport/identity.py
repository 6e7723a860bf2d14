"""Before a link is used: is this the host whose name we were given, and can we be root there?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from engine.errors import (
    NOTHING_CHANGED,
    HostIdentityError,
    HostUnreachableError,
    LinkLostError,
    SudoRefusedError,
)
from engine.transport.interface import Host, Result

PROOF_TIMEOUT = 30.0
"""Seconds. `hostname --fqdn` asks the resolver, and in an outage that may be slow."""

# One round trip. The resolver is asked only where the node's own name does not settle it.
QUESTION = r"""
node=$(uname -n)
printf 'node=%s\n' "$node"
printf 'uid=%s\n' "$(id -u)"
[ "$node" = "$1" ] || printf 'fqdn=%s\n' "$(hostname --fqdn 2>/dev/null)"
if [ "$(id -u)" != 0 ]; then
    words=$(sudo -n -- true 2>&1) && answer=yes || answer=no
    printf 'sudo=%s\nwords=%s\n' "$answer" "$words"
fi
"""


class Execute(Protocol):
    """`HostLink.execute`."""

    def __call__(self, argv: tuple[str, ...], *, timeout: float, sudo: bool) -> Result: ...


def prove(host: Host, execute: Execute) -> bool:
    """Ask the host who it is and what we may do there; whether sudo is needed.

    Raises:
        HostIdentityError: it calls itself otherwise.
        SudoRefusedError: we are not root and sudo does not let us be, in sudo's own words.
        HostUnreachableError: it did not answer.
    """
    argv = ("sh", "-c", QUESTION, "prove", host.name)
    try:
        result = execute(argv, timeout=PROOF_TIMEOUT, sudo=False)
    except LinkLostError as error:
        raise HostUnreachableError(
            f"{host} let us in, but did not say its name.",
            why=error.what,
            changed=NOTHING_CHANGED,
            hint=f"Log in to {host} and look why it is slow.",
            code="host-silent",
        ) from error
    # The words of sudo come last and may have several lines; a login shell's own chatter comes first.
    answers = dict(re.findall(r"^(node|uid|fqdn|sudo|words)=((?<=words=)[\s\S]*|.*)", result.stdout, re.MULTILINE))
    if "node" not in answers or not answers.get("uid", "").isdigit():
        raise HostUnreachableError(
            f"{host} let us in, but did not say its name.",
            why=_last_words(result),
            changed=NOTHING_CHANGED,
            hint=f"Log in to {host}: it needs a POSIX shell, uname and id.",
            code="host-silent",
        )
    _check_name(host, answers)
    if answers["uid"] == "0":
        return False
    if answers.get("sudo") != "yes":
        raise SudoRefusedError(
            f"On {host} we are not root, and sudo does not let us be.",
            why=answers.get("words", "").strip() or "sudo gave no reason.",
            changed=NOTHING_CHANGED,
            hint=f"Log in as root, or allow the user on {host} to run all commands with sudo -n.",
        )
    return True


def _check_name(host: Host, answers: Mapping[str, str]) -> None:
    node, full = answers["node"], answers.get("fqdn", "")
    wanted = host.name.lower()
    if wanted in (node.lower(), full.lower()):
        return
    # "localhost.localdomain" is what a host says that does not know its name: as good as no answer.
    if ("." not in full or full.startswith("localhost.")) and "." not in node:
        if node.lower() == wanted.split(".")[0]:
            return
        full = ""
    error = HostIdentityError(
        f"The host that answers as {host} calls itself {full or node}.",
        why=f"uname -n says {node!r}, hostname --fqdn says {full!r}; expected {host.name!r}.",
        changed=NOTHING_CHANGED,
        hint=f"Check where {host} leads (/etc/hosts, DNS, HostName in ssh_config) and the name set there.",
    )
    error.calls_itself = full or node
    raise error


def _last_words(result: Result) -> str:
    return (result.stderr or result.stdout).strip()[-500:] or f"It ended with exit code {result.exit_code}."
