"""Who is who in the lab: names and addresses, as everything else spells them."""

from dataclasses import dataclass

DOMAIN = "lab.example"
CLUSTER = f"cluster.{DOMAIN}"
MASTER_IP = "10.77.0.100"
HOST_IP = "10.77.0.254"
REPLICATION_HOST_IP = "10.78.0.254"
SSH_PORT = 2222
VOLUME_GROUP = "vg0"
MAX_NODES = 3
OPERATOR = "operator"
NOSUDO = "nosudo"


@dataclass(frozen=True)
class Node:
    """One guest; everything about it follows from its number."""

    number: int

    @property
    def short(self) -> str:
        return f"hwhost-{self.number}"

    @property
    def name(self) -> str:
        return f"{self.short}.{DOMAIN}"

    @property
    def ip(self) -> str:
        return f"10.77.0.{self.number}"

    @property
    def replication_ip(self) -> str:
        """Ganeti's secondary IP: DRBD alone uses it, so that DRBD alone can be cut."""
        return f"10.78.0.{self.number}"

    def tap(self, bridge: int) -> str:
        """The guest's port on a bridge: 0 is ssh and Ganeti's RPC, 1 is DRBD."""
        return f"n{self.number}p{bridge}"

    def mac(self, bridge: int) -> str:
        return f"02:00:00:77:{bridge:02x}:{self.number:02x}"


@dataclass(frozen=True)
class Instance:
    """One instance: the nodes by number, the disks in MiB."""

    number: int
    primary: int
    secondary: int
    disks: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"inst{self.number}.{DOMAIN}"

    @property
    def ip(self) -> str:
        return instance_ip(self.number)


def instance_ip(number: int) -> str:
    """Ganeti looks every instance up, so the names need addresses even without a network of their own."""
    return f"10.77.0.{200 + number}"


INSTANCES = (
    Instance(1, primary=1, secondary=2, disks=(64,)),
    Instance(2, primary=2, secondary=1, disks=(64,)),
    Instance(3, primary=1, secondary=2, disks=(64, 32)),
)


def hosts_file() -> str:
    """The guests' /etc/hosts.

    There is no 127.0.1.1 line: Ganeti resolves its own name and would take the loopback address for the
    node's.
    """
    lines = ["127.0.0.1 localhost", f"{MASTER_IP} {CLUSTER} cluster"]
    lines += [f"{node.ip} {node.name} {node.short}" for node in map(Node, range(1, MAX_NODES + 1))]
    lines += [f"{instance_ip(number)} inst{number}.{DOMAIN} inst{number}" for number in range(1, 10)]
    return "\n".join(lines) + "\n"
