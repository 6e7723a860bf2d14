"""Checks of who else works on an instance: jobs, harep, and what lets a migration through."""

from __future__ import annotations

from checks.instances.facts.autorepair import AutoRepair, policies_on, policy
from checks.instances.facts.kvm import folders
from checks.instances.facts.working_jobs import working_on
from checks.instances.parse import PREFIX
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.commands import to_type
from engine.english import join_and, listed
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


@check("kvm.job_may_set_modes")
@unknown_if_unreadable
def job_may_set_modes(context: Context, *, node: str) -> Verdict:
    """The user that jobs run as on this node owns KVM's folders there, and so may set their mode."""
    found = folders(context, node=node)
    return verdict(
        holds=None if not (found.job_user and found.exists) else not found.foreign,
        true=f"{found.job_user} owns the folders of KVM on {found.node}.",
        false=f"{found.job_user} does not own {join_and(found.foreign)} on {found.node}.",
        unknown=f"No jobs run on {found.node}, or it has no such folder.",
        evidence=tuple(f"{found.node}: {line}" for line in found.owners),
        hint=to_type("run", "kvm-dir-permissions", node=found.node),
    )


@check("jobs.none_works_on")
@unknown_if_unreadable
def none_works_on(context: Context, *, instance: str) -> Verdict:
    """No job of Ganeti works on this instance or waits to."""
    found = working_on(context, instance=instance)
    return verdict(
        holds=not found,
        true=f"No job works on {instance}.",
        false=f"At work on {instance}, or waiting to be: job {listed(str(job.id) for job in found)}.",
        evidence=tuple(f"job {job.id}: {job.status} {job.summary}; its last word: {job.last_log or 'none'}"
                       for job in found),
        hint=f"Wait for its end. If it does not move: {to_type('diagnose')} says how to end it.",
    )  # fmt: skip
