"""Which instances have mirrored disks whose sides do not see each other, as after a restart of one of their nodes."""

from __future__ import annotations

from checks.cluster.facts.copies import newest_config
from checks.drbd.facts.disks import of_described
from checks.drbd.facts.find_missing import ALL, chosen
from checks.look.nodes import host
from engine.knowledge import Context, fact, remembered


@fact("disks.apart")
@remembered
def apart(context: Context, *, node: str, instances: str = ALL) -> tuple[str, ...]:
    """The instances, by name, of which a disk on this node is not connected to its other side, or has no DRBD device.

    What a node that does not answer has is not known, and is not counted.

    Args:
        context: what to look with.
        node: one of the nodes of the disks.
        instances: names of instances with commas between them, or `all`.

    Raises:
        FactError: code `node-unknown`, `instance-unknown` or `config-unreadable`; code `not-there` for an instance
            without a mirrored disk on this node; or /proc/drbd is of another DRBD.
    """
    where = host(context, node).name
    _copy, config = newest_config(context)
    return tuple(
        one.name
        for one in chosen(config, where, instances)
        if any(state.seen and not state.linked for state in of_described(context, one))
    )
