"""Whether Ganeti's own repair tool, harep, may act on an instance at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.cluster.facts.copies import newest_config
from checks.cluster.parse.config import Config, ConfigInstance
from checks.instances.facts.instances import find
from checks.instances.parse import PREFIX, parse_repair_tags
from checks.look.commands import DATE
from checks.look.nodes import host
from checks.look.numbers import parse_seconds
from engine.knowledge import Context, remembered


@dataclass(frozen=True, slots=True)
class AutoRepair:
    """What harep may do with an instance (man harep; tags `ganeti:watcher:autorepair:…`).

    Attributes:
        level: the most it may do: fix-storage, migrate, failover or reinstall; empty if nothing.
        said_by: the instance, group or cluster whose tags decide; empty if none do.
        suspended: it may, but not now.
        pending: the jobs of a repair of this instance that it has submitted and not yet seen the end of.
        failed: a repair of this instance failed, so that it leaves it alone until that tag is gone.
        evidence: the tags, each with what carries it.
    """

    instance: str
    level: str
    said_by: str
    suspended: bool
    pending: tuple[int, ...]
    failed: bool
    evidence: tuple[str, ...] = field(compare=False)

    @property
    def active(self) -> bool:
        """Whether it may act at any moment, or is at it."""
        return bool(self.pending) or (bool(self.level) and not self.suspended and not self.failed)


@remembered
def policy(context: Context, *, instance: str) -> AutoRepair:
    """What harep may do with an instance, from the newest configuration that can be read.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`.
        HostError: the node with the configuration does not say what time it is.
    """
    copy, config = newest_config(context)
    return policy_of(config, find(config, instance), _now(context, copy))


@remembered
def policies_on(context: Context, *, node: str) -> tuple[AutoRepair, ...]:
    """The same for each instance that has a disk on this node."""
    where = host(context, node).name
    copy, config = newest_config(context)
    there = [one for one in config.instances.values() if one.name and where in
             (config.node_name(one.primary_node), *config.secondaries_of(one))]  # fmt: skip
    now = _now(context, copy) if there else 0
    return tuple(policy_of(config, one, now) for one in sorted(there, key=lambda one: one.name))


def policy_of(config: Config, one: ConfigInstance, now: int) -> AutoRepair:
    """What the tags say of an instance: its own, else those of its primary node's group, else the cluster's."""
    node = config.nodes.get(one.primary_node)
    group = config.nodegroups.get(node.group) if node is not None else None
    carriers = [
        (f"instance {one.name}", one.tags),
        *([(f"group {group.name}", group.tags)] if group is not None else []),
        (f"cluster {config.cluster.cluster_name}".strip(), config.cluster.tags),
    ]
    own = parse_repair_tags(one.tags)
    name, tags = next(
        ((name, found) for name, some in carriers if (found := parse_repair_tags(some)).says_anything(now)),
        ("", parse_repair_tags(())),
    )
    return AutoRepair(
        instance=one.name,
        level=tags.level,
        said_by=name,
        suspended=tags.suspends(now),
        pending=own.pending,
        failed=own.failed,
        evidence=tuple(f"{carrier}: tag {tag}" for carrier, some in carriers for tag in some if tag.startswith(PREFIX)),
    )


def _now(context: Context, node: str) -> int:
    where = host(context, node)
    return context.remember(parse_seconds, context.reader.read(where, DATE).stdout, f"date +%s on {where}")
