"""Whether the cluster is as it was at first, so that another incident can be caused on it without a new start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.cluster.lab import cluster, guest, network
from tests.cluster.lab.names import INSTANCES, Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.remote import run

NODE = """
sha256sum /etc/default/ganeti /etc/hosts /etc/modules /etc/lvm/lvm.conf /etc/lvm/lvmlocal.conf /etc/modprobe.d/drbd.conf
cat /sys/module/drbd/parameters/usermode_helper
lvs --noheadings --options=lv_name,lv_size --units=b vg0 | sort
sha256sum /var/lib/ganeti/ganeti_pub_keys
ls -A /root/.ssh /etc/ganeti /etc/modules-load.d /etc/modprobe.d | sort
"""
"""What a node is made of that a test may have left changed, and that nothing else changes."""
MASTER = """
gnt-instance list --no-headers --separator=: -o name,pnode,status | sort
gnt-job list --no-headers --running --separator=:
test ! -e /var/lib/ganeti/watcher.pause || echo paused
cat /var/lib/ganeti/ssconf_master_node
"""


def parts(paths: Paths, nodes: list[Node]) -> dict[str, str]:
    """What each node says of itself; compared with what it said when the cluster was new."""
    with ThreadPoolExecutor() as pool:
        told = pool.map(lambda node: run(paths, node, NODE, timeout=300).stdout, nodes)
        return {node.name: text for node, text in zip(nodes, told, strict=True)}


def well(paths: Paths, nodes: list[Node]) -> bool:
    """Whether all runs: guests, links, disks in sync, instances where they belong, no job, no pause."""
    if not network.exists() or network.is_cut() or not all(guest.alive(node) for node in nodes):
        return False
    if not cluster.synced(paths, nodes):
        return False
    expected = [f"{one.name}:{Node(one.primary).name}:running" for one in INSTANCES]
    told = run(paths, nodes[0], MASTER, timeout=300)
    return told.ok and told.stdout.split() == [*expected, nodes[0].name]
