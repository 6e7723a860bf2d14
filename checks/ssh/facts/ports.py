"""The port that ssh takes for each node where nobody says one, as `gnt-cluster upgrade` calls it.

Ganeti calls ssh without a port there (lib/client/gnt_cluster.py, _VerifyCommandRaw, in every version up to 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.copies import newest_config
from checks.look.commands import cat, ssh_settings
from checks.look.nodes import answer, content, host, hosts, look
from checks.paths import SSH_CONFIG, SSH_PORT
from checks.ssh.parse.ssh_config import parse_effective, ports_set, with_ports
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class SshOfNode:
    """root's ssh on one node.

    Attributes:
        wrong: the nodes that it would call at another port than that of their sshd.
        evidence: port by port, what it would take and what is right.
        corrected: the text of root's ssh configuration with an entry for each node at another port than 22.
        told_by_ssh: ssh itself said what it would take; otherwise it is too old for that (before OpenSSH 6.8), and
            only the entries made by this program count.
    """

    node: str
    wrong: tuple[str, ...]
    evidence: tuple[str, ...]
    corrected: str
    told_by_ssh: bool


@dataclass(frozen=True, slots=True)
class Ports:
    """The nodes' ports.

    Attributes:
        elsewhere: `node at port N` for each node whose sshd is not at port 22.
        callers: the nodes an upgrade can be started from: the master candidates that are not marked offline.
        to_change: of those, the ones whose ssh would call a wrong port.
        silent: of those, the ones that do not answer.
        entries: root's ssh on each of those that do.
    """

    elsewhere: tuple[str, ...]
    callers: tuple[str, ...]
    to_change: tuple[str, ...]
    silent: tuple[str, ...]
    entries: tuple[SshOfNode, ...]

    def of(self, node: str) -> SshOfNode:
        """Root's ssh on this node, by full name."""
        return next(entry for entry in self.entries if entry.node == node)


@fact("ssh.ports")
@remembered
def ports(context: Context) -> Ports:
    """Where sshd of each node is, and which nodes would look for it elsewhere.

    Raises:
        HostError, FactError: no configuration can be read, or root's ssh configuration on a node cannot.
    """
    right = _right(context)
    _where, config = newest_config(context)
    callers = tuple(node.name for node in config.nodes.values() if node.master_candidate and not node.offline)
    look(context, (host(context, name) for name in callers), cat(SSH_CONFIG), *map(ssh_settings, right))
    silent = [name for name in callers if answer(context, host(context, name), cat(SSH_CONFIG)) is None]
    entries = tuple(settings(context, node=name) for name in callers if name not in silent)
    return Ports(
        elsewhere=tuple(f"{name} at port {port}" for name, port in right.items() if port != SSH_PORT),
        callers=callers,
        to_change=tuple(entry.node for entry in entries if entry.wrong),
        silent=tuple(silent),
        entries=entries,
    )


@remembered
def settings(context: Context, *, node: str) -> SshOfNode:
    """What root's ssh on this node takes for the port of each node, the node itself among them.

    Raises:
        HostError: the node does not answer.
        FactError: no configuration can be read, or root's ssh configuration there cannot.
    """
    where = host(context, node)
    right = _right(context)
    look(context, (where,), cat(SSH_CONFIG), *map(ssh_settings, right))
    text = content(context, where, SSH_CONFIG) or ""
    entries = ports_set(text)
    taken: dict[str, int] = {}
    told = True
    for name in right:
        result = context.reader.read(where, ssh_settings(name))
        told = told and result.ok
        said = context.remember(parse_effective, result.stdout).get("port", "") if result.ok else ""
        taken[name] = int(said) if said.isascii() and said.isdecimal() else entries.get(name, SSH_PORT)
    elsewhere = {name: port for name, port in right.items() if port != SSH_PORT}
    return SshOfNode(
        node=where.name,
        wrong=tuple(name for name, port in right.items() if taken[name] != port),
        evidence=tuple(
            f"{where}: {f'ssh -G {name}' if told else SSH_CONFIG}: port {taken[name]}; sshd of {name} is at {port}"
            for name, port in right.items()
        ),
        corrected=with_ports(text, elsewhere),
        told_by_ssh=told,
    )


def _right(context: Context) -> dict[str, int]:
    """The port of every node that is not marked offline."""
    _where, config = newest_config(context)
    known = {one.name for one in hosts(context)}
    return {
        node.name: config.ssh_port(node) for node in config.nodes.values() if not node.offline and node.name in known
    }
