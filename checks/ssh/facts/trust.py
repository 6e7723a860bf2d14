"""What lets the master into a node by ssh: its root's keys there, and the node's host keys among those it knows."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.copies import newest_config
from checks.cluster.facts.masters import master
from checks.cluster.facts.overview import view_of_master
from checks.look.commands import HOST_KEYS, ROOT_KEYS, ROOT_SSH_THERE
from checks.look.grammar import KEY_FILE
from checks.look.nodes import content, host, look
from checks.look.output import split_files
from checks.paths import AUTHORIZED_KEYS, KNOWN_HOSTS, ROOT_SSH, SSH_CONF, SSH_PORT
from checks.releases import KEY_TYPES, NODE_KEYS
from checks.ssh.parse.public_key import PublicKey, keys_in, parse_public_key
from engine.errors import FactError
from engine.hosts.host import Host
from engine.hosts.host_keys import with_port
from engine.knowledge import Context, fact, remembered

DSA = "ssh-dss"


@dataclass(frozen=True, slots=True)
class Trust:
    """The master and one node.

    Attributes:
        missing: keys of the master's root that the node does not let in: kind and fingerprint.
        authorized_keys: the text of that file on the node with which it does, all else in it as it was.
        folder: root has a folder for them there.
        host_keys: the node's host keys as they stand in its own files: kind and fingerprint.
        known: the master's Ganeti knows all of them under the node's name, and no others.
        known_hosts: the text of the master's known_hosts with which it does, all other lines as they were.
        key_type: of the keys that Ganeti gives to its nodes, dsa or rsa or another.
        shared: keys of the master's root that this version expects on the node too, and that it does not have.
        port: of the node's sshd.
        alias: the name under which the master's Ganeti knows the host keys of every node: the cluster's.
    """

    node: str
    missing: tuple[str, ...]
    authorized_keys: str
    folder: bool
    host_keys: tuple[str, ...]
    known: bool
    known_hosts: str
    key_type: str
    shared: tuple[str, ...]
    port: int
    alias: str


@fact("ssh.trust")
@remembered
def trust(context: Context, *, node: str) -> Trust:
    """What is missing for the master's ssh to get into this node as Ganeti needs it.

    The host keys come from the node's own files, over a connection whose host key was checked. The master's own keys
    are allowed for it as well: since 2.13 a readd puts them onto the node while it still uses its name
    (lib/tools/prepare_node_join.py, UpdateSshDaemon).

    Raises:
        HostError: the node or the master does not answer.
        FactError: there is no master, it has no public key, or a key is damaged.
    """
    where, origin = host(context, node), host(context, master(context).name)
    look(context, (where, origin), HOST_KEYS, ROOT_KEYS, ROOT_SSH_THERE)
    _origin, view = view_of_master(context, origin.name)
    _copy, config = newest_config(context)
    old = not NODE_KEYS.on(view.release)
    own, masters = _host_keys(context, where), _host_keys(context, origin)
    roots = _root_keys(context, origin)
    if not roots:
        raise FactError(
            f"Root on {origin} has no public key in {ROOT_SSH}.",
            hint="Without one the master cannot log in to other nodes: run gnt-cluster verify there first.",
            code="no-root-key",
        )
    allowed = content(context, where, AUTHORIZED_KEYS) or ""
    missing = [key for key in roots.values() if key not in keys_in(allowed)]
    port = view.ssh_ports.get(where.name, SSH_PORT)
    name = with_port(where.name, port)
    text = content(context, origin, KNOWN_HOSTS) or ""
    wanted = [f"{name} {key.kind} {key.key}" for key in dict.fromkeys((*own, *masters))]
    if old:
        wanted += [f"{view.cluster} {key.kind} {key.key}" for key in own if key not in masters]
    have = [line for line in text.splitlines() if _about(line, name) or line in wanted]
    others = [line for line in text.splitlines() if line not in have]
    return Trust(
        node=where.name,
        missing=tuple(_shown(key) for key in missing),
        authorized_keys=_ended(allowed) + "".join(f"{key}\n" for key in missing),
        folder=context.reader.read(where, ROOT_SSH_THERE).ok,
        host_keys=tuple(_shown(key) for key in own),
        known=set(have) == set(wanted),
        known_hosts="".join(f"{line}\n" for line in (*others, *wanted)),
        key_type=(config.cluster.ssh_key_type or "rsa") if KEY_TYPES.on(view.release) else "dsa",
        shared=tuple(
            f"{ROOT_SSH}/{file}"
            for public, key in (roots.items() if old else ())
            if _root_keys(context, where).get(public) != key
            for file in (public.removesuffix(".pub"), public)
        ),
        port=port,
        alias=view.cluster,
    )


def _host_keys(context: Context, where: Host) -> tuple[PublicKey, ...]:
    files = split_files(context.reader.read(where, HOST_KEYS).stdout, f"{SSH_CONF}/")
    return tuple(context.remember(parse_public_key, text) for name, text in sorted(files.items()) if "/" not in name)


def _root_keys(context: Context, where: Host) -> dict[str, PublicKey]:
    files = split_files(context.reader.read(where, ROOT_KEYS).stdout, f"{ROOT_SSH}/")
    return {
        name: context.remember(parse_public_key, text) for name, text in sorted(files.items()) if KEY_FILE.fits(name)
    }


def _about(line: str, name: str) -> bool:
    """A line that only tells the keys of this name."""
    return line.partition(" ")[0].lower() == name


def _shown(key: PublicKey) -> str:
    return f"{key.kind} {key.fingerprint}"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
