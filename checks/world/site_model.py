"""What a file may say of a cluster of one's own, so that rehearsals have its names instead of ours.

A scenario tells of its nodes and instances by number: hwhost-2 is the second node, inst1 the first instance. With a
site of one's own, whatever stands at these numbers is what it happens to.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from checks.world.layout import DOMAIN, Layout, lab

MAX_NODES = 200
MAX_INSTANCES = 2000

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
FullName = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})+$", max_length=253)]
"""A name with its domain, as Ganeti stores it: lower case (lib/netutils.py, Hostname)."""
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$")]
"""A name of a volume group (lvm(8), VALID NAMES) or of a node group."""


class ScenarioPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScenarioSite(ScenarioPart):
    """A cluster's own names.

    Attributes:
        cluster: its full name.
        nodes: full names; the first one is the master.
        instances: full names; further ones are made up until there are as many as the scenarios tell of.
        group: the name of the node group.
        networks: of Ganeti and of DRBD's replication; made up if not given.
        ssh_port: of all nodes.
    """

    cluster: FullName = f"cluster.{DOMAIN}"
    nodes: tuple[FullName, ...] = Field(default=(), max_length=MAX_NODES)
    instances: tuple[FullName, ...] = Field(default=(), max_length=MAX_INSTANCES)
    group: Word = "default"
    volume_group: Word = "vg0"
    networks: tuple[IPv4Network, IPv4Network] = Layout.networks
    ssh_port: int = Field(default=2222, ge=1, le=65535)

    @model_validator(mode="after")
    def _are_different(self) -> Self:
        if len(self.nodes) == 1:
            raise ValueError("'nodes': a cluster whose disks are mirrored has at least two")
        short = [name.partition(".")[0] for name in (self.cluster, *self.nodes, *self.instances)]
        twice = sorted({name for name in short if short.count(name) > 1})
        if twice:
            raise ValueError(f"several names begin with {', '.join(twice)}: which is meant could not be told")
        return self

    @model_validator(mode="after")
    def _have_room(self) -> Self:
        needed = len(self.nodes) + len(("network", "master address", "broadcast"))
        if any(one.num_addresses < max(needed, 8) for one in self.networks) or self.networks[0].overlaps(
            self.networks[1]
        ):
            raise ValueError(f"'networks': two that do not overlap, each with room for {needed} addresses")
        return self

    def layout(self, nodes: int) -> Layout:
        """The cluster with at least so many nodes."""
        names = self.nodes or lab(nodes).node_names
        domain = names[0].partition(".")[2]
        more = tuple(f"node{number}.{domain}" for number in range(len(names) + 1, nodes + 1))
        return Layout(
            self.cluster, (*names, *more), self.instances, self.group, self.volume_group, self.networks, self.ssh_port
        )


_OURS = re.compile(
    r"\b(?:hwhost-(?P<node>\d+)(?P<node_domain>\.lab\.example)?"
    r"|inst(?P<instance>\d+)(?P<instance_domain>\.lab\.example)?"
    r"|(?P<cluster>cluster\.lab\.example)|(?P<group>vg0)|(?P<port>2222))\b"
)


def renamed(data: Any, layout: Layout) -> Any:
    """What a scenario says in our names, in those of another cluster."""
    match data:
        case str():
            return _OURS.sub(lambda match: _renamed(match, layout), data)
        case dict():
            return {renamed(key, layout): renamed(value, layout) for key, value in data.items()}
        case list() | tuple():
            return [renamed(one, layout) for one in data]
        case _:
            return data


def _renamed(match: re.Match[str], layout: Layout) -> str:
    instances = [plan.name for plan in layout.instances]
    for kind, names in (("node", layout.node_names), ("instance", instances)):
        if match[kind] is not None:
            number = int(match[kind])
            if not 1 <= number <= len(names):
                return match[0]
            name = names[number - 1]
            return name if match[f"{kind}_domain"] else name.partition(".")[0]
    if match["cluster"]:
        return layout.cluster
    return layout.volume_group if match["group"] else str(layout.ssh_port)
