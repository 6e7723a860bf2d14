"""Who is the master: what each node believes, and where the master's daemons really run."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from checks.cluster.facts.overview import overview
from checks.cluster.facts.own_files import ssconf
from checks.cluster.parse.addresses import parse_addresses
from checks.cluster.parse.processes import daemons, parse_processes
from checks.cluster.parse.ssconf import Ssconf
from checks.look.commands import ADDRESSES, PROCESSES, SSCONF
from checks.look.nodes import host, hosts, look, understood
from engine.errors import FactError, HostError
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Claim:
    """One node and the master.

    Attributes:
        answers: whether anything that can be believed was read there; if not, nothing below is known.
        believes: the node it takes for the master (its ssconf_master_node); None if it has no such file, or a
            damaged one.
        runs_luxid: the daemon that takes commands and starts jobs runs there.
        runs_wconfd: the daemon that writes the configuration runs there.
        has_master_ip: one of its interfaces has the cluster's master address.
        runs_noded: the daemon that answers the other nodes, also when they ask for its vote, runs there.
    """

    node: str
    answers: bool
    believes: str | None = None
    runs_luxid: bool = False
    runs_wconfd: bool = False
    has_master_ip: bool = False
    runs_noded: bool = False

    @property
    def acts(self) -> bool:
        """Whether both daemons of a master run there."""
        return self.runs_luxid and self.runs_wconfd


@dataclass(frozen=True, slots=True)
class Claims:
    """What all nodes say.

    Attributes:
        agreed: the master by the word of all nodes that answer and name one; None if they differ, or none does.
        acting: the node where luxid and wconfd run; None if there is none, or more than one.
    """

    claims: tuple[Claim, ...]
    agreed: str | None
    acting: str | None

    @property
    def silent(self) -> tuple[str, ...]:
        """The nodes that did not answer."""
        return tuple(claim.node for claim in self.claims if not claim.answers)

    @property
    def all_acting(self) -> tuple[str, ...]:
        """Every node where both daemons of a master run; more than one is a second master."""
        return tuple(claim.node for claim in self.claims if claim.acts)

    def acting_besides(self, node: str) -> tuple[str, ...]:
        """Every node but this one where both daemons of a master run."""
        return tuple(name for name in self.all_acting if name != node)

    def voting_besides(self, offline: tuple[str, ...]) -> tuple[str, ...]:
        """The nodes that can give their vote for a new master: without these, which are not told of it."""
        return tuple(claim.node for claim in self.claims if claim.runs_noded and claim.node not in offline)

    def has_to_join(self, node: str, *, offline: bool) -> bool:
        """Whether this node has to be joined to the acting master: it is marked offline, or has another master."""
        return self.acting != node and (offline or self.of(node).believes != self.acting)

    def of(self, node: str) -> Claim:
        """What there is about this node, by full name."""
        return next(claim for claim in self.claims if claim.node == node)


@fact("masters.claims")
@remembered
def claims(context: Context) -> Claims:
    """Who every node takes for the master, and where a master's daemons and address really are."""
    look(context, hosts(context), SSCONF, PROCESSES, ADDRESSES)
    views = {one.name: _view(context, one) for one in hosts(context)}
    master_ips = {view.master_ip for view in views.values() if view is not None}
    found = tuple(_claim(context, one, views[one.name], master_ips) for one in hosts(context))
    beliefs = {claim.believes for claim in found if claim.believes is not None}
    acting = [claim.node for claim in found if claim.acts]
    return Claims(
        claims=found,
        agreed=beliefs.pop() if len(beliefs) == 1 else None,
        acting=acting[0] if len(acting) == 1 else None,
    )


@remembered
def master(context: Context) -> Host:
    """The node to read the queue and the locks from: the acting master, else whom the nodes name.

    Raises:
        HostError, FactError: no node can say.
    """
    seen = claims(context)
    return host(context, seen.acting or seen.agreed or overview(context).master)


def _view(context: Context, where: Host) -> Ssconf | None:
    try:
        return ssconf(context, where)
    except (FactError, HostError):
        # A node that was installed anew answers and knows nothing.
        return None


def _claim(context: Context, where: Host, view: Ssconf | None, master_ips: AbstractSet[str]) -> Claim:
    processes = understood(context, where, PROCESSES, parse_processes)
    addresses = understood(context, where, ADDRESSES, parse_addresses)
    if processes is None or addresses is None:
        return Claim(where.name, answers=False)
    running = daemons(processes)
    return Claim(
        node=where.name,
        answers=True,
        believes=view.master if view is not None else None,
        runs_luxid="luxid" in running,
        runs_wconfd="wconfd" in running,
        has_master_ip=any(one.address in master_ips for one in addresses),
        runs_noded="noded" in running,
    )
