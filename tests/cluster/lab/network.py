"""One network namespace with two bridges, another one where the operator sits, and the ways to cut them."""

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path

from tests.cluster.lab import names
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import NAME
from tests.cluster.lab.shell import host

NETNS = NAME
DESK = f"{NAME}-desk"
"""Where the operator sits: a machine of its own in the nodes' network, so that it can be cut off and nothing else."""
DESK_IP = "10.77.0.253"
DESK_PORT = "desk"
FOLDER = Path("/run/netns")
BRIDGES = (("ganeti", names.HOST_IP), ("drbd", names.REPLICATION_HOST_IP))
REPLICATION = 1

# A set of name pairs, not a wildcard: one in mid-string (n*p1) matches nothing, and nft does not say so.
# The forward hook sees what goes from port to port only, so the lab's own ssh, which comes from the bridge itself,
# stays whatever is cut.
TABLE = """
table bridge lab {
    set cut { type ifname . ifname; }
    chain forward {
        type filter hook forward priority 0; policy accept;
        iifname . oifname @cut drop
    }
}
"""


def inside(argv: Sequence[str], namespace: str = NETNS) -> list[str]:
    """Prefix a command of this machine so that it runs inside the lab's network."""
    return ["ip", "netns", "exec", namespace, *argv]


def exists() -> bool:
    return (FOLDER / NETNS).exists()


def create() -> None:
    """Make the namespace, the bridges and a port for each guest there can ever be."""
    for namespace in (NETNS, DESK):
        host(["ip", "netns", "add", namespace])
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
    lines += [
        f"link add {DESK_PORT} type veth peer name eth0 netns {DESK}",
        f"link set {DESK_PORT} master {BRIDGES[0][0]}",
        f"link set {DESK_PORT} up",
    ]
    host(["ip", "-n", NETNS, "-batch", "-"], stdin="\n".join(lines) + "\n")
    at_the_desk = ["link set lo up", f"addr add {DESK_IP}/24 dev eth0", "link set eth0 up"]
    host(["ip", "-n", DESK, "-batch", "-"], stdin="\n".join(at_the_desk) + "\n")
    host(inside(["nft", "-f", "-"]), stdin=TABLE)


def destroy() -> None:
    """Remove the namespaces, and with them bridges, ports and rules."""
    for namespace in (NETNS, DESK):
        if (FOLDER / namespace).exists() and not host(["ip", "netns", "del", namespace], check=False).ok:
            # `ip netns add` was killed half way: there is the name's file, but no namespace behind it.
            (FOLDER / namespace).unlink(missing_ok=True)


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
    _drop(pairs)


def cut_desk(nodes: Iterable[Node]) -> None:
    """Drop all between the operator and the nodes, in both directions: nobody hears that it is dropped."""
    ends = [(DESK_PORT, node.tap(0)) for node in nodes]
    _drop([f'"{one}" . "{other}"' for pair in ends for one, other in (pair, pair[::-1])])


def _drop(pairs: Sequence[str]) -> None:
    if pairs:
        host(inside(["nft", f"add element bridge lab cut {{ {', '.join(pairs)} }}"]))


def heal() -> None:
    host(inside(["nft", "flush", "set", "bridge", "lab", "cut"]))


def pids() -> list[int]:
    """Every process in the namespaces: guests, and whatever was started to talk to them."""
    there = [namespace for namespace in (NETNS, DESK) if (FOLDER / namespace).exists()]
    told = [host(["ip", "netns", "pids", namespace], check=False).stdout for namespace in there]
    return [int(pid) for pid in " ".join(told).split()]


def is_cut() -> bool:
    """Whether anything is dropped."""
    return "elements" in host(inside(["nft", "list", "set", "bridge", "lab", "cut"])).stdout
