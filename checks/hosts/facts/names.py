"""How the names of the cluster resolve on one node: Ganeti takes whatever address it gets for the node's own."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.masters import claims
from checks.cluster.facts.overview import first_view, view_of_master
from checks.hosts.parse.hosts_file import with_names
from checks.look.commands import resolve
from checks.look.grammar import is_address, is_loopback, is_v6, parse_address
from checks.look.nodes import content, host, look
from checks.paths import HOSTS
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all nodes and of the cluster, as one node resolves them.

    Attributes:
        wrong: the names that do not lead to their address, or also lead to another one of its kind.
        evidence: by wrong name: what the node gets, and what the configuration of the cluster says.
        corrected: the text of /etc/hosts in which these names stand beside their addresses, and all else stays.
    """

    node: str
    wrong: tuple[str, ...]
    evidence: tuple[str, ...]
    corrected: str


@fact("names.on")
@remembered
def names(context: Context, *, node: str) -> Names:
    """How the names of the cluster resolve on a node; one that is right by DNS is left out of /etc/hosts.

    Raises:
        HostError: the node does not answer.
        FactError: no node can say what the addresses are.
    """
    where = host(context, node)
    acting = claims(context).acting
    _origin, view = view_of_master(context, acting) if acting else first_view(context)
    wanted = {**view.primary_ips, view.cluster: view.master_ip}
    look(context, (where,), *(resolve(name) for name in wanted))
    found = {name: _addresses(context, node, name) for name in wanted}
    wrong = {name: address for name, address in wanted.items() if not _right(found[name], address)}
    return Names(
        node=where.name,
        wrong=tuple(wrong),
        evidence=tuple(
            f"{where}: getent ahosts {name}: {', '.join(found[name]) or 'unknown'}; it has to be {address}"
            for name, address in wrong.items()
        ),
        corrected=with_names(content(context, where, HOSTS) or "", wrong),
    )


def _addresses(context: Context, node: str, name: str) -> tuple[str, ...]:
    lines = context.reader.read(host(context, node), resolve(name)).lines
    return tuple(dict.fromkeys(line.split()[0] for line in lines if line.split()))


def _right(found: tuple[str, ...], wanted: str) -> bool:
    known = [text.partition("%")[0] for text in found]
    if not all(map(is_address, known)):
        return False
    alike = {parse_address(one, "getent") for one in known if is_v6(one) == is_v6(wanted)}
    return alike == {wanted} and not any(map(is_loopback, known))
