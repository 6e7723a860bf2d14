"""What is in a guest: the Debian packages and the files that make them fit for User-Mode Linux.

Whatever is here is part of the cache's key, so that a changed recipe is built anew.
"""

from dataclasses import dataclass
from textwrap import dedent

from tests.cluster.lab import names

SUITE = "bookworm"
PACKAGES = (
    *("ganeti", "drbd-utils", "lvm2", "openssh-server", "openssh-client", "sudo", "python3"),
    *("systemd", "systemd-sysv", "dbus", "udev", "kmod", "procps", "psmisc", "less", "fdisk", "strace"),
    *("iproute2", "iputils-ping", "iputils-arping", "rsync", "fping", "socat", "nftables"),
)
# Nobody reads these in a guest, and they are half of the files.
LEFT_OUT = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*", "/usr/share/info/*")

# What a guest does not need and every boot would pay for: here a fork costs ten times what it does elsewhere.
MASKED = (
    *("getty@tty1.service", "console-getty.service", "serial-getty@.service", "getty-static.service"),
    *("systemd-logind.service", "systemd-binfmt.service", "proc-sys-fs-binfmt_misc.automount"),
    *("systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "systemd-journal-flush.service"),
    *("lvm2-monitor.service", "systemd-pstore.service", "dev-hugepages.mount", "dev-mqueue.mount"),
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount"),
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer"),
    *("e2scrub_reap.service", "fstrim.timer", "logrotate.timer", "man-db.timer"),
    *("systemd-tmpfiles-clean.timer", "systemd-random-seed.service", "modprobe@.service", "drbd.service"),
)
# Loading the DRBD module is a step of preparing a node (and of repairing a reinstalled one), not of booting.
REMOVED = (
    *("/etc/machine-id", "/etc/modules-load.d/drbd.conf", "/lib/modules-load.d/drbd.conf"),
    *("/usr/lib/modules-load.d/drbd.conf", "/etc/resolv.conf", "/etc/update-motd.d/10-uname", "/etc/motd"),
    *(f"/etc/ssh/ssh_host_{kind}_key{end}" for kind in ("rsa", "ecdsa", "ed25519") for end in ("", ".pub")),
)
# The parts of the kernel's module tree a cluster node can want; wireless and odd file systems stay out.
MODULE_FOLDERS = (
    *("crypto", "lib", "block", "mm", "drivers/md", "drivers/block", "drivers/net", "fs/overlayfs"),
    *("net/netfilter", "net/ipv4", "net/ipv6", "net/bridge", "net/802", "net/llc", "net/sched"),
)


@dataclass(frozen=True)
class GuestFile:
    """A file in the guest's root file system."""

    path: str
    text: str
    mode: int = 0o644


def _file(path: str, text: str, mode: int = 0o644) -> GuestFile:
    return GuestFile(path, dedent(text).lstrip("\n"), mode)


FILES = (
    # The kernel starts this first. A fresh root file system gets its identity from the seed disk, a tar
    # archive; one that has its identity keeps it, because Ganeti changes parts of it (host keys, authorized
    # keys).
    _file(
        "/sbin/lab-init",
        """
        #!/bin/sh
        [ -b /dev/ubdc ] || mount -t devtmpfs devtmpfs /dev
        if [ ! -e /etc/lab/seeded ]; then
            tar -xf /dev/ubdc -C / && sync
        fi
        exec /lib/systemd/systemd "$@"
        """,
        0o755,
    ),
    _file(
        "/etc/systemd/system/lab-network.service",
        """
        [Unit]
        Description=Network of the lab
        DefaultDependencies=no
        Before=network.target network-pre.target
        After=local-fs.target
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/sbin/ip -batch /etc/lab/network
        [Install]
        WantedBy=multi-user.target
        """,
    ),
    # GHC's run-time (Ganeti's Haskell daemons) reserves up to 1 TiB of addresses and tries for ever when it
    # cannot; a User-Mode Linux guest has 512 GiB. With a limit set it asks for less. Starts are slow, hence
    # the time-outs.
    _file(
        "/etc/systemd/system.conf.d/lab.conf",
        """
        [Manager]
        DefaultLimitAS=16G
        DefaultTimeoutStartSec=900s
        DefaultTimeoutStopSec=120s
        """,
    ),
    _file("/etc/security/limits.d/lab.conf", "* - as 16777216\nroot - as 16777216\n"),
    # A cold start for every device in /sys takes longer than the rest of the boot.
    _file(
        "/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf",
        """
        [Service]
        ExecStart=
        ExecStart=-udevadm trigger --type=all --action=add --subsystem-match=block
        """,
    ),
    _file(
        "/etc/ssh/sshd_config.d/lab.conf",
        f"""
        Port {names.SSH_PORT}
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        MaxStartups 50
        MaxSessions 50
        """,
    ),
    _file("/etc/sudoers.d/lab", f"{names.OPERATOR} ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440),
    # LVM must never scan a DRBD device: it would find the instance's own volumes on it and hold it open.
    _file(
        "/etc/lvm/lvmlocal.conf",
        """
        devices {
            global_filter = [ "a|^/dev/ubd|", "r|.*|" ]
        }
        """,
    ),
    _file("/etc/hosts", names.hosts_file()),
    # There is no name server: nothing may wait for one.
    _file("/etc/resolv.conf", ""),
    _file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n"),
    _file("/etc/fstab", ""),
    # An operating system that installs nothing: only what Ganeti asks of one.
    _file("/usr/share/ganeti/os/noop/ganeti_api_version", "20\n"),
    _file("/usr/share/ganeti/os/noop/variants.list", "default\n"),
    _file("/usr/share/ganeti/os/noop/parameters.list", ""),
    *(
        _file(f"/usr/share/ganeti/os/noop/{script}", "#!/bin/sh\nexit 0\n", 0o755)
        for script in ("create", "import", "export", "rename", "verify")
    ),
)
