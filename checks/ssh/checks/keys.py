"""Checks of the file in which Ganeti keeps the nodes' public keys."""

from __future__ import annotations

from checks.cluster.facts.daemons import running_processes
from checks.cluster.facts.masters import master
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from checks.paths import PUBLIC_KEYS
from checks.ssh.facts.keys import NodeKeys, public
from engine.commands import to_type
from engine.english import join_and
from engine.knowledge import Context, Verdict, check

AT_WORK = (("gnt-node", "add"), ("gnt-cluster", "renew-crypto"), ("gnt-cluster", "upgrade"))
"""What writes the file in steps between which it looks wrong (lib/client/gnt_node.py, gnt_cluster.py)."""


@check("keys.complete")
@unknown_if_unreadable
def complete(context: Context, *, node: str = "") -> Verdict:
    """The file of public keys is right on this node, or on every node that answers and is not marked offline."""
    found = public(context)
    where = host(context, node).name if node else ""
    entries = [entry for entry in found.entries if entry.node == where or not (where or entry.offline)]
    asked = [entry for entry in entries if entry.answers]
    wrong = [entry for entry in asked if entry.problems or entry.linkable or not entry.has_key]
    on = where or join_and(entry.node for entry in asked)
    lacking = f" It lacks the key of {join_and(found.unknown)}." if found.unknown else ""
    return verdict(
        holds=None if not asked else not wrong and not found.unknown,
        true=f"The file of the nodes' public keys is as it should be on {on}.",
        false=f"The file of the nodes' public keys is not as it should be on {join_and(e.node for e in wrong) or on}."
        f"{lacking}",
        unknown=f"{where} does not answer." if where else "No node that is not marked offline answers.",
        evidence=tuple(line for entry in entries for line in _evidence(entry, found.key_path)),
        hint=to_type("run", "pub-keys-rebuild"),
    )


@check("keys.at_rest")
@unknown_if_unreadable
def at_rest(context: Context) -> Verdict:
    """No command runs on the master that adds a node or renews keys, and so writes the file itself."""
    where = master(context)
    at_work = [
        process
        for process in running_processes(context, node=where.name)
        if (process.words[0].rpartition("/")[2] if process.words else "", *process.words[1:2]) in AT_WORK
    ]
    return verdict(
        holds=not at_work,
        true=f"Nobody adds a node or renews keys on {where}.",
        false=f"{join_and(f'`{process.command}`' for process in at_work)} runs on {where}.",
        evidence=tuple(f"{where}: process {process.pid}: {process.command}" for process in at_work),
        hint="Wait until it has ended.",
    )


def _evidence(entry: NodeKeys, key_path: str) -> list[str]:
    if not entry.answers:
        return [f"{entry.node}: does not answer"]
    lines = [f"{entry.node}: {PUBLIC_KEYS}: {problem}" for problem in entry.problems]
    if not entry.has_key or entry.linkable:
        lines.append(f"{entry.node}: {key_path}: no public key is there")
    return lines or [f"{entry.node}: {PUBLIC_KEYS}: as it should be"]
