"""How far a node that was installed anew has come on its way back into the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.masters import claims, master
from checks.cluster.facts.overview import view_of_master
from checks.cluster.facts.own_files import ssconf
from checks.cluster.parse.ssconf import Ssconf
from checks.drbd.facts import find_missing, module
from checks.hosts.facts.conf_files import conf_files
from checks.hosts.facts.names import names
from checks.hosts.facts.packages import packages
from checks.look.commands import CONF_FILES, CONF_LINKS, SSCONF
from checks.look.nodes import host, look
from checks.lvm.facts import filters as facts_filters
from checks.lvm.facts.group import group
from checks.ssh.facts.trust import trust
from engine.english import listed
from engine.errors import FactError
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Reinstalled:
    """One node.

    Attributes:
        member: it is part of the cluster: online for the master, and it knows what the master knows.
        bare: it has nothing of the cluster's, as after a new installation: no ssconf files.
        left: what is still to be done, each in a few words; empty where it is whole but for the disks' contents.
        evidence: what that rests on.
    """

    node: str
    member: bool
    bare: bool
    left: tuple[str, ...]
    evidence: tuple[str, ...]


@fact("nodes.reinstalled")
@remembered
def reinstalled(context: Context, *, node: str) -> Reinstalled:
    """What a node still lacks: names, packages, keys, DRBD, LVM, membership, files and volumes.

    Raises:
        HostError: it does not answer.
        FactError: something that this rests on cannot be read.
    """
    where = host(context, node)
    # What of this the node itself says: all that follows asks for it, one after the other.
    look(context, (where,), SSCONF, *module.READS, *facts_filters.READS, CONF_FILES, CONF_LINKS)
    own = _own_view(context, where)
    member = own is not None and _member(context, where, own)
    resolved, installed, there = names(context, node=node), packages(context, node=node), group(context, node=node)
    # Without LVM's tools there is nothing to ask, and nothing can be there.
    unmade = there.lost if installed.missing else find_missing.lost(context, node=node).disks
    drbd, filters = module.setup(context, node=node), facts_filters.filters(context, node=node)
    copied = conf_files(context, node=node)
    left = {
        "join the cluster": not member,
        f"have {listed(resolved.wrong)} resolve properly": bool(resolved.wrong),
        f"install {listed(installed.missing)}": bool(installed.missing),
        "let the master's root in by ssh": bool(trust(context, node=node).missing),
        "set DRBD up": not (drbd.loaded and drbd.helper_fits and drbd.options_fit and drbd.at_boot),
        "keep LVM away from DRBD": filters.scans_drbd,
        f"make the volume group {there.name}": not there.present,
        f"copy {len(copied.lacking)} files of /etc/ganeti": bool(copied.lacking),
        "have its lost volumes made again and filled": bool(unmade or there.lost),
    }
    return Reinstalled(
        node=where.name,
        member=member,
        bare=own is None,
        left=tuple(what for what, due in left.items() if due),
        evidence=(
            f"{where}: ssconf_master_node: {own.master if own else 'no such file'}",
            *resolved.evidence,
            *filters.evidence,
        ),
    )


def _own_view(context: Context, where: Host) -> Ssconf | None:
    """What the node itself knows of the cluster; None where it has no ssconf files."""
    try:
        return ssconf(context, where)
    except FactError as error:
        if error.code != "not-a-node":
            raise
        return None


def _member(context: Context, where: Host, own: Ssconf) -> bool:
    _origin, view = view_of_master(context, master(context).name)
    return (
        where.name in view.nodes
        and where.name not in view.offline
        and (own.master, own.offline) == (view.master, view.offline)
        and claims(context).of(where.name).runs_noded
    )
