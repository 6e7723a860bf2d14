"""What an administrator has set up on a node besides Ganeti: DRBD's module, LVM's filter (as on the real cluster)."""

from __future__ import annotations

from checks.world.node.machine import Machine

MODULES = "# /etc/modules: kernel modules to load at boot time.\n"
LVM_CONF = """\
config {
	checks = 1
}
devices {
	dir = "/dev"
	# This configuration option has an automatic default value.
	# filter = [ "a|.*|" ]
	# global_filter = [ "a|.*|" ]
}
"""
LVM_LOCAL_CONF = """\
# This is a local configuration file template for the LVM2 system
local {
}
"""
FILTER = 'devices {\n    global_filter = [ "r|^/dev/drbd|" ]\n}\n'


def bare(machine: Machine, now: float) -> None:
    """As the packages leave it."""
    machine.files.write("/etc/modules", MODULES, mtime=now)
    machine.files.make_dir("/etc/modprobe.d")
    machine.files.write("/etc/lvm/lvm.conf", LVM_CONF, mtime=now)
    machine.files.write("/etc/lvm/lvmlocal.conf", LVM_LOCAL_CONF, mtime=now)


def prepared(machine: Machine, now: float) -> None:
    """As Ganeti needs it."""
    bare(machine, now)
    machine.files.write("/etc/modules-load.d/drbd.conf", "drbd\n", mtime=now)
    options = "options drbd minor_count=128 usermode_helper=/bin/true\n"
    machine.files.write("/etc/modprobe.d/drbd.conf", options, mtime=now)
    machine.files.write("/etc/lvm/lvmlocal.conf", LVM_LOCAL_CONF + FILTER, mtime=now)
