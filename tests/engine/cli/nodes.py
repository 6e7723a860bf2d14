"""Several hosts that are one sshd, each with programs of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.sshd import Sshd, make_key

LOGIN = """#!/bin/sh
# Programs of this node come before those of the machine; all else is as sshd was asked.
exec sh -c "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed "s#PATH=#PATH=$1:#g")"
"""


class Nodes:
    """One sshd that is several hosts: which of them answers depends on the key that logs in."""

    def __init__(self, sshd: Sshd) -> None:
        self.sshd = sshd
        self.folder = sshd.folder
        self.program("login", LOGIN)

    def program(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def node(self, name: str, cluster: str | None, *, uid: int = 0, others: Sequence[str] = ()) -> None:
        """A host of this name, beside others; one that is no node prints nothing for its ssconf files."""
        files = {"cluster_name": cluster, "release_version": "3.0.2", "master_node": name, "master_ip": "192.0.2.1"}
        files |= {
            "node_list": " ".join((name, *others)),
            "master_candidates": name,
            "offline_nodes": "",
            "node_primary_ips": "",
        }
        files["node_list"] = files["node_list"].replace(" ", "'; echo '/var/lib/ganeti/ssconf_node_list:")
        lines = "".join(f"echo '/var/lib/ganeti/ssconf_{key}:{value}'\n" for key, value in files.items() if value)
        self.program(f"{name}/uname", f"#!/bin/sh\necho {name}\n")
        self.program(f"{name}/id", f"#!/bin/sh\necho {uid}\n")
        self.program(f"{name}/sudo", "#!/bin/sh\necho sudo: a password is required >&2; exit 1\n")
        self.program(f"{name}/grep", f"#!/bin/sh\n{lines if cluster else 'exit 1'}\n")
        key = make_key(self.folder / f"key-{name}").with_suffix(".example.pub").read_text()
        with (self.folder / "authorized_keys").open("a") as file:
            file.write(f'command="{self.folder}/login {self.folder}/{name}" {key}')

    def block(self, name: str, answers: str | None = None, *more: str) -> str:
        key = self.folder / f"key-{answers or name}"
        return self.sshd.block(name, *more).replace(str(self.sshd.key), str(key))
