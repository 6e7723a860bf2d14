"""One instance as it is configured; whether it runs only a hypervisor could tell."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.copies import newest_config
from checks.cluster.parse.config import Config, ConfigDisk, ConfigInstance
from checks.look.nodes import UnknownNameError, complete
from engine.english import listed
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Minor:
    """The number of a DRBD device on one node."""

    node: str
    minor: int


@dataclass(frozen=True, slots=True)
class ConfiguredDisk:
    """A disk of an instance.

    Attributes:
        template: such as drbd or plain.
        size: in MiB.
        minors: its DRBD devices, the primary node's first; empty if it is no DRBD disk.
        volumes: the logical volumes below it as `group/name`; the same names on both nodes.
        port: the TCP port of its replication; None if it is no DRBD disk.
    """

    index: int
    template: str
    size: int | None
    minors: tuple[Minor, ...]
    volumes: tuple[str, ...]
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance.

    Attributes:
        secondaries: the nodes with the other copies of its disks.
        configured_up: the administrator wants it to run, and so the watcher will start it.
        hypervisor: such as kvm.
        disks_active: Ganeti takes its disks for assembled, and watches them only then; None if not recorded.
    """

    name: str
    primary: str
    secondaries: tuple[str, ...]
    configured_up: bool
    disks_active: bool | None
    disks: tuple[ConfiguredDisk, ...]
    hypervisor: str = ""

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes with a copy of its disks, the primary first."""
        return (self.primary, *self.secondaries)

    @property
    def unwatched(self) -> bool:
        """Whether it is to run while Ganeti takes its disks for inactive, and so neither watches nor repairs them."""
        return self.configured_up and self.disks_active is False


@fact("instances.instance")
@remembered
def instance(context: Context, *, instance: str) -> Instance:
    """An instance, from the newest configuration that can be read.

    Raises:
        FactError: code `instance-unknown`, or `config-unreadable`.
    """
    _copy, config = newest_config(context)
    return described(config, find(config, instance))


def find(config: Config, name: str) -> ConfigInstance:
    """The instance of this full name or unambiguous first label."""
    named = {one.name: one for one in config.instances.values() if one.name}
    full = complete(name, named)
    if full is None:
        raise UnknownNameError(
            f"There is no instance {name!r} in this cluster.",
            hint=f"Its instances are: {listed(sorted(named)) or 'none'}.",
            code="instance-unknown",
        )
    return named[full]


def described(config: Config, one: ConfigInstance) -> Instance:
    return Instance(
        name=one.name,
        primary=config.node_name(one.primary_node),
        secondaries=config.secondaries_of(one),
        configured_up=one.admin_state == "up",
        disks_active=one.disks_active,
        hypervisor=one.hypervisor,
        disks=tuple(_disk(config, index, disk, one.primary_node) for index, disk in enumerate(config.disks_of(one))),
    )


def _disk(config: Config, index: int, disk: ConfigDisk, primary: str) -> ConfiguredDisk:
    minors = sorted(disk.minors, key=lambda pair: pair[0] != primary)
    return ConfiguredDisk(
        index=index,
        template="drbd" if disk.minors else disk.dev_type,
        size=disk.size,
        minors=tuple(Minor(config.node_name(uuid), minor) for uuid, minor in minors),
        volumes=disk.volumes,
        port=disk.port,
    )
