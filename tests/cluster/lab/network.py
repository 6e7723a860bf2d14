"""One network namespace with two bridges, and the ways to cut them."""

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path

from tests.cluster.lab import names
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import NAME
from tests.cluster.lab.shell import host

NETNS = NAME
FOLDER = Path("/run/netns")
BRIDGES = (("ganeti", names.HOST_IP), ("drbd", names.REPLICATION_HOST_IP))
REPLICATION = 1

# A set of name pairs, not a wildcard: one in mid-string (n*p1) matches nothing, and nft does not say so.
# The forward hook sees what goes from guest to guest only, so the host's ssh stays whatever is cut.
TABLE = """
table bridge lab {
    set cut { type ifname . ifname; }
    chain forward {
        type filter hook forward priority 0; policy accept;
        iifname . oifname @cut drop
    }
}
"""


def inside(argv: Sequence[str]) -> list[str]:
    """Prefix a command of this machine so that it runs inside the lab's network."""
    return ["ip", "netns", "exec", NETNS, *argv]


def exists() -> bool:
    return (FOLDER / NETNS).exists()


def create() -> None:
    """Make the namespace, the bridges and a port for each guest there can ever be."""
    host(["ip", "netns", "add", NETNS])
    lines = ["link set lo up"]
    for number, (bridge, address) in enumerate(BRIDGES):
        lines += [
            f"link add {bridge} type bridge",
            f"addr add {address}/24 dev {bridge}",
            f"link set {bridge} up",
        ]
        for node in map(Node, range(1, names.MAX_NODES + 1)):
            tap = node.tap(number)
            lines += [f"tuntap add {tap} mode tap", f"link set {tap} master {bridge}", f"link set {tap} up"]
    host(["ip", "-n", NETNS, "-batch", "-"], stdin="\n".join(lines) + "\n")
    host(inside(["nft", "-f", "-"]), stdin=TABLE)


def destroy() -> None:
    """Remove the namespace, and with it bridges, ports and rules."""
    if exists() and not host(["ip", "netns", "del", NETNS], check=False).ok:
        # `ip netns add` was killed half way: there is the name's file, but no namespace behind it.
        (FOLDER / NETNS).unlink(missing_ok=True)


def cut(
    nodes: Iterable[Node],
    *,
    everything: bool = False,
    source: Node | None = None,
    target: Node | None = None,
) -> None:
    """Drop what goes from `source` to `target` (each None means any node): DRBD's traffic, or everything."""
    bridges = range(len(BRIDGES)) if everything else [REPLICATION]
    pairs = [
        f'"{one.tap(bridge)}" . "{other.tap(bridge)}"'
        for bridge in bridges
        for one, other in permutations(nodes, 2)
        if source in {None, one} and target in {None, other}
    ]
    if pairs:
        host(inside(["nft", f"add element bridge lab cut {{ {', '.join(pairs)} }}"]))


def heal() -> None:
    host(inside(["nft", "flush", "set", "bridge", "lab", "cut"]))


def pids() -> list[int]:
    """Every process in the namespace: guests, and whatever was started to talk to them."""
    if not exists():
        return []
    return [int(pid) for pid in host(["ip", "netns", "pids", NETNS], check=False).stdout.split()]


def is_cut() -> bool:
    """Whether anything is dropped between the nodes."""
    return "elements" in host(inside(["nft", "list", "set", "bridge", "lab", "cut"])).stdout
