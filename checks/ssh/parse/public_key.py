"""Public keys of ssh: a line of a .pub file, of authorized_keys, or of known_hosts behind its names (sshd(8))."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from checks.look.output import ParseError
from engine.hosts.host_keys import fingerprint

SOURCE = "A public key"
LINE = re.compile(r"(?P<kind>[a-z][a-z0-9@.-]*) (?P<key>[A-Za-z0-9+/]+={0,2})(?: (?P<comment>[^\r\n]*))?")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key; two are equal if their keys are, whatever stands behind them.

    Attributes:
        kind: as ssh names it, such as ssh-ed25519.
        key: the key itself in base64.
        comment: whatever its maker wrote behind it.
    """

    kind: str
    key: str
    comment: str = field(default="", compare=False)

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        return fingerprint(base64.b64decode(self.key))

    def __str__(self) -> str:
        return f"{self.kind} {self.key}{f' {self.comment}' if self.comment else ''}"


def parse_public_key(line: str) -> PublicKey:
    """Read the one line of a .pub file.

    Raises:
        ParseError: it is no public key; the line is shown, since nothing in such a file is secret.
    """
    match = LINE.fullmatch(line)
    if match is not None:
        try:
            blob = base64.b64decode(match["key"], validate=True)
        except binascii.Error:
            blob = b""
        # The key says itself of which kind it is: four bytes of length, then the name (RFC 4253, 6.6).
        if blob[:4] == len(match["kind"]).to_bytes(4, "big") and blob[4:].startswith(match["kind"].encode()):
            return PublicKey(match["kind"], match["key"], match["comment"] or "")
    raise ParseError(SOURCE, "not a kind, a key in base64 and perhaps a comment", line=line)


def keys_in(text: str) -> tuple[PublicKey, ...]:
    """The keys in an authorized_keys or known_hosts file, whatever options or names stand before each.

    Lines without one are left out: comments, and what sshd would not understand either.
    """
    found = []
    for line in text.split("\n"):
        words = line.strip().split(" ")
        if line.startswith("#"):
            continue
        for at in range(len(words) - 1):
            try:
                found.append(parse_public_key(f"{words[at]} {words[at + 1]}"))
            except ParseError:
                continue
            break
    return tuple(found)
