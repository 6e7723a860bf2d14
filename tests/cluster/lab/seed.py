"""A fresh root file system's identity, as a tar archive that the guest unpacks at its first boot."""

import io
import secrets
import tarfile
import tempfile
from pathlib import Path

from tests.cluster.lab import names
from tests.cluster.lab.names import Node
from tests.cluster.lab.shell import host

# The users' ids are fixed by the image: the archive stores numbers.
USERS = (("root", 0, "/root"), (names.OPERATOR, 1000, "/home/operator"), (names.NOSUDO, 1001, "/home/nosudo"))
# Debian has a group called operator of its own: the users share the group `users`.
USERS_GROUP = 100


def network(node: Node) -> str:
    """Input for one `ip -batch`: a fork less for each line.

    The tap driver of User-Mode Linux loses large (GSO) frames between guests, which makes DRBD a hundred
    times slower: the interface may only build frames of one segment. Ganeti puts the master IP on loopback1.
    """
    lines = ["link set lo up"]
    for bridge, address in enumerate((node.ip, node.replication_ip)):
        lines += [
            f"link set vec{bridge} gso_max_segs 1",
            f"addr add {address}/24 dev vec{bridge}",
            f"link set vec{bridge} up",
        ]
    lines += ["link add loopback1 type dummy", "link set loopback1 up"]
    return "\n".join(lines) + "\n"


def host_keys() -> dict[str, bytes]:
    """New host keys, made here because it takes a guest many seconds."""
    keys: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="gnt-runbook-lab-") as folder:
        for kind, bits in (("ed25519", "256"), ("ecdsa", "256"), ("rsa", "2048")):
            path = Path(folder) / f"ssh_host_{kind}_key"
            host(["ssh-keygen", "-q", "-t", kind, "-b", bits, "-N", "", "-C", "lab", "-f", str(path)])
            keys[path.name] = path.read_bytes()
            keys[path.name + ".pub"] = path.with_name(path.name + ".pub").read_bytes()
    return keys


def write(node: Node, target: Path, public_key: str) -> str:
    """Write the node's seed; returns its new ed25519 host key.

    Ganeti copies the master's RSA and ECDSA host keys to every node it adds, but not the ed25519 key. Clients
    that know only that one see a node's key change only when the node is really installed anew.
    """
    keys = host_keys()
    with tarfile.open(target, "w") as archive:
        _add(archive, "etc/hostname", f"{node.name}\n".encode())
        _add(archive, "etc/machine-id", f"{secrets.token_hex(16)}\n".encode(), mode=0o444)
        _add(archive, "etc/lab/network", network(node).encode())
        for name, content in keys.items():
            _add(archive, f"etc/ssh/{name}", content, mode=0o644 if name.endswith(".pub") else 0o600)
        for _, uid, home in USERS:
            _add_folder(archive, f"{home[1:]}/.ssh", uid=uid)
            _add(archive, f"{home[1:]}/.ssh/authorized_keys", public_key.encode(), mode=0o600, uid=uid)
        # Last, so that an archive cut short is unpacked again at the next boot.
        _add(archive, "etc/lab/seeded", b"")
    return keys["ssh_host_ed25519_key.pub"].decode().strip()


def _add(archive: tarfile.TarFile, name: str, content: bytes, *, mode: int = 0o644, uid: int = 0) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.uid, info.gid = len(content), mode, uid, _group(uid)
    archive.addfile(info, io.BytesIO(content))


def _add_folder(archive: tarfile.TarFile, name: str, *, uid: int) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, 0o700, uid, _group(uid)
    archive.addfile(info)


def _group(uid: int) -> int:
    return USERS_GROUP if uid else 0
