"""The keys by which sshd on the nodes is known: Ganeti gives all nodes those of the first one, but not of all kinds."""

from __future__ import annotations

import base64
import hashlib

from checks.world.ganeti import root_keys
from checks.world.node.machine import Machine

FOLDER = "/etc/ssh"
KNOWN_HOSTS = "/var/lib/ganeti/known_hosts"
KINDS = {"ecdsa": "ecdsa-sha2-nistp256", "ed25519": "ssh-ed25519", "rsa": "ssh-rsa"}
SHARED = ("ecdsa", "rsa")
"""What a readd copies from the master (lib/tools/prepare_node_join.py, UpdateSshDaemon)."""
USUAL_PORT = 22
PREFERRED = ("ed25519", "ecdsa", "rsa")


def path(kind: str) -> str:
    return f"{FOLDER}/ssh_host_{kind}_key.pub"


def make(machine: Machine, *, turn: int, now: float) -> None:
    """New keys of every kind, as the package makes them when it is installed."""
    for kind, name in KINDS.items():
        number = hashlib.sha256(f"{machine.name} {kind} {turn}".encode()).digest()
        blob = len(name).to_bytes(4, "big") + name.encode() + len(number).to_bytes(4, "big") + number
        line = f"{name} {base64.b64encode(blob).decode()} root@{machine.name.split('.', maxsplit=1)[0]}\n"
        machine.files.write(path(kind).removesuffix(".pub"), "(private key)\n", mode=0o600, mtime=now)
        machine.files.write(path(kind), line, mtime=now)


def share(master: Machine, node: Machine, now: float) -> None:
    """Give a node the master's keys of the kinds that Ganeti shares."""
    for kind in SHARED:
        node.files.write(path(kind), master.files.read(path(kind)) or "", mtime=now)


def furnish(machines: list[Machine], now: float, *, cluster: str) -> None:
    """Keys on every node and Ganeti's list of them, as a cluster has them whose nodes were all added by Ganeti."""
    for machine in machines:
        make(machine, turn=1, now=now)
        share(machines[0], machine, now)
    key = _key(machines[0], "rsa")
    for machine in machines:
        text = f"{cluster} {key}\n"
        machine.files.write(KNOWN_HOSTS, text, owner="gnt-masterd", group="gnt-masterd", mtime=now)


def _key(machine: Machine, kind: str) -> str:
    return " ".join((machine.files.read(path(kind)) or "").split()[:2])


def knows(caller: Machine, target: Machine, *, alias: str = "") -> bool:
    """The caller's Ganeti knows the key that the target offers, under its own name or the cluster's.

    The client asks for a key of a kind that it knows, the best first.
    """
    # sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: the usual port is not named.
    name = alias or (target.name if target.ssh_port == USUAL_PORT else f"[{target.name}]:{target.ssh_port}")
    lines = (caller.files.read(KNOWN_HOSTS) or "").splitlines()
    known = {line.partition(" ")[2] for line in lines if line.partition(" ")[0] == name}
    kinds = [kind for kind in PREFERRED if any(one.startswith(f"{KINDS[kind]} ") for one in known)]
    return bool(kinds) and _key(target, kinds[0]) in known


def gets_in(caller: Machine, target: Machine, *, alias: str = "") -> str:
    """What ssh says when root of one node may not log in on another without a question; nothing if it may."""
    reached = target.powered and target.on_cluster_net and caller.on_cluster_net
    if not reached:
        return f"ssh: connect to host {target.name} port {target.ssh_port}: No route to host"
    if not knows(caller, target, alias=alias):
        return "Host key verification failed."
    return denied(caller, target)


def denied(caller: Machine, target: Machine) -> str:
    """What ssh says when none of root's keys opens the other node; nothing if one does."""
    let_in = (target.files.read(root_keys.AUTHORIZED) or "").split()
    own = [file.text or "" for name, file in caller.files.below(root_keys.FOLDER) if name.endswith(".pub")]
    if any(len(key.split()) > 1 and key.split()[1] in let_in for key in own):
        return ""
    return f"root@{target.name}: Permission denied (publickey)."
