"""Who the guests are at present: the key that opens them, their host keys, and fresh identities."""

import json

from tests.cluster.lab import guest, remote, seed
from tests.cluster.lab.errors import LabError
from tests.cluster.lab.image import TEMPORARY
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.shell import host


class Identities:
    """The nodes that have a disk, with their host keys; kept in a file, so that every command knows them."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._file = paths.state / "host-keys.json"

    def all(self) -> dict[Node, str]:
        """Each node's present host key; nothing when the lab is down."""
        if not self._file.exists():
            return {}
        stored: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8"))
        return {Node(int(number)): key for number, key in stored.items()}

    def find(self, name: str) -> Node:
        """A node by its full name, its short one or its number."""
        known = self.all()
        for node in known:
            if name in {node.name, node.short, str(node.number)}:
                return node
        there = ", ".join(node.short for node in known) or "none: the lab is down"
        raise LabError(f"there is no node {name!r}; there are {there}")

    def set(self, keys: dict[Node, str]) -> None:
        """Remember the host keys, and write the ssh configuration that trusts them and no others."""
        text = json.dumps({str(node.number): key for node, key in keys.items()})
        self._file.write_text(text, encoding="utf-8")
        remote.write_config(self._paths, keys)

    def renew(self, node: Node) -> None:
        """New, empty disks and a new identity for a guest that does not run."""
        self._paths.cow(node.short).unlink(missing_ok=True)
        guest.make_volume(self._paths.volume(node.short))
        key = seed.write(node, self._paths.seed(node.short), self.public_key())
        self.set({**self.all(), node: key})

    def public_key(self) -> str:
        """The public half of the key that opens every guest, made once for each cache."""
        public = self._paths.key.with_suffix(".pub")
        if not self._paths.key.exists():
            part = self._paths.key.with_suffix(TEMPORARY)
            part_public = part.with_name(part.name + ".pub")
            part.unlink(missing_ok=True)
            host(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "gnt-runbook-lab", "-f", str(part)])
            part_public.rename(public)
            part.rename(self._paths.key)
        return public.read_text(encoding="utf-8")
