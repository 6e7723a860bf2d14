"""The file in which Ganeti keeps the public key of every node (lib/ssh.py, _ParseKeyLine)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.look.output import ParseError
from checks.ssh.parse.public_key import parse_public_key

SOURCE = "The file of public keys"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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


@dataclass(frozen=True)
class KeyFile:
    """The whole file; the strange lines are those that Ganeti cannot read, or which hold no key."""

    lines: tuple[KeyLine, ...]
    strange: tuple[str, ...]

    def keys_of(self, uuid: str) -> tuple[str, ...]:
        """The keys of this node, in their order, each as often as it is there."""
        return self._by_owner.get(uuid, ())

    @cached_property
    def _by_owner(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for line in self.lines:
            found.setdefault(line.owner, []).append(line.key)
        return {owner: tuple(keys) for owner, keys in found.items()}


def parse_key_file(text: str) -> KeyFile:
    """Read the file of the nodes' public keys; no text is refused, since this is for repairing one."""
    lines: list[KeyLine] = []
    strange: list[str] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        owner, _space, rest = line.partition(" ")
        try:
            lines.append(KeyLine(_owner(owner), str(parse_public_key(rest.strip()))))
        except ParseError:
            strange.append(line)
    return KeyFile(tuple(lines), tuple(strange))


def render_key_file(lines: tuple[KeyLine, ...]) -> str:
    """The text of the file, as Ganeti writes it (lib/ssh.py, OverridePubKeyFile)."""
    return "".join(f"{line}\n" for line in lines)


def _owner(text: str) -> str:
    if not text or not text.isprintable():
        raise ParseError(SOURCE, "no node is named", line=text)
    return text
