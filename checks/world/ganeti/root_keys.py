"""root's ssh keys on the nodes, and the file in which Ganeti keeps the public ones (lib/ssh.py, lib/backend.py)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping

from checks.releases import KEY_TYPES, NODE_KEYS
from checks.ssh.parse.key_file import parse_key_file
from checks.world.cluster import SimulatedCluster
from checks.world.config import SimulatedConfig
from checks.world.node.machine import Machine

FOLDER = "/root/.ssh"
AUTHORIZED = f"{FOLDER}/authorized_keys"
PUB_KEYS = "/var/lib/ganeti/ganeti_pub_keys"
KINDS = {"rsa": b"ssh-rsa", "dsa": b"ssh-dss"}


def make(machine: Machine, kind: str, *, turn: int = 1, now: float) -> str:
    """A new pair of keys on this node; the older the turn, the older the key. Returns the public line."""
    name = KINDS[kind]
    number = hashlib.sha256(f"{machine.name} {kind} {turn}".encode()).digest()
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (name, b"\x01\x00\x01", b"\x00" + number * 8))
    line = f"{name.decode()} {base64.b64encode(blob).decode()} root@{machine.name}"
    machine.files.write(f"{FOLDER}/id_{kind}", "(private key)\n", mode=0o600, mtime=now)
    machine.files.write(f"{FOLDER}/id_{kind}.pub", f"{line}\n", mtime=now)
    return line


def kind_of(version: str) -> str:
    """What Ganeti of this version uses on a cluster that was made with it."""
    return "rsa" if KEY_TYPES.on(version) else "dsa"


def furnish(machines: list[Machine], uuids: Iterable[str], version: str, now: float) -> None:
    """Keys on every node as Ganeti leaves them: all let in everywhere, all in its file."""
    lines = [make(machine, kind_of(version), now=now) for machine in machines]
    let_in = "".join(f"{line}\n" for line in lines)
    file = "".join(f"{uuid} {line}\n" for uuid, line in zip(uuids, lines, strict=True))
    for machine in machines:
        machine.files.make_dir(FOLDER, mode=0o700)
        machine.files.write(AUTHORIZED, let_in, mode=0o600, mtime=now)
        if NODE_KEYS.on(version):
            machine.files.write(PUB_KEYS, file, mode=0o600, mtime=now)


def own(machine: Machine, config: SimulatedConfig) -> str | None:
    """The node's own public key, where Ganeti looks for it."""
    text = machine.files.read(f"{FOLDER}/id_{config.cluster.get('ssh_key_type', 'dsa')}.pub")
    return None if text is None else text.strip()


def complaints(machine: Machine, config: SimulatedConfig, version: str) -> Iterator[str] | None:
    """What a node says of its own files; None where its node daemon fails on them (lib/backend.py, _VerifySshSetup)."""
    text = machine.files.read(PUB_KEYS)
    if text is None:
        words = (
            f"The public key file '{PUB_KEYS}' does not exist. Consider running 'gnt-cluster renew-crypto"
            " --new-ssh-keys [--no-ssh-key-check]' to fix this."
        )
        return iter([words])
    me = next(node["uuid"] for node in config.nodes if node["name"] == machine.name)
    if own(machine, config) is None or not parse_key_file(text).keys_of(me):
        return None
    return _complaints(machine, config, version, text)


def _complaints(machine: Machine, config: SimulatedConfig, version: str, text: str) -> Iterator[str]:
    file = parse_key_file(text)
    online = {node["uuid"]: node for node in config.nodes if not node["offline"]}
    offline = {node["uuid"] for node in config.nodes if node["offline"]}
    listed = {line.owner for line in file.lines} - offline
    where = f"in the shared public keys file {machine.name}:{PUB_KEYS}"
    if not KEY_TYPES.on(version):
        where = f"in the public key file on node {machine.name}"
    if unknown := ", ".join(sorted(listed - online.keys())):
        yield f"The following node UUIDs are listed {where}, but are not potential master candidates: {unknown}."
    if missing := sorted(online.keys() - listed):
        yield f"The following node UUIDs of potential master candidates are missing {where}: {', '.join(missing)}."
    me = next(node["uuid"] for node in config.nodes if node["name"] == machine.name)
    mine, path = file.keys_of(me), f"{machine.name}:{FOLDER}/id_{config.cluster.get('ssh_key_type', 'dsa')}.pub"
    if own(machine, config) not in mine:
        yield (
            f"The key for node {machine.name} in the cluster config does not match this node's key in the node public"
            f" key file {path}."
        )
    if len(mine) != 1:
        yield f"There is more than one key for node {machine.name} in the node public key file {path}."
    let_in = (machine.files.read(AUTHORIZED) or "").split()
    for uuid, node in online.items():
        for key in file.keys_of(uuid) if node["master_candidate"] else ():
            if key.split()[1] not in let_in:
                yield (
                    f"A SSH key of master candidate '{node['name']}' (UUID: '{uuid}') is not in the 'authorized_keys'"
                    f" file of node '{machine.name}'."
                )


