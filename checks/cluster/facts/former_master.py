"""Which node a new master takes the place of: also when it has taken it already and the rest was not done."""

from __future__ import annotations

from checks.cluster.facts.masters import claims
from checks.cluster.facts.nodes import node
from checks.cluster.facts.overview import overview
from checks.look.nodes import host
from engine.errors import FactError
from engine.knowledge import Context, fact, remembered

AUTOMATIC = "automatic"
"""What stands for the name of the former master as long as nobody says it."""


@fact("masters.former")
@remembered
def former(context: Context, *, by: str, named: str = AUTOMATIC) -> str:
    """The master as the node `by` knows it; once that is `by` itself, the node it was before.

    After a failover nothing records the former master. It is the one node that does not answer, or the one of
    these that is not dealt with yet: not marked offline, or with instances that are configured to run there.

    `by` is the new master, by name; `named` the former one, for the case that several nodes are dead: it counts only
    once `by` is the master.

    Returns:
        A full name; that of `by` if it is the master and no node, or no single one, can have been it before.

    Raises:
        HostError: no node can say who the master is.
        FactError: likewise, or there is no node of such a name.
    """
    new = host(context, by).name
    seen = claims(context)
    master = seen.of(new).believes or overview(context).master
    if master != new:
        return master
    if named != AUTOMATIC:
        return host(context, named).name
    silent = [name for name in seen.silent if name != new]
    left = [name for name in silent if not _dealt_with(context, name)] or silent
    return left[0] if len(left) == 1 else new


def _dealt_with(context: Context, name: str) -> bool:
    try:
        one = node(context, node=name)
    except FactError:
        return False
    return one.offline and not one.primary_instances
