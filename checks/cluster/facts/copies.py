"""The copies of the configuration: one on the master and each master candidate, numbered at every change."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.masters import claims
from checks.cluster.facts.own_files import ssconf
from checks.cluster.parse.config import Config, parse_config
from checks.look.commands import SSCONF, cat
from checks.look.nodes import answer, content, host, hosts, look
from checks.look.numbers import utc_text
from checks.paths import CONFIG_DATA
from engine.errors import FactError, HostError
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class ConfigCopy:
    """One node's copy of the configuration.

    Attributes:
        serial: counted up with every change of the cluster; None if there is no copy, or it cannot be read.
        modified: time of the last change in UTC; empty without a serial.
        answers: whether the node could be asked.
        candidate: some node that answers counts it as a master candidate, which has a copy that matters.
        damaged: there is a copy, and it cannot be read.
    """

    node: str
    serial: int | None
    modified: str
    answers: bool
    candidate: bool
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Serials:
    """All copies.

    Attributes:
        newest: the nodes whose copy has the highest serial number of those that could be read.
        unknown: the candidates whose copy could not be read, because they do not answer or it is damaged.
    """

    entries: tuple[ConfigCopy, ...]
    newest: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def highest(self) -> int | None:
        """The highest serial number seen."""
        return max((entry.serial for entry in self.entries if entry.serial is not None), default=None)

    def of(self, node: str) -> ConfigCopy:
        """The copy of this node, by full name."""
        return next(entry for entry in self.entries if entry.node == node)


@fact("config.serials")
@remembered
def serials(context: Context) -> Serials:
    """The serial numbers of the configuration on all nodes; one that is no candidate may have an old copy."""
    look(context, hosts(context), SSCONF, cat(CONFIG_DATA))
    candidates = _candidates(context)
    entries = tuple(_copy(context, one.name, candidate=one.name in candidates) for one in hosts(context))
    highest = max((entry.serial for entry in entries if entry.serial is not None), default=None)
    return Serials(
        entries=entries,
        newest=tuple(entry.node for entry in entries if highest is not None and entry.serial == highest),
        unknown=tuple(entry.node for entry in entries if entry.candidate and (entry.damaged or not entry.answers)),
    )


@remembered
def newest_config(context: Context) -> tuple[str, Config]:
    """The copy that counts, and the node it is on: that of the acting master, else the newest that can be read.

    An old master that comes back may have a higher number than the one that took over: it counted on alone, or its
    last changes reached nobody. What it says is over nevertheless.

    Raises:
        FactError: code `config-unreadable` when there is none.
    """
    acting = claims(context).acting
    for node in dict.fromkeys((*((acting,) if acting else ()), *serials(context).newest)):
        text = content(context, host(context, node), CONFIG_DATA)
        if text is not None:
            return node, context.remember(parse_config, text)
    raise FactError(
        "No copy of the configuration can be read: no master candidate that answers has one.",
        hint="Look at /var/lib/ganeti/config.data on the master candidates.",
        code="config-unreadable",
    )


def _candidates(context: Context) -> frozenset[str]:
    # A node that was away may be out of date about the roles, so all views count.
    found: set[str] = set()
    for one in hosts(context):
        try:
            view = ssconf(context, one)
        except (FactError, HostError):
            continue
        found.update((*view.candidates, view.master))
    return frozenset(found)


def _copy(context: Context, node: str, *, candidate: bool) -> ConfigCopy:
    where = host(context, node)
    if answer(context, where, cat(CONFIG_DATA)) is None:
        return ConfigCopy(node, None, "", answers=False, candidate=candidate)
    try:
        text = content(context, where, CONFIG_DATA)
        if text is None:
            return ConfigCopy(node, None, "", answers=True, candidate=candidate)
        # All of it: a copy of which a part is not believed is none to go by.
        found = context.remember(parse_config, text)
    except FactError:
        return ConfigCopy(node, None, "", answers=True, candidate=candidate, damaged=True)
    return ConfigCopy(node, found.serial_no, utc_text(found.mtime), answers=True, candidate=candidate)
