"""A node whose disks were replaced and that was installed anew: Debian, its network, ssh, the packages, and no more."""

from __future__ import annotations

from checks.world.cluster import DEFAULTS, DEFAULTS_PATH, SimulatedCluster
from checks.world.ganeti import host_keys, root_keys
from checks.world.node import host_setup, packages
from checks.world.node.filesystem import FileSystem
from checks.world.node.lvm import Storage
from checks.world.node.machine import Machine
from checks.world.power import power_off, power_on

OPERATOR = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbrHh6vrU9FPJoxHMc0c0dYouXb operator"
OLD_DISK = "ext4"
"""What stands on a disk that was used elsewhere before."""


def reinstall(cluster: SimulatedCluster, machine: Machine) -> None:
    """Replace its disks by empty ones, install Debian on them, and boot it."""
    power_off(cluster, machine)
    machine.files = FileSystem()
    machine.storage = Storage()
    machine.kernel_log.clear()
    now = cluster.now
    host_setup.bare(machine, now)
    host_keys.make(machine, turn=machine.boots + 1, now=now)
    packages.furnish(machine, cluster.version, now)
    short = machine.name.split(".", maxsplit=1)[0]
    machine.files.write("/etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{machine.name}\t{short}\n", mtime=now)
    machine.files.write(DEFAULTS_PATH, DEFAULTS, mtime=now)
    machine.files.make_dir(root_keys.FOLDER, mode=0o700)
    machine.files.write(root_keys.AUTHORIZED, f"{OPERATOR}\n", mode=0o600, mtime=now)
    power_on(cluster, machine)


def remove_packages(cluster: SimulatedCluster, machine: Machine) -> None:
    """Take away what belongs to Ganeti."""
    packages.remove(machine, ("ganeti", "drbd-utils", "lvm2", "rsync"), cluster.now)


def use_disk(machine: Machine) -> None:
    """The disk was used elsewhere before: a file system is on it."""
    for disk in machine.storage.disks:
        machine.storage.marks[disk] = [OLD_DISK]
