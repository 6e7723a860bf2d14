"""What the file of the nodes' public keys should say, and what is wrong with a copy of it. Nothing is read here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.cluster.parse.config import Config
from checks.ssh.parse.key_file import KeyFile, KeyLine
from engine.english import join_and, plural


@dataclass(frozen=True, slots=True)
class WantedKeys:
    """The lines of the file.

    Attributes:
        kept: uuids of the nodes whose key was not read there, and is what other nodes have of it.
        differing: of those, the ones of which the other nodes have different keys; that of most of them is taken.
        unknown: uuids of nodes that are not marked offline and of which nobody has a key.
    """

    lines: tuple[KeyLine, ...]
    kept: frozenset[str]
    differing: frozenset[str]
    unknown: frozenset[str]


def wanted(config: Config, true: Mapping[str, str], copies: Mapping[KeyFile, int]) -> WantedKeys:
    """The file as it should be.

    Args:
        config: the nodes, and which of them are marked offline.
        true: the key of each node that was read there, by uuid; of none that is offline.
        copies: the file as the nodes have it, and how many have it so; where two are as good, the first counts.
    """
    others = {uuid: _by_others(uuid, copies) for uuid in config.nodes if uuid not in true}
    kept = {uuid: keys for uuid, keys in others.items() if keys}
    keys = {**{uuid: found[0] for uuid, found in kept.items()}, **true}
    return WantedKeys(
        lines=tuple(KeyLine(uuid, keys[uuid]) for uuid in _order(keys, config, copies)),
        kept=frozenset(kept),
        differing=frozenset(uuid for uuid, found in kept.items() if len(found) > 1),
        unknown=frozenset(uuid for uuid, found in others.items() if not found and not config.nodes[uuid].offline),
    )


def fits(copy: KeyFile | None, lines: Sequence[KeyLine]) -> bool:
    """A copy says what it should; Ganeti does not care in which order."""
    return copy is not None and not copy.strange and Counter(copy.lines) == Counter(lines)


def problems(copy: KeyFile | None, lines: Sequence[KeyLine], config: Config) -> tuple[str, ...]:
    """What is wrong with a copy, in words."""
    if copy is None:
        return ("there is no such file",)
    return tuple(_problems(copy, {line.owner: line.key for line in lines}, config))


def _problems(copy: KeyFile, keys: Mapping[str, str], config: Config) -> Iterator[str]:
    names = {node.name for node in config.nodes.values()}
    missing = [uuid for uuid in keys if not copy.keys_of(uuid)]
    if missing:
        yield f"no line for {join_and(map(config.node_name, missing))}"
    for owner in dict.fromkeys(line.owner for line in copy.lines):
        found = copy.keys_of(owner)
        if owner in keys:
            name = config.node_name(owner)
            if set(found) - {keys[owner]}:
                yield f"another key of {name} than its own"
            if len(found) > 1:
                yield f"{plural(found, 'line')} for {name}"
        elif owner in names:
            yield f"a line under the name {owner} instead of its uuid, as an add leaves it that was broken off"
        elif KeyLine(owner, found[0]).by_uuid:
            yield f"a line for {owner}, which is the uuid of no node"
        else:
            yield f"a line under the name {owner}, which is no node"
    if copy.strange:
        yield f"{plural(copy.strange, 'line')} that Ganeti cannot read"


def _by_others(uuid: str, copies: Mapping[KeyFile, int]) -> list[str]:
    """The keys that the copies have for a node: the most frequent first, then as they come."""
    counted: Counter[str] = Counter()
    for copy, nodes in copies.items():
        counted.update(dict.fromkeys(copy.keys_of(uuid), nodes))
    return [key for key, _count in counted.most_common()]


def _order(keys: Mapping[str, str], config: Config, copies: Iterable[KeyFile]) -> list[str]:
    """As in the fullest copy; then in the order in which the nodes were added, as Ganeti appends them."""
    known = [list(dict.fromkeys(line.owner for line in copy.lines if line.owner in keys)) for copy in copies]
    first = max(known, key=len, default=[])
    rest = sorted(keys.keys() - set(first), key=lambda uuid: (config.nodes[uuid].ctime, config.node_name(uuid)))
    return [*first, *rest]
