"""One node as it is configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checks.cluster.facts.copies import newest_config
from checks.look.commands import DATE
from checks.look.grammar import NODE_PARAMETER, PARAMETER_VALUE
from checks.look.nodes import answer, host
from engine.errors import FactError
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Node:
    """A node.

    Attributes:
        name: its full name.
        secondary_ip: where DRBD runs; the primary one where there is only one network.
        own_parameters: `key=value` of its own node parameters, which `gnt-node add --readd` forgets.
        primary_instances: the instances that are configured to run there.
        movable_instances: those of them that have another copy, on another node.
        secondary_instances: the instances that have their other copy there.
        answers: whether it could be reached just now.
    """

    name: str
    primary_ip: str
    secondary_ip: str
    uuid: str
    offline: bool
    drained: bool
    candidate: bool
    own_parameters: tuple[str, ...]
    primary_instances: tuple[str, ...]
    movable_instances: tuple[str, ...]
    secondary_instances: tuple[str, ...]
    answers: bool

    @property
    def instances(self) -> tuple[str, ...]:
        """All instances that have a disk there, by the configuration; those that run there first."""
        return tuple(dict.fromkeys((*self.primary_instances, *self.secondary_instances)))


@fact("nodes.node")
@remembered
def node(context: Context, *, node: str) -> Node:
    """A node, from the newest configuration that can be read.

    Raises:
        FactError: code `node-unknown`, or `config-unreadable`; one of its parameters is not as Ganeti has them.
    """
    where = host(context, node)
    copy, config = newest_config(context)
    uuid = next((key for key, each in config.nodes.items() if each.name == where.name), None)
    if uuid is None:
        raise FactError(
            f"The configuration on {copy} does not know the node {where}.",
            hint="It may have been removed from the cluster.",
            code="node-unknown",
        )
    one = config.nodes[uuid]
    instances = [instance for instance in config.instances.values() if instance.name]
    primary = [instance for instance in instances if instance.primary_node == uuid]
    return Node(
        name=where.name,
        primary_ip=one.primary_ip,
        secondary_ip=one.secondary_ip or one.primary_ip,
        uuid=uuid,
        offline=one.offline,
        drained=one.drained,
        candidate=one.master_candidate,
        own_parameters=tuple(_parameter(key, value) for key, value in sorted(one.ndparams.items())),
        primary_instances=tuple(sorted(each.name for each in primary)),
        movable_instances=tuple(sorted(each.name for each in primary if config.secondaries_of(each))),
        secondary_instances=tuple(sorted(each.name for each in instances if where.name in config.secondaries_of(each))),
        answers=answer(context, where, DATE) is not None,
    )


def _parameter(key: str, value: Any) -> str:
    """As --node-parameters takes it, where a comma begins the next one."""
    text = PARAMETER_VALUE.parse(str(value), f"The parameter {key} of a node") if value != "" else ""
    return f"{NODE_PARAMETER.parse(key, 'A parameter of a node')}={text}"
