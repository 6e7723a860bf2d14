"""Checks of how the nodes reach each other by ssh."""

from __future__ import annotations

from checks.look.known import unknown_if_unreadable, verdict
from checks.ssh.facts.ports import ports, settings
from checks.ssh.facts.trust import trust
from engine.commands import to_type
from engine.english import join_and
from engine.knowledge import Context, Verdict, check


@check("ssh.ports_fit")
@unknown_if_unreadable
def ports_fit(context: Context, *, node: str) -> Verdict:
    """Root's ssh on this node finds sshd of every node without being told a port."""
    found = settings(context, node=node)
    return verdict(
        holds=not found.wrong,
        true=f"ssh on {found.node} takes the right port for every node.",
        false=f"ssh on {found.node} takes a wrong port for {join_and(found.wrong)}.",
        evidence=found.evidence,
        hint=to_type("run", "cluster-upgrade-ssh-port"),
    )


@check("ssh.all_ports_fit")
@unknown_if_unreadable
def all_ports_fit(context: Context) -> Verdict:
    """Root's ssh finds sshd of every node, on each node from which an upgrade can be started and which answers."""
    found = ports(context)
    asked = [entry.node for entry in found.entries]
    return verdict(
        holds=not found.to_change if asked else None,
        true=f"ssh on {join_and(asked)} takes the right port for every node.",
        false=f"ssh on {join_and(found.to_change)} takes a wrong port for some node.",
        unknown="No master candidate answers.",
        evidence=tuple(line for entry in found.entries for line in entry.evidence),
        hint=to_type("run", "cluster-upgrade-ssh-port"),
    )


@check("ssh.master_gets_in")
@unknown_if_unreadable
def master_gets_in(context: Context, *, node: str) -> Verdict:
    """This node lets the master's root in by ssh with the keys it has."""
    found = trust(context, node=node)
    return verdict(
        holds=not found.missing,
        true=f"{found.node} lets the master's root in.",
        false=f"{found.node} lacks {len(found.missing)} of the keys of the master's root.",
        evidence=(f"{found.node}: /root/.ssh/authorized_keys",),
    )
