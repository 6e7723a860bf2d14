"""Ganeti's file of the nodes' public keys: what every node has of it, and what it should say.

All from files; no daemon is needed. Versions before 2.13 have no such file (NEWS, 2.13.0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from checks.cluster.facts.copies import newest_config
from checks.cluster.facts.masters import claims
from checks.cluster.facts.overview import overview
from checks.cluster.parse.config import Config, ConfigNode
from checks.look.commands import ADDRESSES, DATE, PROCESSES, SSCONF, cat, owner_and_mode
from checks.look.nodes import answer, content, hosts, look
from checks.paths import AUTHORIZED_KEYS, CONFIG_DATA, PUBLIC_KEYS
from checks.releases import KEY_TYPES, MASTER_KEY_RENEWED, NODE_KEYS
from checks.ssh.facts.key_lines import WantedKeys, fits, problems, wanted
from checks.ssh.facts.own_keys import DSA, RSA, OwnKeys, in_words, own_keys, path_of, shut_out
from checks.ssh.parse.key_file import KeyFile, parse_key_file, render_key_file
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered

OWNER, MODE = "root", "600"
ATTRIBUTES = owner_and_mode(PUBLIC_KEYS)
READS = (cat(PUBLIC_KEYS), ATTRIBUTES, cat(AUTHORIZED_KEYS), *(cat(path_of(kind)) for kind in (RSA, DSA)))
"""What is read where it is not known yet which type the keys are of."""


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """One node and its copy of the file.

    Attributes:
        answers: whether it could be asked; if not, nothing below is known.
        offline: it is marked so; Ganeti does not write to it, and it gets the file when it is added again.
        there: it has a copy of the file.
        content_fits: the copy says of every node what it should, in whatever order, and nothing else.
        owner_fits: it belongs to root, or there is none.
        mode_fits: only root may read it, or there is none.
        has_key: its own key can be read where Ganeti looks for it, or can be once `linkable` is made use of.
        linkable: it has a key of the type RSA where a Ganeti 2.15 looks for one of the type DSA.
        problems: what is wrong with its copy, in words.
    """

    node: str
    answers: bool
    offline: bool
    there: bool = False
    content_fits: bool = True
    owner_fits: bool = True
    mode_fits: bool = True
    has_key: bool = True
    linkable: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The file on all nodes.

    Attributes:
        exists: this version of Ganeti has such a file.
        managed: Ganeti looks after ssh on this cluster (modify_ssh_setup); otherwise it never uses the file.
        key_type: of the nodes' keys, as Ganeti wants it.
        key_path: where Ganeti looks for a node's own public key.
        wanted: the text that the file should have everywhere.
        to_write: nodes whose copy has to be written, as far as they answer and are not offline; so the following.
        to_chown: nodes whose copy belongs to somebody else than root.
        to_chmod: nodes whose copy others may read.
        to_link: nodes that lack a link from the one type to the other.
        without_key: nodes that have no key where Ganeti looks for it.
        kept: nodes whose key was not read there; what other nodes have of it is kept.
        differing: of those, the ones of which the other nodes have different keys.
        unknown: nodes that are not marked offline and whose key nobody knows.
        silent: nodes that do not answer, and so keep the copy that they have.
        shut_out: in words, where a node does not let in the key of a master candidate.
        renewable: Ganeti's own renewal of all keys can work now.
        renewal_reasons: why it is the better way; empty where it is not, or cannot work.
    """

    exists: bool
    managed: bool
    key_type: str
    key_path: str
    wanted: str
    entries: tuple[NodeKeys, ...]
    to_write: tuple[str, ...]
    to_chown: tuple[str, ...]
    to_chmod: tuple[str, ...]
    to_link: tuple[str, ...]
    without_key: tuple[str, ...]
    kept: tuple[str, ...]
    differing: tuple[str, ...]
    unknown: tuple[str, ...]
    silent: tuple[str, ...]
    shut_out: tuple[str, ...]
    renewable: bool
    renewal_reasons: tuple[str, ...]

    def of(self, node: str) -> NodeKeys:
        """What there is about this node, by full name."""
        return next(entry for entry in self.entries if entry.node == node)

    @property
    def wrong(self) -> bool:
        """Something of it has to be put right."""
        return bool(self.to_write or self.to_chown or self.to_chmod or self.to_link)


