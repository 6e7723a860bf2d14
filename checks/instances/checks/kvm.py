"""Checks of the folder that KVM's part of Ganeti keeps."""

from __future__ import annotations

from checks.instances.facts.kvm import folders
from checks.look.known import unknown_if_unreadable, verdict
from engine.commands import to_type
from engine.english import join_and
from engine.knowledge import Context, Verdict, check


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
