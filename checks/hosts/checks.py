"""Checks of a node that comes back after a new installation."""

from __future__ import annotations

from checks.hosts.facts.conf_files import conf_files
from checks.hosts.facts.names import names
from checks.hosts.facts.packages import packages
from checks.look.known import unknown_if_unreadable, verdict
from engine.english import listed
from engine.knowledge import Context, Verdict, check

SHOWN = 5


@check("names.resolve")
@unknown_if_unreadable
def names_resolve(context: Context, *, node: str) -> Verdict:
    """On this node the names of all nodes and of the cluster lead to their addresses, and to no other ones."""
    found = names(context, node=node)
    return verdict(
        holds=not found.wrong,
        true=f"On {found.node} every name of the cluster leads to its address.",
        false=f"On {found.node} {listed(found.wrong)} do not lead where they should.",
        evidence=found.evidence or (f"{found.node}: getent ahosts, for each node and the cluster",),
        hint="Look at /etc/hosts there, at the line hosts: of /etc/nsswitch.conf, and at the name server.",
    )


@check("packages.fit")
@unknown_if_unreadable
def packages_fit(context: Context, *, node: str) -> Verdict:
    """Ganeti and what it needs is installed on this node, in a release that fits the master's."""
    found = packages(context, node=node)
    return verdict(
        holds=found.fits and not found.missing,
        true=f"Ganeti {found.ganeti} is installed on {found.node}; nothing that the master has of it is missing.",
        false=f"{found.node} lacks {listed(found.missing)}."
        if found.missing
        else f"{found.node} has Ganeti {found.ganeti}, and the master has {found.wanted}.",
        evidence=(f"{found.node}: dpkg-query: ganeti {found.ganeti or 'is not installed'}",),
        hint="Install the release that the master has: nodes with different ones do not talk to each other.",
    )


@check("conf.as_on_master")
@unknown_if_unreadable
def files_as_on_master(context: Context, *, node: str) -> Verdict:
    """All files and links of the master's /etc/ganeti are on this node with the same content."""
    found = conf_files(context, node=node)
    return verdict(
        holds=not found.lacking,
        true=f"/etc/ganeti on {found.node} has all that the master has.",
        false=f"{len(found.lacking)} files of the master's /etc/ganeti are missing on {found.node} or differ there.",
        evidence=tuple(f"{found.node}: {path}" for path in found.lacking[:SHOWN])
        or (f"{found.node}: sha256sum and links of /etc/ganeti",),
    )