@fact("keys.public")
@remembered
def public(context: Context) -> PublicKeys:
    """The file of the nodes' public keys on every node, against the keys that the nodes really have.

    Raises:
        HostError, FactError: there is no configuration to go by, or a file is there and cannot be read.
    """
    # All that is read here or by what is called, so that a slow line costs one round trip.
    look(context, hosts(context), DATE, SSCONF, PROCESSES, ADDRESSES, cat(CONFIG_DATA), *READS)
    version = overview(context).version
    _where, config = newest_config(context)
    seen = [one for one in hosts(context) if answer(context, one, DATE) is not None]
    own = own_keys(context, seen, version, config)
    texts = _texts(context, seen)
    copies = {text: context.remember(parse_key_file, text) for text in texts.values()}
    online = {uuid: node for uuid, node in config.nodes.items() if not node.offline}
    true = {uuid: str(own.keys[node.name]) for uuid, node in online.items() if node.name in own.keys}
    having: Counter[KeyFile] = Counter()
    for text, number in Counter(texts.values()).items():
        having[copies[text]] += number
    found = wanted(config, true, having)
    # Most nodes have the same file.
    judged = {text: _Judged.of(copy, found, config) for text, copy in ((None, None), *copies.items())}
    there = {one.name: one for one in seen}
    entries = tuple(
        _entry(context, node, there.get(node.name), own, judged[texts.get(node.name)]) for node in config.nodes.values()
    )
    ours = [entry for entry in entries if entry.answers and not entry.offline]
    of_ours = {entry.node for entry in ours}
    refused = [pair for pair in shut_out(own, config) if pair[0] in of_ours]
    renewable = MASTER_KEY_RENEWED.on(version) and _renewal_can_work(context, entries, refused)
    old = KEY_TYPES.on(version) and own.kind == DSA
    return PublicKeys(
        exists=NODE_KEYS.on(version),
        managed=config.cluster.modify_ssh_setup is not False,
        key_type=own.kind,
        key_path=own.path,
        wanted=render_key_file(found.lines),
        entries=entries,
        to_write=tuple(entry.node for entry in ours if not entry.content_fits),
        to_chown=tuple(entry.node for entry in ours if not entry.owner_fits),
        to_chmod=tuple(entry.node for entry in ours if not entry.mode_fits),
        to_link=tuple(entry.node for entry in ours if entry.linkable),
        without_key=tuple(entry.node for entry in ours if not entry.has_key),
        kept=_names(config, found.kept),
        differing=_names(config, found.differing),
        unknown=_names(config, found.unknown),
        silent=tuple(entry.node for entry in entries if not entry.answers),
        shut_out=in_words(refused),
        renewable=renewable,
        renewal_reasons=(*([_OLD] if old else []), *in_words(refused)) if renewable else (),
    )


_OLD = "the nodes' keys are of the type DSA, which OpenSSH no longer knows since its version 10"


def _texts(context: Context, seen: list[Host]) -> Mapping[str, str]:
    """The copies that are there, by node, that of the acting master first."""
    acting = claims(context).acting
    texts = {one.name: content(context, one, PUBLIC_KEYS) for one in sorted(seen, key=lambda one: one.name != acting)}
    return {name: text for name, text in texts.items() if text is not None}


@dataclass(frozen=True, slots=True)
class _Judged:
    there: bool
    problems: tuple[str, ...]
    fits: bool

    @classmethod
    def of(cls, copy: KeyFile | None, found: WantedKeys, config: Config) -> _Judged:
        return cls(copy is not None, problems(copy, found.lines, config), fits(copy, found.lines))


def _entry(context: Context, node: ConfigNode, where: Host | None, own: OwnKeys, copy: _Judged) -> NodeKeys:
    if where is None:
        return NodeKeys(node.name, answers=False, offline=node.offline)
    words = context.reader.read(where, ATTRIBUTES).stdout.split() if copy.there else [OWNER, OWNER, MODE]
    owner_fits, mode_fits = words[:1] == [OWNER], words[2:3] == [MODE]
    wrong = [
        *copy.problems,
        *([] if owner_fits else [f"it belongs to {words[0] if words else 'nobody knows whom'} instead of root"]),
        *([] if mode_fits else [f"its mode is {words[2] if words[2:] else 'not known'} instead of {MODE}"]),
    ]
    return NodeKeys(
        node=node.name,
        answers=True,
        offline=node.offline,
        there=copy.there,
        content_fits=copy.fits,
        owner_fits=owner_fits,
        mode_fits=mode_fits,
        has_key=node.name in own.keys,
        linkable=node.name in own.linkable,
        problems=tuple(wrong),
    )


def _renewal_can_work(context: Context, entries: tuple[NodeKeys, ...], refused: list[tuple[str, str]]) -> bool:
    """The master runs and gets in everywhere by its own key, and every online node has a key to start from."""
    acting = claims(context).acting
    online = [entry for entry in entries if not entry.offline]
    return (
        acting is not None
        and all(entry.answers and entry.has_key and not entry.linkable for entry in online)
        and all(name != acting for _where, name in refused)
    )


def _names(config: Config, uuids: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(config.node_name(uuid) for uuid in uuids))
