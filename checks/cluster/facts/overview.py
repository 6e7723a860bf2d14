"""The cluster as one of its nodes sees it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.own_files import ssconf
from checks.cluster.parse.ssconf import Ssconf
from checks.look.commands import SSCONF
from checks.look.nodes import host, hosts, look
from checks.version import Version
from engine.errors import FactError, HostError
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Overview:
    """A cluster, from the ssconf files of the first node that answers: the one we entered by, or another.

    Attributes:
        name: of the cluster.
        version: of Ganeti.
        master: the node that node takes for the master; `masters.claims` says what the others believe.
        nodes: all nodes, by full name, like the following.
        candidates: the master candidates, the master among them.
        offline: the nodes marked offline.
        master_ip: the address that the master holds besides its own.
        online_candidates: the candidates that are not marked offline.
        other_nodes: the nodes without the master.
        seen_from: the node whose files these are.
    """

    name: str
    version: Version
    master: str
    nodes: tuple[str, ...]
    candidates: tuple[str, ...]
    offline: tuple[str, ...]
    master_ip: str
    online_candidates: tuple[str, ...]
    other_nodes: tuple[str, ...]
    seen_from: str


@fact("cluster.overview")
@remembered
def overview(context: Context) -> Overview:
    """Name, version, nodes and roles of the cluster.

    Raises:
        HostError: no node answers.
        FactError: no node that answers has ssconf files that can be read.
    """
    where, seen = first_view(context)
    return Overview(
        name=seen.cluster,
        version=Version(seen.release),
        master=seen.master,
        nodes=seen.nodes,
        candidates=seen.candidates,
        offline=seen.offline,
        master_ip=seen.master_ip,
        online_candidates=tuple(node for node in seen.candidates if node not in seen.offline),
        other_nodes=tuple(node for node in seen.nodes if node != seen.master),
        seen_from=where.name,
    )


@remembered
def first_view(context: Context) -> tuple[Host, Ssconf]:
    """The first node that answers and has ssconf files, the entry before the others, and what it has.

    Raises:
        HostError, FactError: as `overview`; the reason of the first node that was tried.
    """
    entry: Host = context.site.entry
    first: FactError | HostError | None = None
    for one in (entry, *(other for other in hosts(context) if other != entry)):
        try:
            return one, ssconf(context, one)
        except (FactError, HostError) as error:
            first = first or error
    assert first is not None  # noqa: S101 - the entry itself was tried
    raise first


@remembered
def view_of_master(context: Context, master: str) -> tuple[Host, Ssconf]:
    """What the acting master knows, or else the first node that answers."""
    try:
        where = host(context, master)
        look(context, (where,), SSCONF)
        return where, ssconf(context, where)
    except (FactError, HostError):
        return first_view(context)
