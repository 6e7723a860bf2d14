"""The Debian packages that make a host fit for Ganeti, on one node as on the master."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.masters import master
from checks.cluster.facts.overview import view_of_master
from checks.hosts.parse.packages import parse_packages, upstream
from checks.look.commands import NEEDED_PACKAGES, PACKAGES
from checks.look.nodes import host, look
from checks.version import Version
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered

GANETI, SSHD = "ganeti", "openssh-server"
NO_DSA = "7.0"
"""OpenSSH no longer takes DSA keys from this version on, unless it is told to."""


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages of one node.

    Attributes:
        ganeti: the version of Ganeti's package there; empty where it is not installed.
        fits: Ganeti is installed, in a version that can talk to the master.
        missing: what the master has of Ganeti, DRBD, LVM and rsync, and this node has not, as apt-get takes it.
        wanted: the version of Ganeti on the master.
        refuses_dsa: its sshd takes no DSA keys, unless its configuration says so.
    """

    node: str
    ganeti: str
    fits: bool
    missing: tuple[str, ...]
    wanted: str
    refuses_dsa: bool


@fact("packages.on")
@remembered
def packages(context: Context, *, node: str) -> Packages:
    """The packages of a node, compared with the master's.

    Nodes have to have the same release of Ganeti, such as 3.0; what stands behind it may differ (lib/constants.py,
    CONFIG_VERSION; lib/cmdlib/node.py, LUNodeAdd).

    Raises:
        HostError: the node or the master does not answer.
        FactError: dpkg-query says what it should not.
    """
    where, origin = host(context, node), host(context, master(context).name)
    look(context, (where, origin), PACKAGES)
    own, masters = _installed(context, where), _installed(context, origin)
    _origin, view = view_of_master(context, origin.name)
    wanted = masters.get(GANETI, "")
    # What nobody asked about is left alone: the master may say anything.
    asked = [name for name in masters if name in NEEDED_PACKAGES and name != SSHD]
    lacking = [name for name in asked if name not in own]
    sshd = upstream(own.get(SSHD, ""))
    return Packages(
        node=where.name,
        ganeti=own.get(GANETI, ""),
        fits=_release(upstream(own.get(GANETI, ""))) == _release(view.release),
        missing=tuple(f"{name}={wanted}" if name == GANETI else name for name in lacking),
        wanted=wanted,
        refuses_dsa=bool(sshd) and Version(sshd.partition("p")[0]) >= NO_DSA,
    )


def _installed(context: Context, where: Host) -> dict[str, str]:
    # A host that is no Debian has no dpkg-query: then nothing is installed that it knows of.
    return dict(context.remember(parse_packages, context.reader.read(where, PACKAGES).stdout))


def _release(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])
