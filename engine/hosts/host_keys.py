"""Host keys: a host's key is the one we know, or we do not talk to it. Nothing is learnt on the way.

StrictHostKeyChecking in ssh_config is not honoured: a tool that acts as root on whatever answers must not be
told to trust it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from engine.bounded_files import LARGEST_TEXT, read_bytes
from engine.errors import NOTHING_CHANGED, HostKeyError

DEFAULT_PORT = 22


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """The key a host offers: its type as ssh names it, and its public bytes."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.blob)

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""

    marker: str
    patterns: str
    kind: str
    blob: bytes
    path: Path
    number: int

    def matches(self, name: str) -> bool:
        """Whether the line is about this name, given as the file gives it: with a port as `[name]:port`."""
        if self.patterns.startswith("|"):
            return _hashed_matches(self.patterns, name)
        found = False
        for pattern in self.patterns.split(","):
            if _glob(pattern.removeprefix("!"), name):
                if pattern.startswith("!"):
                    return False
                found = True
        return found

    def __str__(self) -> str:
        return f"{self.kind} {fingerprint(self.blob)} in {self.path} line {self.number}"


class KnownHosts:
    """The known_hosts files of one host, read once.

    Args:
        paths: the files, missing ones too; the answer names them all.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(dict.fromkeys(paths))
        self._keys = [key for path in self.paths for key in _read(path)]

    def known(self, names: Sequence[str]) -> list[KnownKey]:
        """What is known under the first of these names that is known at all."""
        for name in names:
            found = [key for key in self._keys if not key.marker and key.matches(name)]
            if found:
                return found
        return []

    def judge(
        self,
        host: str,
        names: Sequence[str],
        offered: OfferedKey,
        *,
        also: Sequence[str] = (),
        login: str = "",
    ) -> None:
        """Accept the key, or say why not.

        Args:
            host: what to call the host in the message.
            names: the names to look it up by, in this order; the first one known decides.
            offered: the key.
            also: names under which the key is good as well, but a different one says nothing: as with ssh,
                the name without its port.
            login: how to log in once with plain ssh, for the hint.

        Raises:
            HostKeyError: with code `host-key-unknown`, `host-key-changed` or `host-key-revoked`.
        """
        for key in self._keys:
            if key.marker == "@revoked" and key.blob == offered.blob and any(map(key.matches, [*names, *also])):
                raise HostKeyError(
                    f"{host} offers a key that was revoked: {offered}.",
                    why=f"It is marked @revoked in {key.path} line {key.number}.",
                    changed=NOTHING_CHANGED,
                    hint=f"Do not log in to {host}: whoever revoked the key had a reason. Ask them.",
                    code="host-key-revoked",
                )
        known = self.known(names)
        if any(key.blob == offered.blob for key in known or self.known(also)):
            return
        check = (
            f"Compare the offered fingerprint with what `ssh-keygen -lf {_public_key_file(offered.kind)}` "
            f"prints on the console of {host}"
        )
        if known:
            # The one of the same type is the one that was exchanged.
            before = next((key for key in known if key.kind == offered.kind), known[0])
            raise HostKeyError(
                f"The host key of {host} is not the one we know.",
                why=f"Known: {before}. Offered: {offered}.",
                changed=NOTHING_CHANGED,
                hint=f"Another host may be answering, or {host} was reinstalled. {check}; if they are equal, "
                f"replace line {before.number} of {before.path}.",
                code="host-key-changed",
            )
        raise HostKeyError(
            f"The host key of {host} is not known: {offered}.",
            why=f"Looked for {', '.join(names)} in {', '.join(map(str, self.paths))}." + self._authority(names),
            changed=NOTHING_CHANGED,
            hint=f"{check}; if they are equal, log in once with `{login or f'ssh {host}'}` and accept it.",
            code="host-key-unknown",
        )

    def _authority(self, names: Sequence[str]) -> str:
        for key in self._keys:
            if key.marker == "@cert-authority" and any(map(key.matches, names)):
                return (
                    f" The authority in {key.path} line {key.number} does not help: "
                    "certificates of hosts are not supported, the plain key has to be known."
                )
        return ""


def fingerprint(blob: bytes) -> str:
    """The fingerprint of a public key, as `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def with_port(name: str, port: int) -> str:
    """A name as known_hosts has it."""
    return name.lower() if port == DEFAULT_PORT else f"[{name.lower()}]:{port}"


def _read(path: Path) -> list[KnownKey]:
    try:
        text = read_bytes(path, LARGEST_TEXT).decode(errors="replace")
    except OSError:
        # ssh also takes one that cannot be read for one that is not there; the message names it.
        return []
    keys = (_parse(line, path, number) for number, line in enumerate(text.splitlines(), 1))
    return [key for key in keys if key is not None]


def _parse(line: str, path: Path, number: int) -> KnownKey | None:
    fields = line.split()
    marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
    if len(fields) < 3 or fields[0].startswith("#"):  # noqa: PLR2004 - names, type, key
        return None
    try:
        blob = base64.b64decode(fields[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    return KnownKey(marker, fields[0], fields[1], blob, path, number)


def _glob(pattern: str, name: str) -> bool:
    """`*` and `?` only: a bracket is part of a name here."""
    return fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]"))


def _hashed_matches(pattern: str, name: str) -> bool:
    parts = pattern.split("|")
    if len(parts) != 4 or parts[1] != "1":  # noqa: PLR2004 - "", the method, the salt, the hash
        return False
    try:
        salt, wanted = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), "sha1").digest(), wanted)


def _public_key_file(kind: str) -> str:
    for name in ("ed25519", "ecdsa", "rsa"):
        if name in kind:
            return f"/etc/ssh/ssh_host_{name}_key.pub"
    return "/etc/ssh/ssh_host_*_key.pub"
