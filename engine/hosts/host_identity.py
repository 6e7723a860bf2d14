"""Before a link is used: is this the host whose name we were given, and can we be root there?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.errors import (
    NOTHING_CHANGED,
    HostIdentityError,
    HostUnreachableError,
    LinkLostError,
    PrintedTooMuchError,
    SudoRefusedError,
)
from engine.hosts.host import Host, Result

PROOF_TIMEOUT = 30.0
"""Seconds. `hostname --fqdn` asks the resolver, and in an outage that may be slow."""

LONGEST = 4096
"""Bytes of one answer. A program that prints without end ends by it, before it fills the memory of the shell."""
LONGEST_NAME = 1024
"""Characters of an answer; a name has 255."""

# One round trip. The resolver is asked only where the node's own name does not settle it.
QUESTION = r"""
node=$(uname -n | head -c "$2")
printf 'node=%s\n' "$node"
uid=$(id -u | head -c "$2")
printf 'uid=%s\n' "$uid"
[ "$node" = "$1" ] || printf 'fqdn=%s\n' "$(hostname --fqdn 2>/dev/null | head -c "$2")"
if [ "$uid" != 0 ]; then
    printf 'words='
    { sudo -n -- true && printf '\nsudo=yes\n'; } 2>&1 | head -c "$2"
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
        PrintedTooMuchError: what it answered is longer than any name.
    """
    argv = ("sh", "-c", QUESTION, "prove", host.name, str(LONGEST))
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
    said, _, words = result.stdout.partition("\nwords=")
    answers = _answers(said)
    if any(len(text) > LONGEST_NAME for text in answers.values()):
        raise PrintedTooMuchError(
            f"{host} let us in, but what it says of its name is longer than any name.",
            changed=NOTHING_CHANGED,
            hint=f"Log in to {host}: see what uname -n, id -u and hostname --fqdn print there.",
        )
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
    words, allowed, _ = words.partition("\nsudo=yes\n")
    if not allowed:
        raise SudoRefusedError(
            f"On {host} we are not root, and sudo does not let us be.",
            why=words.strip() or "sudo gave no reason.",
            changed=NOTHING_CHANGED,
            hint=f"Log in as root, or allow the user on {host} to run all commands with sudo -n.",
        )
    return True


def _answers(said: str) -> dict[str, str]:
    """What stands behind each word of the question, whatever a login shell said before; all of it, lines and all."""
    found: dict[str, str] = {}
    _chatter, named, rest = f"\n{said}".rpartition("\nnode=")
    for name, following in (("node", "\nuid="), ("uid", "\nfqdn="), ("fqdn", "\n\0")):
        if not named:
            break
        text, named, rest = rest.partition(following)
        found[name] = text.strip("\n")
    return found


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
