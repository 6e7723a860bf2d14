"""The volume group that Ganeti's disks are in, and a device that it may be made on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.cluster.facts.copies import newest_config
from checks.cluster.parse.config import Config, ConfigDisk
from checks.look.commands import DEVICES, GROUPS, MEMBERS, VOLUMES, marks
from checks.look.grammar import DEVICE
from checks.look.nodes import host, look
from checks.lvm.parse.block_devices import BlockDevice, parse_lsblk, parse_wipefs
from checks.lvm.parse.volumes import parse_groups, parse_members, parse_volumes
from engine.errors import FactError
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered

NONE = "none"
"""What stands for a device as long as nobody names one."""
MEBI = 1024**2
META = 128
"""MiB of a DRBD disk's metadata volume (src/Ganeti/Constants.hs, drbdMetaSize)."""


@dataclass(frozen=True, slots=True)
class DeviceForGroup:
    """A block device that a volume group may be made on.

    Attributes:
        path: as it was given.
        there: the node has a block device of this path.
        size: in bytes.
        in_use: why nothing can be put on it, line by line: mounted, with partitions, part of a volume group.
        marks: what is on it, such as ext4; empty where nothing is known to be.
    """

    path: str
    there: bool
    size: int
    in_use: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The cluster's volume group on one node.

    Attributes:
        name: as the cluster calls it; empty if it uses none.
        present: the node has it.
        size: in bytes; 0 where it is not there. free: what is left of it.
        needed: bytes that the disks take which the configuration has on this node.
        left: volumes of such disks that are there, as `group/name`; on a node that was emptied there are none.
        lost: those of mirrored disks that are not there; what is only here is lost for good.
        device: the one that was named; None if none was.
        candidates: the block devices of the node on which nothing is known to be, with their sizes in GiB.
    """

    node: str
    name: str
    present: bool
    size: int
    free: int = field(compare=False)
    needed: int
    left: tuple[str, ...]
    lost: tuple[str, ...]
    device: DeviceForGroup | None
    candidates: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """The disks of this node fit into the group, or onto the device it will be made on, as far as is known."""
        if not self.present and self.device is None:
            return True
        room = self.size if self.present or self.device is None else self.device.size
        return room >= self.needed


@fact("lvm.group")
@remembered
def group(context: Context, *, node: str, device: str = NONE) -> Group:
    """The cluster's volume group on a node, the volumes that belong there, and the device that was named for it.

    Raises:
        HostError: the node does not answer.
        FactError: code `device-name` for what is no path below /dev; or LVM or lsblk say what they should not.
    """
    where = host(context, node)
    look(context, (where,), GROUPS, MEMBERS, DEVICES, VOLUMES)
    _copy, config = newest_config(context)
    name = config.cluster.volume_group_name or ""
    groups = context.remember(parse_groups, context.reader.read(where, GROUPS).stdout)
    there = context.remember(parse_volumes, context.reader.read(where, VOLUMES).stdout)
    belong = _belong(config, where.name)
    found = groups.get(name)
    blocks = context.remember(parse_lsblk, context.reader.read(where, DEVICES).stdout)
    members = context.remember(parse_members, context.reader.read(where, MEMBERS).stdout)
    return Group(
        node=where.name,
        name=name,
        present=found is not None or not name,
        size=found.size if found else 0,
        free=found.free if found else 0,
        needed=sum(one.size for one in belong if one.volume.partition("/")[0] == name) * MEBI,
        left=tuple(one.volume for one in belong if one.volume in there),
        lost=tuple(one.volume for one in belong if one.mirrored and one.volume not in there),
        device=None if device == NONE else _device(context, where, device, blocks, members),
        candidates=tuple(
            f"{one.path} ({one.size / 1024**3:.1f} GiB)"
            for one in blocks
            if one.kind in {"disk", "part"} and one.size and not _uses(one, blocks, members) and not one.holds
        ),
    )


@dataclass(frozen=True, slots=True)
class _Belonging:
    """A volume that the configuration has on a node; its size is in MiB."""

    volume: str
    size: int
    mirrored: bool


def _belong(config: Config, node: str) -> list[_Belonging]:
    """The volumes of disks on this node, in the order of instances and disks."""
    found: list[_Belonging] = []
    for instance in sorted(config.instances.values(), key=lambda one: one.name):
        for disk in config.disks_of(instance):
            ends = {config.node_name(uuid) for uuid, _minor in disk.minors} or {config.node_name(instance.primary_node)}
            if node in ends:
                found += [_Belonging(*volume, mirrored=bool(disk.minors)) for volume in _volumes(disk)]
    return found


def _volumes(disk: ConfigDisk) -> list[tuple[str, int]]:
    if disk.children:
        return [volume for child in disk.children for volume in _volumes(child)]
    return [(volume, disk.size if disk.size is not None else META) for volume in disk.volumes]


def _device(
    context: Context, where: Host, path: str, blocks: tuple[BlockDevice, ...], members: Mapping[str, str]
) -> DeviceForGroup:
    if not DEVICE.fits(path):
        raise FactError(f"{path!r} is no path of a device.", hint="Such as /dev/sdb.", code="device-name")
    one = next((block for block in blocks if block.path == path), None)
    if one is None:
        return DeviceForGroup(path, there=False, size=0, in_use=(), marks=())
    answer = context.reader.read(where, marks(path))
    if not answer.ok:
        raise FactError(f"What is on {path} of {where} cannot be read.", why=answer.stderr.strip(), code="device-mute")
    found = tuple(dict.fromkeys((*context.remember(parse_wipefs, answer.stdout), *((one.holds,) if one.holds else ()))))
    return DeviceForGroup(path, there=True, size=one.size, in_use=_uses(one, blocks, members), marks=found)


def _uses(one: BlockDevice, blocks: tuple[BlockDevice, ...], members: Mapping[str, str]) -> tuple[str, ...]:
    return (
        *((f"it is mounted as {one.mounted}",) if one.mounted else ()),
        *(f"{block.path} is on it" for block in blocks if block.parent == one.path),
        *((f"it is a part of the volume group {members[one.path]}",) if members.get(one.path) else ()),
    )