def gets_in(cluster: SimulatedCluster, caller: Machine, target: Machine, config: SimulatedConfig) -> bool:
    """Root of one node can log in on another by its own key."""
    key = own(caller, config)
    let_in = (target.files.read(AUTHORIZED) or "").split()
    reached = caller is target or (target.powered and target.on_cluster_net and caller.on_cluster_net)
    return reached and key is not None and key.split()[1] in let_in and target.name in cluster.machines


def renew(cluster: SimulatedCluster, config: SimulatedConfig, kind: str) -> Mapping[str, str]:
    """New keys on every node that is not offline; everybody who has to be is let in, and the file is made anew."""
    online = [node for node in config.nodes if not node["offline"]]
    machines = {node["uuid"]: cluster.machines[node["name"]] for node in online}
    old = {key.split()[1] for machine in machines.values() if (key := own(machine, config))}
    turn = cluster.new_generation()
    keys = {uuid: make(machine, kind, turn=turn, now=cluster.now) for uuid, machine in machines.items()}
    config.cluster["ssh_key_type"] = kind
    for machine in machines.values():
        kept = [line for line in (machine.files.read(AUTHORIZED) or "").splitlines() if not old & set(line.split())]
        text = "".join(f"{line}\n" for line in (*kept, *keys.values()))
        machine.files.write(AUTHORIZED, text, mode=0o600, mtime=cluster.now)
        file = "".join(f"{uuid} {key}\n" for uuid, key in keys.items())
        machine.files.write(PUB_KEYS, file, mode=0o600, mtime=cluster.now)
    return keys


def tell(cluster: SimulatedCluster, config: SimulatedConfig) -> None:
    """Every node that is not offline and answers lets all of them in, and has them in the file."""
    online = [(node["uuid"], cluster.machines[node["name"]]) for node in config.nodes if _reached(cluster, node)]
    keys = {uuid: key for uuid, machine in online if (key := own(machine, config)) is not None}
    for _uuid, machine in online:
        have = (machine.files.read(AUTHORIZED) or "").splitlines()
        text = "".join(f"{line}\n" for line in dict.fromkeys((*have, *keys.values())))
        machine.files.write(AUTHORIZED, text, mode=0o600, mtime=cluster.now)
        if NODE_KEYS.on(cluster.version):
            file = "".join(f"{uuid} {key}\n" for uuid, key in keys.items())
            machine.files.write(PUB_KEYS, file, mode=0o600, mtime=cluster.now)


def _reached(cluster: SimulatedCluster, node: Mapping[str, object]) -> bool:
    """Whether the node can be written to over the cluster's network."""
    machine = cluster.machines[str(node["name"])]
    return machine.powered and machine.on_cluster_net


def forget_the_last(machine: Machine) -> None:
    """The last line of the file is gone."""
    lines = (machine.files.read(PUB_KEYS) or "").splitlines(keepends=True)
    machine.files.write(PUB_KEYS, "".join(lines[:-1]))


def to_rsa(cluster: SimulatedCluster, machine: Machine) -> None:
    """An administrator replaces the node's DSA key by one of the type RSA, and lets it in on every node."""
    line = make(machine, "rsa", now=cluster.now)
    for name in ("id_dsa", "id_dsa.pub"):
        machine.files.remove(f"{FOLDER}/{name}")
    for other in cluster.machines.values():
        text = other.files.read(AUTHORIZED) or ""
        other.files.write(AUTHORIZED, f"{text}{line}\n", mode=0o600, mtime=cluster.now)
