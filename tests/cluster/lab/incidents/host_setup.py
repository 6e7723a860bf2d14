"""What every node needs besides Ganeti, gone from one: DRBD's module and its options, LVM's filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.incidents.registry import incident

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab

OPTIONS, BOOT = "/etc/modprobe.d/drbd.conf", "/etc/modules-load.d/drbd.conf"
HELPER = "/sys/module/drbd/parameters/usermode_helper"
LVM_LOCAL = "/etc/lvm/lvmlocal.conf"


@incident("drbd-helper")
def helper(lab: Lab) -> dict[str, str]:
    """DRBD on the second node calls drbdadm, now and after the next boot, and its devices are in use."""
    node = lab.nodes[1]
    lab.must(node, f"rm {OPTIONS} && printf %s /sbin/drbdadm >{HELPER}")
    return {"node": node}


@incident("drbd-module")
def module(lab: Lab) -> dict[str, str]:
    """The second node was booted anew, and nothing sees to it there that DRBD's module is loaded."""
    node = lab.nodes[1]
    lab.must(node, ["rm", OPTIONS, BOOT])
    lab.power_cut(node)
    lab.power_on(node)
    return {"node": node}


@incident("lvm-filter")
def lvm_filter(lab: Lab) -> dict[str, str]:
    """LVM's filter is gone from the second node: the package's own file was put back."""
    node = lab.nodes[1]
    lab.must(node, f"printf 'local {{\\n}}\\n' >{LVM_LOCAL}")
    return {"node": node}
