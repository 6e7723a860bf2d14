"""Public keys of ssh, and the file in which Ganeti keeps that of every node (lib/ssh.py, _ParseKeyLine)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from checks.parse.errors import ParseError

SOURCE = "a public key"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TYPE = re.compile(r"[a-z][a-z0-9@.-]{2,63}")
LENGTH = 4
"""Bytes of a length, as ssh writes it before each part of a key (RFC 4251, section 5)."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A line of the file.

    Attributes:
        owner: the uuid of a node; or a name, which `gnt-node add` puts there until the node has a uuid.
        key: the whole line of the public key with its comment, as Ganeti compares it.
    """

    owner: str
    key: str

    @property
    def by_uuid(self) -> bool:
        return UUID.fullmatch(self.owner) is not None

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The whole file; the strange lines are those that Ganeti cannot read, or which hold no key."""

    lines: tuple[KeyLine, ...]
    strange: tuple[str, ...]

    def keys_of(self, uuid: str) -> tuple[str, ...]:
        """The keys of this node, in their order, each as often as it is there."""
        return tuple(line.key for line in self.lines if line.owner == uuid)


def parse_key_file(text: str) -> KeyFile:
    """Read the file of the nodes' public keys; no text is refused, since this is for repairing one."""
    lines: list[KeyLine] = []
    strange: list[str] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        owner, _space, rest = line.partition(" ")
        try:
            lines.append(KeyLine(_owner(owner), parse_public_key(rest)))
        except ParseError:
            strange.append(line)
    return KeyFile(tuple(lines), tuple(strange))


def render_key_file(lines: tuple[KeyLine, ...]) -> str:
    """The text of the file, as Ganeti writes it (lib/ssh.py, OverridePubKeyFile)."""
    return "".join(f"{line}\n" for line in lines)


def parse_public_key(text: str) -> str:
    """Read a file such as id_rsa.pub: one line, a type, the key in base64 and perhaps a comment.

    The key says its own type once more, so that a line that was cut off or mixed up is found.

    Raises:
        ParseError: it is something else.
    """
    line = text.strip()
    words = line.split(" ", 2)
    if not line or not line.isprintable() or len(words) < 2:  # noqa: PLR2004 - a type and a key
        raise ParseError(SOURCE, "not one line with a type and a key", line=_harmless(line))
    kind, blob = words[0], words[1]
    if not TYPE.fullmatch(kind):
        raise ParseError(SOURCE, "no type of a key", line=_harmless(line))
    try:
        data = base64.b64decode(blob.encode(), validate=True)
    except (binascii.Error, ValueError):
        raise ParseError(SOURCE, "no base64", line=line) from None
    name = kind.encode()
    if data[:LENGTH] != len(name).to_bytes(LENGTH, "big") or not data[LENGTH:].startswith(name):
        raise ParseError(SOURCE, f"it says that it is of the type {kind}, and the key in it says something else",
                         line=line)  # fmt: skip
    return line


def _owner(text: str) -> str:
    if not text or not text.isprintable():
        raise ParseError(SOURCE, "no node is named", line=text)
    return text


def _harmless(line: str) -> str:
    """A private key in the wrong place is not repeated."""
    return "" if "PRIVATE KEY" in line else line
