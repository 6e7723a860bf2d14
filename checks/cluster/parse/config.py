"""config.data: nodes, instances and disks (src/Ganeti/Objects.hs).

It holds secrets: only what is named here is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal, Self

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from checks.look.grammar import (
    LAST_MINOR,
    LAST_PORT,
    VOLUME,
    AbsolutePath,
    Address,
    AddressOrNone,
    GroupName,
    HostName,
    Identifier,
)
from checks.look.json_files import GanetiDocument, read_document
from checks.paths import SSH_PORT

SOURCE = "config.data"
DRBD = frozenset({"drbd", "drbd8"})


class ConfigSerial(GanetiDocument):
    """What tells one copy of the configuration from another.

    wconfd counts the serial number at the top level up and sets the time with every change, whatever was
    changed (bumpSerial in src/Ganeti/WConfd/Monad.hs); the cluster, each node and each instance have numbers
    of their own.
    """

    serial_no: int
    mtime: float = Field(default=0.0, allow_inf_nan=False)


class ConfigNode(GanetiDocument):
    """A node as it is configured."""

    name: HostName
    uuid: str = ""
    primary_ip: Address
    secondary_ip: AddressOrNone = ""
    offline: bool = False
    drained: bool = False
    master_candidate: bool = False
    group: str = ""
    ctime: float = Field(default=0.0, allow_inf_nan=False)
    ndparams: dict[str, Any] = Field(default_factory=dict)


class ConfigGroup(GanetiDocument):
    """A group of nodes; `group` of a node is its uuid."""

    name: str = ""
    tags: list[str] = Field(default_factory=list)
    ndparams: dict[str, Any] = Field(default_factory=dict)


class ConfigDisk(GanetiDocument):
    """A disk; `logical_id` depends on its type and ends with a secret for DRBD, so that it is not shown."""

    dev_type: str
    size: int | None = None
    logical_id: list[Any] | None = Field(default=None, repr=False)
    children: list[ConfigDisk] = Field(default_factory=list)

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        """Its numbers and names are some that DRBD and LVM have: they become words of commands."""
        match self.logical_id if self.dev_type in DRBD else None:
            case [str(), str(), port, first, second, *_]:
                if port is not None and not _counts(port, 1, LAST_PORT):
                    raise PydanticCustomError("grammar", "not a port")
                if not (_counts(first, 0, LAST_MINOR) and _counts(second, 0, LAST_MINOR)):
                    raise PydanticCustomError("grammar", "not the number of a device")
        match self.logical_id if self.dev_type == "plain" else None:
            case [str(group), str(name)] if not VOLUME.fits(f"{group}/{name}"):
                raise PydanticCustomError("grammar", "not a logical volume")
        return self

    @cached_property
    def minors(self) -> tuple[tuple[str, int], ...]:
        """For DRBD: uuid of each node with the minor there.

        The identifier is `[nodeA, nodeB, port, minorA, minorB, secret]`.
        """
        match self.logical_id if self.dev_type in DRBD else None:
            case [str(first), str(second), _, int(first_minor), int(second_minor), *_]:
                return ((first, first_minor), (second, second_minor))
            case _:
                return ()

    @property
    def port(self) -> int | None:
        """For DRBD: the TCP port that both nodes use."""
        match self.logical_id if self.minors else None:
            case [_, _, int(port), *_]:
                return port
            case _:
                return None

    @cached_property
    def volumes(self) -> tuple[str, ...]:
        """The logical volumes it lies on, as `vg/name`."""
        match self.logical_id if self.dev_type == "plain" else None:
            case [str(group), str(name)]:
                return (f"{group}/{name}",)
            case _:
                return tuple(volume for child in self.children for volume in child.volumes)


class ConfigInstance(GanetiDocument):
    """An instance as it is configured. A planned ("forthcoming") instance may lack a name or a node."""

    name: HostName | Literal[""] = ""
    primary_node: str = ""
    hypervisor: str = ""
    admin_state: str = ""
    disks: list[str] = Field(default_factory=list)
    disks_active: bool | None = None
    tags: list[str] = Field(default_factory=list)


class _Cluster(GanetiDocument):
    cluster_name: str = ""
    master_node: str = ""
    drbd_usermode_helper: AbsolutePath | Literal[""] | None = None
    ssh_key_type: str | None = None
    volume_group_name: GroupName | Literal[""] | None = None
    modify_ssh_setup: bool | None = None
    ndparams: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)


class Config(ConfigSerial):
    """One copy of the configuration; nodes, their groups, instances and disks by uuid (top-level disks since 2.12)."""

    cluster: _Cluster = Field(default_factory=_Cluster)
    nodes: dict[Identifier, ConfigNode]
    nodegroups: dict[str, ConfigGroup] = Field(default_factory=dict)
    instances: dict[str, ConfigInstance] = Field(default_factory=dict)
    disks: dict[str, ConfigDisk] = Field(default_factory=dict)

    def node_name(self, uuid: str) -> str:
        """The name of the node with this uuid; the uuid itself where the configuration knows of none."""
        return self.nodes[uuid].name if uuid in self.nodes else uuid

    def ssh_port(self, node: ConfigNode) -> int:
        """The port of sshd on this node: what it says itself, then its group, then the cluster; else ssh's own."""
        group = self.nodegroups.get(node.group, ConfigGroup())
        for parameters in (node.ndparams, group.ndparams, self.cluster.ndparams):
            port = parameters.get("ssh_port")
            if isinstance(port, int) and 0 < port <= LAST_PORT:
                return port
        return SSH_PORT

    @cached_property
    def minors_on(self) -> Mapping[str, tuple[int, ...]]:
        """Of all DRBD disks, by the name of the node."""
        found: dict[str, list[int]] = {}
        for disk in self.disks.values():
            for uuid, minor in disk.minors:
                found.setdefault(self.node_name(uuid), []).append(minor)
        return {name: tuple(some) for name, some in found.items()}

    def disks_of(self, instance: ConfigInstance) -> tuple[ConfigDisk, ...]:
        return tuple(self.disks[uuid] for uuid in instance.disks if uuid in self.disks)

    def secondaries_of(self, instance: ConfigInstance) -> tuple[str, ...]:
        """The names of the nodes that hold a copy of its disks besides the primary one."""
        uuids = [uuid for disk in self.disks_of(instance) for uuid, _minor in disk.minors]
        return tuple(dict.fromkeys(self.node_name(uuid) for uuid in uuids if uuid != instance.primary_node))


def _counts(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


_CONFIG = TypeAdapter(Config)
_SERIAL = TypeAdapter(ConfigSerial)


@lru_cache(maxsize=4)
def parse_config(text: str) -> Config:
    """Read config.data.

    Raises:
        ParseError: it is not the configuration of Ganeti 2.12 or later.
    """
    return read_document(_CONFIG, text, SOURCE)


def parse_serial(text: str) -> ConfigSerial:
    """Read only the serial number and time of config.data.

    Raises:
        ParseError: there is none.
    """
    return read_document(_SERIAL, text, SOURCE)
