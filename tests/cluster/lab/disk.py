"""One DRBD disk of an instance, as its configuration and its two nodes have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.cluster.lab.errors import LabError
from tests.cluster.lab.shell import wait_until

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab

BLOCK = 4096
PLACE = 10
"""The block that is written: far enough from the start to be nobody's label."""
SETTLES = 120.0


@dataclass(frozen=True)
class Disk:
    """The first disk of an instance.

    Attributes:
        minors: the DRBD minor on each of its nodes.
        addresses: the replication address of each.
        data_path: the volume below it; it has the same path on both nodes.
    """

    lab: Lab
    instance: str
    primary: str
    secondary: str
    minors: dict[str, int]
    addresses: dict[str, str]
    data_path: str
    meta_path: str

    @classmethod
    def of(cls, lab: Lab, instance: str, index: int = 0) -> Self:
        """Read it from the master's configuration."""
        config = json.loads(lab.must(lab.nodes[0], ["cat", "/var/lib/ganeti/config.data"]).stdout)
        one = next((each for each in config["instances"].values() if each["name"] == instance), None)
        if one is None:
            raise LabError(f"the cluster has no instance {instance}")
        disk = config["disks"][one["disks"][index]]
        names = {uuid: node["name"] for uuid, node in config["nodes"].items()}
        first, second, port, *minors = disk["logical_id"][:5]
        primary = names[one["primary_node"]]
        ends = [names[first], names[second]]
        volumes = ["/dev/" + "/".join(child["logical_id"]) for child in disk["children"]]
        return cls(
            lab=lab,
            instance=instance,
            primary=primary,
            secondary=next(end for end in ends if end != primary),
            minors=dict(zip(ends, minors, strict=True)),
            addresses={names[u]: f"ipv4:{config['nodes'][u]['secondary_ip']}:{port}" for u in (first, second)},
            data_path=volumes[0],
            meta_path=volumes[1],
        )

    @property
    def mapper_name(self) -> str:
        """What device-mapper calls the metadata volume."""
        group, volume = self.meta_path.removeprefix("/dev/").split("/")
        return f"{group.replace('-', '--')}-{volume.replace('-', '--')}"

    def minor(self, node: str) -> int:
        return self.minors[node]

    def peer(self, node: str) -> str:
        return self.secondary if node == self.primary else self.primary

    def connection(self, node: str) -> str:
        """Such as Connected; empty where DRBD has no such device."""
        return self.lab.drbd(node).get(self.minor(node), ("", "", ""))[0]

    def disks(self, node: str) -> str:
        """Such as UpToDate/DUnknown."""
        return self.lab.drbd(node).get(self.minor(node), ("", "", ""))[2]

    def in_sync(self) -> bool:
        return all(
            (self.connection(node), self.disks(node)) == ("Connected", "UpToDate/UpToDate")
            for node in (self.primary, self.secondary)
        )

    def wait(self, probe: Callable[[], bool]) -> None:
        """Wait until DRBD has come to a state."""
        wait_until(f"the disk of {self.instance} to come to its state", SETTLES, probe)

    def disconnect(self, node: str) -> None:
        own, other = self.addresses[node], self.addresses[self.peer(node)]
        self.lab.must(node, ["drbdsetup", "disconnect", own, other])
        self.wait(lambda: self.connection(node) == "StandAlone")

    def write(self, node: str, text: str) -> None:
        """Write a recognisable block through the device, which must be Primary there."""
        device = f"/dev/drbd{self.minor(node)}"
        script = (
            f"printf '%-{BLOCK}s' '{text}' | dd of={device} bs={BLOCK} seek={PLACE} count=1 iflag=fullblock"
            f" oflag=direct conv=notrunc"
        )
        self.lab.must(node, script)

    def write_as_second_primary(self, text: str) -> None:
        """Write on the secondary as if the instance had been started there as well."""
        minor = str(self.minor(self.secondary))
        self.lab.must(self.secondary, ["drbdsetup", "primary", minor, "--force"])
        self.write(self.secondary, text)
        self.lab.must(self.secondary, ["drbdsetup", "secondary", minor])

    def block(self, node: str) -> str:
        """What stands in the block that `write` writes, read below DRBD."""
        read = f"dd if={self.data_path} bs={BLOCK} skip={PLACE} count=1 iflag=direct status=none"
        return self.lab.must(node, read).stdout.strip()

    def checksum(self, node: str) -> str:
        """SHA-256 of the whole volume below DRBD, once the kernel's caches are out of the way."""
        script = f"blockdev --flushbufs {self.data_path}; sha256sum < {self.data_path}"
        return self.lab.must(node, script, timeout=600).stdout.split()[0]
