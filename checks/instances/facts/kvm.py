"""The folder in which Ganeti keeps what it has to know of running KVM instances, and who may change its mode."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from checks.cluster.facts.overview import overview
from checks.cluster.parse.processes import parse_processes
from checks.look.commands import PROCESSES, owner_and_mode
from checks.look.grammar import USER
from checks.look.nodes import host, look
from checks.paths import KVM_FOLDER
from checks.releases import KVM_FOLDER_REFUSED
from engine.knowledge import Context, fact, remembered

FOLDERS = (
    KVM_FOLDER,
    *(
        f"{KVM_FOLDER}/{name}"
        for name in ("pid", "uid", "ctrl", "conf", "nic", "chroot", "chroot-quarantine", "keymap")
    ),
)
"""All whose mode it sets (lib/hypervisor/hv_kvm, _DIRS); what is in them is not touched."""
MODES = frozenset({"775"})
"""What it sets (constants.RUN_DIRS_MODE)."""
ATTRIBUTES = owner_and_mode(*FOLDERS)
FIELDS = 4


@dataclass(frozen=True, slots=True)
class Folders:
    """The folder and those directly in it, on one node.

    Attributes:
        affected: this version of Ganeti has the fault.
        job_user: whom jobs run as, by luxid's process; empty where luxid does not run.
        exists: the folder is there.
        present: it and those of its folders that are there.
        foreign: of those, the ones that do not belong to that user, so that it may not set their mode.
        changed: the ones that belong to that user.
        modes: `path: mode` where it is not the one that Ganeti sets.
        owners: `path: owner` of each.
    """

    node: str
    affected: bool
    job_user: str
    exists: bool
    present: tuple[str, ...]
    foreign: tuple[str, ...]
    changed: tuple[str, ...]
    modes: tuple[str, ...]
    owners: tuple[str, ...]


@fact("kvm.folders")
@remembered
def folders(context: Context, *, node: str) -> Folders:
    """The folder of KVM's part of Ganeti on this node.

    Raises:
        HostError: the node does not answer.
        FactError: the version of Ganeti is not known.
    """
    where = host(context, node)
    look(context, (where,), PROCESSES, ATTRIBUTES)
    version = overview(context).version
    listed = context.remember(parse_processes, context.reader.read(where, PROCESSES).stdout)
    luxid = [one for one in listed if one.daemon == "luxid"]
    user = USER.parse(luxid[0].user, f"The owner of luxid on {where}") if luxid else ""
    # stat complains of those that are not there, and tells of the others nevertheless.
    found = {}
    for line in context.reader.read(where, ATTRIBUTES).lines:
        head, _, path = line.partition(":")
        words = head.split(" ", FIELDS - 1)
        if len(words) == FIELDS and words[3] == "directory" and path in FOLDERS:
            found[path] = (words[0], words[2])
    return Folders(
        node=where.name,
        affected=KVM_FOLDER_REFUSED.on(version),
        job_user=user,
        exists=KVM_FOLDER in found,
        present=tuple(found),
        foreign=tuple(path for path, (owner, _mode) in found.items() if user and owner != user),
        changed=tuple(path for path, (owner, _mode) in found.items() if user and owner == user),
        modes=tuple(f"{posixpath.normpath(path)}: {mode}" for path, (_o, mode) in found.items() if mode not in MODES),
        owners=tuple(f"{path}: {owner}" for path, (owner, _mode) in found.items()),
    )
