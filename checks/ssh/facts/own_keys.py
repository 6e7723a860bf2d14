"""The nodes' own keys: root's public key on each, and whose keys root lets in there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checks.cluster.parse.config import Config
from checks.look.commands import cat
from checks.look.nodes import content, look
from checks.look.output import ParseError
from checks.paths import AUTHORIZED_KEYS, ROOT_SSH
from checks.releases import KEY_TYPES, ONLY_DSA_READ
from checks.ssh.parse.public_key import PublicKey, keys_in, parse_public_key
from checks.version import Version
from engine.english import join_and
from engine.hosts.host import Host
from engine.knowledge import Context

DSA, RSA = "dsa", "rsa"


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Root's public keys on the nodes that answer.

    Attributes:
        kind: the type that Ganeti uses.
        path: where it looks for it.
        keys: by node; those of the other type where a link can stand in for it.
        linkable: the nodes of the latter.
        let_in: the keys that root lets in, by node.
    """

    kind: str
    path: str
    keys: Mapping[str, PublicKey]
    linkable: frozenset[str]
    let_in: Mapping[str, frozenset[PublicKey]]


def path_of(kind: str) -> str:
    """The file of root's public key of this type (lib/ssh.py, GetUserFiles)."""
    return f"{ROOT_SSH}/id_{kind}.pub"


def own_keys(context: Context, nodes: Iterable[Host], version: Version, config: Config) -> OwnKeys:
    """Read the key of each of these nodes, all at once.

    Raises:
        HostError: one of them does not answer.
        FactError: a file is there and cannot be read.
    """
    where = tuple(nodes)
    kind = (config.cluster.ssh_key_type or RSA) if KEY_TYPES.on(version) else DSA
    links = ONLY_DSA_READ.on(version)
    paths = [path_of(kind), *([path_of(RSA)] if links else [])]
    look(context, where, *map(cat, (*paths, AUTHORIZED_KEYS)))
    keys: dict[str, PublicKey] = {}
    linkable: set[str] = set()
    for one in where:
        first, *others = (content(context, one, path) for path in paths)
        if first is None and others and others[0] is not None:
            linkable.add(one.name)
        key = _key(context, first if first is not None else next(iter(others), None))
        if key is not None:
            keys[one.name] = key
    let_in = {one.name: context.remember(_let_in, content(context, one, AUTHORIZED_KEYS) or "") for one in where}
    return OwnKeys(kind, path_of(kind), keys, frozenset(linkable & keys.keys()), let_in)


def shut_out(own: OwnKeys, config: Config) -> tuple[tuple[str, str], ...]:
    """Each node with a master candidate whose key it does not let in, itself included (lib/backend.py)."""
    candidates = [node.name for node in config.nodes.values() if node.master_candidate and not node.offline]
    keys = {name: own.keys[name] for name in candidates if name in own.keys}
    # Most nodes let in the same ones.
    refused = {let_in: [name for name, key in keys.items() if key not in let_in] for let_in in {*own.let_in.values()}}
    return tuple((where, name) for where, let_in in own.let_in.items() for name in refused[let_in])


def _let_in(text: str) -> frozenset[PublicKey]:
    return frozenset(keys_in(text))


def in_words(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """`hwhost-1 does not let in the key of hwhost-2`, a node at a time."""
    by_node: dict[str, list[str]] = {}
    for where, name in pairs:
        by_node.setdefault(where, []).append("its own key" if name == where else f"the key of {name}")
    return tuple(f"{where} does not let in {join_and(names)}" for where, names in by_node.items())


def _key(context: Context, text: str | None) -> PublicKey | None:
    try:
        return None if text is None else context.remember(parse_public_key, text.strip())
    except ParseError:
        # It is treated as one that is missing: what stands there must not get into the file of all nodes.
        return None
