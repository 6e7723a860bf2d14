"""What a capture holds beyond the reads of a diagnosis: what the twin of a cluster is built from."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.present import answering, current_config
from checks.cluster.parse.config import Config
from checks.instances.facts.kvm import ATTRIBUTES as KVM_FOLDERS
from checks.look.commands import (
    CONF_FILES,
    CONF_LINKS,
    DEVICES,
    FAKE_INSTANCES,
    GROUPS,
    HOST_KEYS,
    KERNEL_FILE,
    KERNEL_JOURNAL,
    MEMBERS,
    PACKAGES,
    QUEUE,
    ROOT_KEYS,
    SUSPENDED,
    VOLUMES,
    cat,
    generations,
)
from checks.look.nodes import answer
from checks.paths import LOCKS_DATA, PROC_DRBD
from engine.errors import FactError, HostError
from engine.hosts.host import Host
from engine.hosts.reads import Read
from engine.knowledge import Context

FILES = ("/etc/hosts", "/etc/modules", "/etc/modprobe.d/drbd.conf", "/etc/lvm/lvmlocal.conf", LOCKS_DATA)


def further(context: Context) -> None:
    """Make these reads at the nodes that answer; each that fails is kept as such."""
    try:
        _where, config = current_config(context)
    except (FactError, HostError):
        config = None
    context.reader.read_all((one, what) for one in answering(context) for what in _reads(context, one, config))


def _reads(context: Context, where: Host, config: Config | None) -> Iterator[Read]:
    yield from (cat(path) for path in FILES)
    yield from (QUEUE, FAKE_INSTANCES, HOST_KEYS, ROOT_KEYS, KVM_FOLDERS)
    yield from (PACKAGES, CONF_FILES, CONF_LINKS, DEVICES)
    yield from (KERNEL_FILE, KERNEL_JOURNAL, SUSPENDED, VOLUMES, GROUPS, MEMBERS)
    loaded = answer(context, where, cat(PROC_DRBD))
    if config is not None and loaded is not None and loaded.ok:
        # What DRBD's tools are asked for last may hang.
        minors = {minor for disk in config.disks.values() for uuid, minor in disk.minors
                  if config.node_name(uuid) == where.name}  # fmt: skip
        yield from (generations(minor) for minor in sorted(minors))
