"""Which program a name calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.world.programs import block_devices, copying, files, host_tools, lvm, lvm_report, system
from checks.world.programs.drbdmeta import drbdmeta
from checks.world.programs.drbdsetup import drbdsetup
from checks.world.programs.gnt_cluster import GNT_CLUSTER
from checks.world.programs.gnt_debug import GNT_DEBUG
from checks.world.programs.gnt_instance import GNT_INSTANCE
from checks.world.programs.gnt_job import GNT_JOB
from checks.world.programs.gnt_node import GNT_NODE
from checks.world.programs.grep import grep
from checks.world.programs.kernel_logs import dmesg, journalctl
from checks.world.programs.modules import awk, modprobe
from checks.world.programs.ownership import chmod, chown, ln
from checks.world.programs.shell import sh
from checks.world.programs.ssh import ssh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.world.call import Call

PROGRAMS: Mapping[str, Callable[[Call, list[str]], int]] = {
    "apt-get": host_tools.apt_get,
    "awk": awk,
    "blockdev": block_devices.blockdev,
    "cat": files.cat,
    "chmod": chmod,
    "chown": chown,
    "cp": files.move_or_copy,
    "date": system.date,
    "dd": block_devices.dd,
    "dmesg": dmesg,
    "dmsetup": block_devices.dmsetup,
    "dpkg-query": host_tools.dpkg_query,
    "drbdmeta": drbdmeta,
    "drbdsetup": drbdsetup,
    "env": copying.env,
    "find": copying.find,
    "getent": system.getent,
    "gnt-cluster": GNT_CLUSTER,
    "gnt-debug": GNT_DEBUG,
    "gnt-instance": GNT_INSTANCE,
    "gnt-job": GNT_JOB,
    "gnt-node": GNT_NODE,
    "grep": grep,
    "head": files.head_or_tail,
    "hostname": system.hostname,
    "id": system.identity,
    "ip": system.ip,
    "journalctl": journalctl,
    "kill": system.kill,
    "ln": ln,
    "logger": system.logger,
    "ls": files.ls,
    "lsblk": host_tools.lsblk,
    "lvchange": lvm.lvchange,
    "lvcreate": lvm.lvcreate,
    "lvremove": lvm.lvremove,
    "lvrename": lvm.lvrename,
    "lvs": lvm_report.lvs,
    "mkdir": files.mkdir,
    "modprobe": modprobe,
    "mv": files.move_or_copy,
    "pgrep": system.pgrep,
    "ping": system.ping,
    "pkill": system.pkill,
    "ps": system.ps,
    "pvcreate": lvm.pvcreate,
    "pvs": lvm_report.pvs,
    "rm": files.rm,
    "rsync": copying.rsync,
    "sha256sum": files.sha256sum,
    "sh": sh,
    "socat": system.socat,
    "ssh": ssh,
    "stat": files.stat,
    "systemctl": system.systemctl,
    "tail": files.head_or_tail,
    "test": files.test,
    "true": system.true,
    "uname": system.uname,
    "vgcreate": lvm.vgcreate,
    "vgremove": lvm.vgremove,
    "vgs": lvm_report.vgs,
    "wipefs": host_tools.wipefs,
}
