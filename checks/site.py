"""Finding out which cluster this is, from any of its nodes that answers."""

from __future__ import annotations

import copy
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.cluster.parse.ssconf import Ssconf, parse_ssconf
from checks.look.commands import SSCONF
from checks.look.grammar import HOST, is_address
from checks.look.nodes import complete
from checks.paths import SSCONF_PREFIX
from engine.errors import FactError, HostError, HostIdentityError
from engine.hosts.host import Host
from engine.hosts.reader import Reader


@dataclass(frozen=True, slots=True)
class GanetiCluster:
    """A Ganeti cluster.

    Attributes:
        label: its name.
        hosts: its nodes by full name, with their addresses and the ssh port Ganeti knows of.
        entry: the node it was found through, asked first from then on.
        master: the node that the entry takes for the master.
        version: of Ganeti, as the entry has it in its ssconf files.
    """

    label: str
    hosts: Mapping[str, Host]
    entry: Host
    master: str = ""
    version: str = ""

    @property
    def witnesses(self) -> tuple[Host, ...]:
        """The master, and the entry where the master does not answer."""
        master = self.hosts.get(self.master, self.entry)
        return tuple(dict.fromkeys((master, self.entry)))


def discover(reader: Reader, entries: Sequence[Host]) -> GanetiCluster:
    """Find the cluster through the first of these hosts that answers and is a node.

    Raises:
        HostError: none answers; it is the error of the first, and names all that were tried.
        FactError: code `two-clusters` when they belong to different ones, `not-a-node` when those that answer
            belong to none, `no-entry` when there is nothing to try.
    """
    if not entries:
        raise FactError(
            "No host was named to start from.",
            hint="Name a node of the cluster, or start on one.",
            code="no-entry",
        )
    reader.read_all((entry, SSCONF) for entry in entries)
    found: list[tuple[Host, Ssconf]] = []
    errors: list[FactError | HostError] = []
    strangers: list[Host] = []
    for entry in entries:
        try:
            node, text = _ask(reader, entry)
            if text.strip():
                found.append((node, parse_ssconf(text)))
            else:
                strangers.append(node)
        except (FactError, HostError) as error:
            # Another node may answer, or have files that are whole.
            errors.append(error)
    if not found:
        raise _none_of(entries, strangers, errors)
    _same_cluster(found)
    return _cluster(*found[0])


def local_entry(root: Path = Path("/")) -> Host | None:
    """This machine, by the name it has in its cluster, if it is a node of one."""
    try:
        nodes = _file(root, "node_list").split()
        # Its full name is the resolver's to say, which hangs in an outage: only where its own does not settle it.
        name = complete(socket.gethostname(), nodes) or complete(socket.getfqdn(), nodes)
        addresses = dict(line.split(" ", 1) for line in _file(root, "node_primary_ips").splitlines() if " " in line)
    except (OSError, UnicodeDecodeError):
        return None
    if name is None:
        return None
    return Host(name, (addresses[name],) if name in addresses else ())


def _file(root: Path, key: str) -> str:
    return (root / f"{SSCONF_PREFIX}{key}".lstrip("/")).read_text(encoding="utf-8")


def _none_of(
    entries: Sequence[Host], strangers: Sequence[Host], errors: Sequence[FactError | HostError]
) -> FactError | HostError:
    tried = f"Tried: {', '.join(entry.name for entry in entries)}."
    if strangers:
        return FactError(
            f"{strangers[0]} answers and is no node of a Ganeti cluster: it has no ssconf files.",
            why=tried,
            hint="Name another node: one that was installed anew has lost these files.",
            code="not-a-node",
        )
    # A copy: the reader hands out the same error again to whoever asks the same question.
    error = copy.copy(errors[0]) if isinstance(errors[0], HostError) else errors[0]
    error.why = " ".join(part for part in (error.why and f"{error.why.rstrip('.')}.", tried) if part)
    return error


def _same_cluster(found: Sequence[tuple[Host, Ssconf]]) -> None:
    names = {view.cluster: entry.name for entry, view in reversed(found)}
    if len(names) > 1:
        raise FactError(
            "The hosts named belong to different clusters.",
            why=", ".join(f"{entry} to {cluster}" for cluster, entry in sorted(names.items())),
            hint="Name nodes of one cluster only.",
            code="two-clusters",
        )


def _ask(reader: Reader, entry: Host) -> tuple[Host, str]:
    """The ssconf files of a host, and the host by the name it calls itself.

    A link asserts that name, so that a host given by its address or by a short name is refused at first. It is
    then asked again under its own name, at the place where it was found; any other name stays refused.
    """
    try:
        return entry, reader.read(entry, SSCONF).stdout
    except HostIdentityError as error:
        own = error.calls_itself
        if not HOST.fits(own) or not (is_address(entry.name) or own.lower().startswith(f"{entry.name.lower()}.")):
            raise
    renamed = Host(own, (entry.name, *entry.addresses), entry.port)
    return renamed, reader.read(renamed, SSCONF).stdout


def _cluster(entry: Host, view: Ssconf) -> GanetiCluster:
    hosts = {name: _host(name, view) for name in view.nodes}
    name = complete(entry.name, view.nodes)
    if name is None:
        raise FactError(
            f"{entry} is no node of the cluster {view.cluster} whose files it has.",
            why=f"The nodes are: {', '.join(view.nodes)}.",
            hint="It may have been removed from the cluster: name another node.",
            code="not-a-node",
        )
    own = hosts[name]
    # Where it was reached just now is tried first.
    hosts[name] = Host(name, tuple(dict.fromkeys((*entry.addresses, *own.addresses))), entry.port or own.port)
    return GanetiCluster(view.cluster, hosts, hosts[name], view.master, view.release)


def _host(name: str, view: Ssconf) -> Host:
    addresses = (view.primary_ips.get(name), view.secondary_ips.get(name))
    return Host(name, tuple(dict.fromkeys(one for one in addresses if one)), view.ssh_ports.get(name))
