"""The kernel of a node as far as DRBD goes: whether its module is loaded and with what.

And the files that are made up when they are read: /proc, /sys, the kernel log, and the folder in which Ganeti's fake
hypervisor keeps a file for each instance that runs (lib/hypervisor/hv_fake.py).
"""

from __future__ import annotations

from datetime import UTC, datetime

from checks.drbd.parse.modprobe import parse_options
from checks.paths import KERNEL_LOG
from checks.world.drbd.proc import render
from checks.world.node.machine import Machine

MOUNTS = "/proc/mounts"
PROC = "/proc/drbd"
HYPERVISOR = "/run/ganeti/fake-hypervisor"
PARAMETERS = "/sys/module/drbd/parameters"
HELPER = f"{PARAMETERS}/usermode_helper"
DEFAULTS = {"usermode_helper": "/sbin/drbdadm", "minor_count": "32"}
"""What the module takes where nobody says anything (drivers/block/drbd/drbd_main.c)."""
AT_BOOT = ("/etc/modules", "/etc/modules-load.d", "/lib/modules-load.d")


def load(machine: Machine) -> None:
    """Load the module with the options of /etc/modprobe.d; nothing happens where it is loaded."""
    if machine.drbd_loaded:
        return
    machine.drbd_loaded = True
    lines = "".join(
        f"{path}:{line}\n"
        for path, file in machine.files.below("/etc/modprobe.d")
        if path.endswith(".conf")
        for line in (file.text or "").splitlines()
    )
    options = {key: value for one in parse_options(lines) if one.module == "drbd" for key, value in one.values.items()}
    for name, value in DEFAULTS.items():
        machine.files.write(f"{PARAMETERS}/{name}", f"{options.get(name, value)}\n")


def unload(machine: Machine) -> None:
    machine.drbd_loaded = False
    machine.files.remove("/sys/module/drbd")
    machine.files.remove(PROC)


def boot(machine: Machine) -> None:
    """What is loaded at boot: the module, if a file names it."""
    unload(machine)
    named = (line.strip() for top in AT_BOOT for _path, file in machine.files.below(top) for line in
             (file.text or "").splitlines())  # fmt: skip
    if "drbd" in named:
        load(machine)


def refresh(machine: Machine, now: float) -> None:
    """Bring the files that are made up in line with what there is now."""
    options = "ro,relatime,errors=remount-ro" if machine.read_only else "rw,relatime,errors=remount-ro"
    mounts = f"/dev/ubda / ext4 {options} 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"
    machine.files.write(MOUNTS, mounts, mode=0o444, mtime=now)
    if machine.drbd_loaded:
        machine.files.write(PROC, render(machine.drbd, machine.clock.monotonic()), mode=0o444, mtime=now)
    if machine.syslog and machine.kernel_log:
        host = machine.name.split(".", 1)[0]
        lines = (f"{datetime.fromtimestamp(when, UTC):%b %e %H:%M:%S} {host} kernel: {text}\n"
                 for when, text in machine.kernel_log)  # fmt: skip
        machine.files.write(KERNEL_LOG, "".join(lines), owner="root", group="adm", mode=0o640, mtime=now)
    if machine.domains or machine.daemon("noded") is not None:
        _refresh_hypervisor(machine, now)


def _refresh_hypervisor(machine: Machine, now: float) -> None:
    """The folder is made by the node daemon, and empty after a boot."""
    machine.files.make_dir(HYPERVISOR)
    for name in machine.files.names_in(HYPERVISOR):
        if name not in machine.domains:
            machine.files.remove(f"{HYPERVISOR}/{name}")
    for name in machine.domains:
        if machine.files.get(f"{HYPERVISOR}/{name}") is None:
            machine.files.write(f"{HYPERVISOR}/{name}", "1\n", mtime=now)
