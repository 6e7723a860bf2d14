"""Making a cluster out of bare nodes, as an administrator would: volume group, DRBD, init, add, instances."""

import json

from tests.cluster.lab import names
from tests.cluster.lab.names import INSTANCES, Instance, Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.remote import must, together
from tests.cluster.lab.timing import Timings

# What makes a bare node fit for Ganeti's DRBD disks. A reinstalled node needs the same again.
PREPARE = """
set -e
pvcreate -q /dev/ubdb
vgcreate -q {group} /dev/ubdb
echo drbd >/etc/modules-load.d/drbd.conf
echo 'options drbd minor_count=128 usermode_helper=/bin/true' >/etc/modprobe.d/drbd.conf
modprobe drbd
"""

# Wide enough for disks and memories as small as a test wants them.
BOUNDS = (
    "min:cpu-count=1,disk-count=0,disk-size=1,memory-size=1,nic-count=0,spindle-use=1/"
    "max:cpu-count=8,disk-count=16,disk-size=1048576,memory-size=32768,nic-count=8,spindle-use=12"
)

INIT = [
    *("gnt-cluster", "init", "--vg-name", names.VOLUME_GROUP),
    # The master IP on a dummy interface of its own, so that it comes and goes without touching the real ones.
    *("--master-netdev", "loopback1", "--master-netmask", "32", "--secondary-ip", Node(1).replication_ip),
    # The fake hypervisor starts, stops and migrates instances as files: DRBD is real, virtual machines are
    # not.
    *(
        "--enabled-hypervisors=fake",
        "--enabled-disk-templates=drbd,plain",
        "--drbd-usermode-helper=/bin/true",
    ),
    *("--node-parameters", f"ssh_port={names.SSH_PORT}", "--nic-parameters", "mode=routed,link=loopback1"),
    "--ipolicy-bounds-specs",
    BOUNDS,
    names.CLUSTER,
]


def prepare(paths: Paths, nodes: list[Node]) -> None:
    """Volume group and DRBD on bare nodes, all at once."""
    script = PREPARE.format(group=names.VOLUME_GROUP)
    together(paths, dict.fromkeys(nodes, script))


def add(paths: Paths, master: Node, node: Node) -> None:
    """Add a prepared node.

    The master's key has to be known there first: gnt-node would ask for a password. It asks about the new
    node's host key as well, hence the option and the closed standard input.
    """
    key = must(paths, master, "cat /root/.ssh/id_rsa.pub").stdout.strip()
    must(paths, node, f"echo '{key}' >>/root/.ssh/authorized_keys")
    must(paths, master, ["gnt-node", "add", "--no-ssh-key-check", "-s", node.replication_ip, node.name])


def form(paths: Paths, nodes: list[Node], timings: Timings) -> None:
    """From bare, booted nodes to a cluster whose instances run."""
    master = nodes[0]
    with timings.part("prepare the nodes"):
        prepare(paths, nodes)
    with timings.part("gnt-cluster init"):
        must(paths, master, INIT)
    for node in nodes[1:]:
        with timings.part(f"gnt-node add {node.short}"):
            add(paths, master, node)
    with timings.part("create the instances"):
        wanted = json.dumps([_definition(instance) for instance in INSTANCES])
        # One client for all of them: a gnt-* command takes many seconds before it does anything.
        must(
            paths,
            master,
            f"echo '{wanted}' >/tmp/instances.json && gnt-instance batch-create /tmp/instances.json",
        )

    with timings.part("start the instances"):
        # batch-create leaves them down, whatever it is told.
        must(paths, master, ["gnt-instance", "startup", "--all", "--force-multiple"])


def _definition(instance: Instance) -> dict[str, object]:
    return {
        "instance_name": instance.name,
        "mode": "create",
        "disk_template": "drbd",
        "disks": [{"size": size} for size in instance.disks],
        "pnode": Node(instance.primary).name,
        "snode": Node(instance.secondary).name,
        "os_type": "noop+default",
        "no_install": True,
        "nics": [],
        "beparams": {"maxmem": 32, "minmem": 32, "vcpus": 1},
        "hypervisor": "fake",
        "ip_check": False,
        "name_check": False,
        "start": False,
    }
