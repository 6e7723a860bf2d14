"""What a guest still has of the image's preparations, taken away: it is then as Debian's installer leaves it.

Network and sshd stay, since an operator sets them up before anything of Ganeti's.
"""

from tests.cluster.lab.names import Node

SCRIPT = """
set -e
printf '127.0.0.1\\tlocalhost\\n127.0.1.1\\t{name}\\t{short}\\n' >/etc/hosts
printf 'local {{\\n}}\\n' >/etc/lvm/lvmlocal.conf
rm -f /etc/modprobe.d/drbd.conf /etc/modules-load.d/drbd.conf
"""


def script(node: Node) -> str:
    """A shell script that makes the node as bare as a new installation: its own name leads to the loopback address,
    LVM looks at every device, nothing loads DRBD."""
    return SCRIPT.format(name=node.name, short=node.short)
