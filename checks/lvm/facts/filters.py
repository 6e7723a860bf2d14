"""What LVM may look at on a node, from its configuration files: none of its commands is executed."""

from __future__ import annotations

from dataclasses import dataclass

from checks.look.commands import LVM_SETTINGS, cat
from checks.look.nodes import content, host, look
from checks.lvm.parse.filters import accepted
from checks.lvm.parse.lvm_conf import LvmConf, parse_lvm_conf
from checks.paths import LVM_CONF, LVM_LOCAL_CONF
from engine.knowledge import Context, fact, remembered

GLOBAL, OWN = "devices/global_filter", "devices/filter"
DRBD = "/dev/drbd0"
REJECT = "r|^/dev/drbd|"
"""The pattern that leaves DRBD devices out."""
READS = (LVM_SETTINGS, cat(LVM_LOCAL_CONF))


@dataclass(frozen=True, slots=True)
class Filter:
    """The filters of LVM on one node; a device has to pass both.

    Attributes:
        scans_drbd: LVM looks for volume groups on DRBD devices, and so on the disks of instances.
        global_filter: the patterns that count for every part of LVM; empty where none are set.
        own_filter: those of its commands alone.
        evidence: each of the two and the file it is set in.
        corrected: the text of lvmlocal.conf with which DRBD devices are left out, and all else stays.
    """

    node: str
    scans_drbd: bool
    global_filter: tuple[str, ...]
    own_filter: tuple[str, ...]
    evidence: tuple[str, ...]
    corrected: str


@fact("lvm.filters")
@remembered
def filters(context: Context, *, node: str) -> Filter:
    """What LVM's filters are on this node; lvmlocal.conf goes before lvm.conf.

    Raises:
        FactError: a file, or one of its patterns, is not of LVM's form.
        HostError: the node does not answer.
    """
    where = host(context, node)
    look(context, (where,), *READS)
    files = {
        LVM_LOCAL_CONF: context.remember(parse_lvm_conf, content(context, where, LVM_LOCAL_CONF) or "", LVM_LOCAL_CONF),
        LVM_CONF: context.remember(parse_lvm_conf, context.reader.read(where, LVM_SETTINGS).stdout, LVM_CONF),
    }
    everywhere, commands = _setting(files, GLOBAL), _setting(files, OWN)
    wanted = (REJECT, *(pattern for pattern in everywhere[0] if pattern != REJECT))
    return Filter(
        node=where.name,
        scans_drbd=accepted(everywhere[0], DRBD) and accepted(commands[0], DRBD),
        global_filter=everywhere[0],
        own_filter=commands[0],
        evidence=tuple(f"{where}: {found[1]}" for found in (everywhere, commands)),
        corrected=files[LVM_LOCAL_CONF].with_array(GLOBAL, wanted),
    )


def _setting(files: dict[str, LvmConf], name: str) -> tuple[tuple[str, ...], str]:
    for path, file in files.items():
        if (found := file.get(name)) is not None:
            patterns = ", ".join(f'"{one}"' for one in found.values)
            return found.values, f"{path}: {name} = [ {patterns} ]"
    return (), f"{' and '.join(files)}: {name} is not set, so that every device passes"
