"""Checks that Ganeti's own repair tool does not act on the same disks at the same time."""

from __future__ import annotations

from checks.instances.facts.autorepair import AutoRepair, policies_on, policy
from checks.instances.parse import PREFIX
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.english import listed
from engine.knowledge import Context, Verdict, check


@check("autorepair.leaves_alone")
@unknown_if_unreadable
def leaves_alone(context: Context, *, instance: str) -> Verdict:
    """Ganeti's own repair tool, harep, may not act on this instance at this moment."""
    return _judged((policy(context, instance=instance),), instance, f"gnt-instance add-tags {instance}")


@check("autorepair.leaves_node_alone")
@unknown_if_unreadable
def leaves_node_alone(context: Context, *, node: str) -> Verdict:
    """The same of every instance that has a disk on this node."""
    where = host(context, node).name
    return _judged(policies_on(context, node=node), f"the instances of {where}", "gnt-cluster add-tags")


def _judged(found: tuple[AutoRepair, ...], what: str, command: str) -> Verdict:
    active = [one for one in found if one.active]
    busy = [one for one in active if one.pending]
    names = ", ".join(one.instance for one in busy or active)
    evidence = tuple(dict.fromkeys(line for one in found for line in one.evidence))
    return verdict(
        holds=not active,
        true=f"Ganeti's own repair tool (harep) leaves {what} alone.",
        false=f"harep is repairing {names} now: job {listed(str(job) for one in busy for job in one.pending)}."
        if busy
        else f"harep may repair {names} at any moment, up to {listed(dict.fromkeys(one.level for one in active))}.",
        evidence=evidence or (f"configuration: no tag {PREFIX}… that concerns {what}",),
        hint="Wait until that job is over, and for the next run of harep."
        if busy
        else f"Suspend it: {command} {PREFIX}suspend (afterwards: the same with remove-tags). Two repairs at once make"
        " a wreck of it.",
    )
