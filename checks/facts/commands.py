"""Every command this pack reads a node with; none of them needs a daemon, takes a lock or leaves a trace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from checks.parse.sshconfig import NAME
from checks.paths import (
    BACKUPS,
    CONFIG_DATA,
    DATA_DIR,
    FAKE_HYPERVISOR,
    GANETI_CONF,
    KEPT,
    KERNEL_LOG,
    LVM_CONF,
    QUEUE_DIR,
    ROOT_SSH,
    SSH_CONF,
)
from engine.transport.reads import LARGEST, Read, ReadForm, allow, read

SSCONF = read(
    "grep", "-r", "-H", "-s", "", DATA_DIR, "--include=ssconf_*", "--exclude-dir=queue", "--exclude-dir=rapi"
)  # fmt: skip
QUEUE_SECONDS = 120.0
"""A queue that was never archived can hold many thousands of jobs."""
LOG_SECONDS = 30.0
"""How long a log may be searched, or a name looked up: that depends on how much there is, and on other hosts."""
LARGE = 32 * 1024 * 1024
"""Bytes of what grows with the cluster: the queue, that was never archived, and the configuration."""
QUEUE = read(
    "grep",
    "-r",
    "-H",
    "-s",
    "",
    QUEUE_DIR,
    "--include=job-*",
    "--exclude-dir=archive",
    timeout=QUEUE_SECONDS,
    limit=LARGE,
)
PROCESSES = read("ps", "-e", "-ww", "-o", "pid=,ppid=,user:20=,stat=,etimes=,args=")
ADDRESSES = read("ip", "-o", "address", "show")
DATE = read("date", "+%s")

MODULE_OPTIONS = read(
    "grep", "-r", "-H", "-s", "-E", "^[[:space:]]*options[[:space:]]+drbd[[:space:]]", "/etc/modprobe.d",
    "--include=*.conf",
)  # fmt: skip
BOOT_MODULES = read(
    "grep", "-r", "-h", "-s", "-E", "^[[:space:]]*drbd[[:space:]]*$", "/etc/modules", "/etc/modules-load.d",
    "/lib/modules-load.d",
)  # fmt: skip
LVM_SETTINGS = read("grep", "-h", "-s", "-v", "-E", "^[[:space:]]*(#|$)", LVM_CONF)
"""lvm.conf without its comments, which are most of its hundred kilobytes."""

HOST_KEYS = read("grep", "-r", "-H", "-s", "", SSH_CONF, "--include=ssh_host_*_key.pub")
ROOT_KEYS = read("grep", "-r", "-H", "-s", "", ROOT_SSH, "--include=id_*.pub")
"""The public halves of the keys of root."""
ROOT_SSH_THERE = read("test", "-d", ROOT_SSH)

PROBE_SECONDS = 3
"""How long a TCP connection may take to be answered."""
SOCAT = ("socat", "-u", "OPEN:/dev/null")


@dataclass(frozen=True, slots=True)
class ConnectForm(ReadForm):
    """socat that sends nothing to one TCP port: `socat -u OPEN:/dev/null TCP4:…`, and no other use of it."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        rest = argv[len(self.words) :]
        return argv[: len(self.words)] == self.words and len(rest) == 1 and rest[0].startswith(("TCP4:", "TCP6:"))


DRBD_SECONDS = 10.0
"""How long DRBD's tools and LVM's are waited for: on a node with a stuck disk they may hang for good."""
DRBD_EVENTS = (
    r"drbd.*(role\(|disk\(|conn\(|Local IO failed|IO ERROR|self [0-9A-F]{16}:|peer [0-9A-F]{16}:"
    r"|uuid_compare|Split-Brain|Unrelated data|I shall become)"
)
"""What is looked for in the kernel log: changes of state, handshakes, errors of the backing disk."""
GET_GI = ("drbdsetup", "get-gi")
SUSPENDED_WORDS = ("dmsetup", "info", "--columns", "--noheadings", "--separator=:", "--options=name,suspended")
VOLUMES_WORDS = (
    "lvs", "--noheadings", "--nosuffix", "--units=b", "--separator=:", "--options=vg_name,lv_name,lv_size,vg_free",
)  # fmt: skip
TAGGED_WORDS = (
    "lvs", "--noheadings", "--nosuffix", "--units=b", "--separator=:", "--options=vg_name,lv_name,lv_size,lv_tags",
)  # fmt: skip
EXTENTS_WORDS = (
    "vgs", "--noheadings", "--nosuffix", "--units=b", "--separator=:", "--options=vg_name,vg_extent_size,vg_free",
)  # fmt: skip
META_PLACE = re.compile(r"/dev/[A-Za-z0-9+_.][A-Za-z0-9+_.-]*/[A-Za-z0-9+_.][A-Za-z0-9+_.-]*", re.ASCII)
META_FORM = "flex-external"
"""The metadata of Ganeti's disks: on a volume of their own, of any size (lib/storage/drbd_cmdgen.py, for 8.4)."""
JOURNAL_WORDS = (
    "journalctl", "--quiet", "--no-pager", "--output=short-iso", "--lines=5000", "--reverse",
    f"--grep={DRBD_EVENTS}", "_TRANSPORT=kernel",
)  # fmt: skip

GROUPS_WORDS = (
    "vgs", "--noheadings", "--nosuffix", "--units=b", "--separator=:", "--options=vg_name,vg_size,vg_free",
)  # fmt: skip
MEMBERS_WORDS = ("pvs", "--noheadings", "--separator=:", "--options=pv_name,vg_name")
DEVICES_WORDS = ("lsblk", "--pairs", "--bytes", "--paths", "--output=NAME,TYPE,SIZE,MOUNTPOINT,FSTYPE,PKNAME")
MARKS_WORDS = ("wipefs", "--no-act", "--parsable")
PACKAGES_WORDS = ("dpkg-query", "--show", r"--showformat=${Package} ${Version} ${db:Status-Status}\n")
FILES_WORDS = ("find", GANETI_CONF, "-type", "f", "-exec", "sha256sum", "{}", "+")
LINKS_WORDS = ("find", GANETI_CONF, "-type", "l", "-printf", r"%p\t%l\n")
KEPT_FOLDERS = ("/etc", "/etc/default", "/etc/lvm", "/etc/modprobe.d", ROOT_SSH, DATA_DIR, BACKUPS)
"""Where runbooks keep what they change: the backup of a file stands beside it, what they move away in /var/backups."""
KEPT_WORDS = (
    "find", *KEPT_FOLDERS, "-maxdepth", "1", "-type", "f", "-name", "*.[0-9]*-[0-9]*-*-????",
    "-printf", r"%s\t%p\n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeviceForm(ReadForm):
    """A tool that is asked about one device by its path, and about nothing else."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        head, rest = argv[: len(self.words)], argv[len(self.words) :]
        return head == self.words and len(rest) == 1 and DEVICE.fullmatch(rest[0]) is not None


DEVICE = re.compile(r"/dev/[A-Za-z0-9_][A-Za-z0-9._+:@/-]*")


@dataclass(frozen=True, slots=True)
class NamesForm(ReadForm):
    """A tool that is asked about names of packages, and about nothing else."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        head, rest = argv[: len(self.words)], argv[len(self.words) :]
        return head == self.words and bool(rest) and all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]*", word) for word in rest)


@dataclass(frozen=True, slots=True)
class MinorForm(ReadForm):
    """A tool of DRBD that is asked about one device by its number, and about nothing else."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        head, rest = argv[: len(self.words)], argv[len(self.words) :]
        return head == self.words and len(rest) == 1 and rest[0].isascii() and rest[0].isdecimal()


SSH_SECONDS = 15.0
SSH_SETTINGS = ("ssh", "-G")


@dataclass(frozen=True, slots=True)
class SshSettingsForm(ReadForm):
    """What ssh would use for one host, without connecting: `ssh -G HOST`, since OpenSSH 6.8."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        rest = argv[len(self.words) :]
        return argv[: len(self.words)] == self.words and len(rest) == 1 and NAME.fullmatch(rest[0]) is not None


@dataclass(frozen=True, slots=True)
class MetadataForm(ReadForm):
    """`drbdmeta /dev/drbdN v08 VOLUME flex-external get-gi`, which only looks at metadata that no device uses."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        match argv:
            case ("drbdmeta", device, "v08", volume, form, "get-gi"):
                return (
                    re.fullmatch(r"/dev/drbd[0-9]{1,7}", device, re.ASCII) is not None
                    and META_PLACE.fullmatch(volume) is not None
                    and form == META_FORM
                )
            case _:
                return False


READ_FORMS = (
    ConnectForm(SOCAT),
    MetadataForm(("drbdmeta",)),
    MinorForm(GET_GI),
    ReadForm(EXTENTS_WORDS, exact=True),
    ReadForm(SUSPENDED_WORDS, exact=True),
    ReadForm(TAGGED_WORDS, exact=True),
    ReadForm(VOLUMES_WORDS, exact=True),
    ReadForm(JOURNAL_WORDS, exact=True),
    ReadForm(GROUPS_WORDS, exact=True),
    ReadForm(MEMBERS_WORDS, exact=True),
    ReadForm(DEVICES_WORDS, exact=True),
    DeviceForm(MARKS_WORDS),
    NamesForm(PACKAGES_WORDS),
    ReadForm(FILES_WORDS, exact=True),
    ReadForm(LINKS_WORDS, exact=True),
    ReadForm(KEPT_WORDS, exact=True),
    SshSettingsForm(SSH_SETTINGS),
)
# A read is refused unless its form is known, also when this module is used without its pack.
allow(READ_FORMS)

KERNEL_FILE = read("grep", "-a", "-h", "-E", DRBD_EVENTS, KERNEL_LOG, timeout=LOG_SECONDS)
KERNEL_JOURNAL = read(*JOURNAL_WORDS, timeout=LOG_SECONDS)
"""The journal, the newest line first: newer versions print it like that where lines are searched for and limited, and
older ones do not, unless they are told to. Only since systemd 237 it can search; only some keep it over a restart."""
SUSPENDED = read(*SUSPENDED_WORDS, timeout=DRBD_SECONDS)
VOLUMES = read(*VOLUMES_WORDS, timeout=DRBD_SECONDS)
GROUPS = read(*GROUPS_WORDS, timeout=DRBD_SECONDS)
MEMBERS = read(*MEMBERS_WORDS, timeout=DRBD_SECONDS)
DEVICES = read(*DEVICES_WORDS, timeout=DRBD_SECONDS)
PACKAGES = read(
    *PACKAGES_WORDS, "ganeti", "drbd-utils", "drbd8-utils", "lvm2", "rsync", "openssh-server",
)  # fmt: skip
"""Exit code 1 where one of them is not known there; the others are told all the same."""
CONF_FILES = read(*FILES_WORDS, timeout=LOG_SECONDS)
CONF_LINKS = read(*LINKS_WORDS)
KEPT_FILES = read(*KEPT_WORDS)
"""Files named after a run; exit code 1 where a folder is not there, and the others are told all the same."""
TAGGED = read(*TAGGED_WORDS, timeout=DRBD_SECONDS)
EXTENTS = read(*EXTENTS_WORDS, timeout=DRBD_SECONDS)
PROBES = (TAGGED,)
"""LVM hangs where a disk or a device below it does, and then all that Ganeti does with volumes hangs as well."""
KEPT_COPIES = read("ls", "-1", KEPT)
FAKE_INSTANCES = read("ls", "-1", FAKE_HYPERVISOR)


def generations(minor: int) -> Read:
    """The generation identifiers of one side; exit code 1 where it has no disk."""
    return read(*GET_GI, str(minor), timeout=DRBD_SECONDS)


def marks(device: str) -> Read:
    """What stands on a device: labels of file systems, partition tables, LVM; empty where it is empty."""
    return read(*MARKS_WORDS, device, timeout=DRBD_SECONDS)


def metadata(minor: int, volume: str) -> Read:
    """The generation identifiers in metadata that no device uses, by the path of their volume.

    Exit code 255 or 20 where there are none, or the device is in use (drbd-utils, drbdmeta).
    """
    return read("drbdmeta", f"/dev/drbd{minor}", "v08", volume, META_FORM, "get-gi", timeout=DRBD_SECONDS)


def cat(path: str) -> Read:
    return read("cat", path, limit=LARGE if path == CONFIG_DATA else LARGEST)


def owner_and_mode(*paths: str) -> Read:
    """Owner, group, mode in octal, kind and path of each; exit code 1 where one of them is not there."""
    return read("stat", "-c", "%U %G %a %F:%n", *paths)


def hashes(*paths: str) -> Read:
    """The SHA-256 of each file; exit code 1 where one of them is not there."""
    return read("sha256sum", *paths)


def ssh_settings(name: str) -> Read:
    """What ssh on that node would use for this host; exit code 255 where ssh is too old to say."""
    return read(*SSH_SETTINGS, name, timeout=SSH_SECONDS)


def resolve(name: str) -> Read:
    """The addresses of a name as programs on that node get them: exit code 0, or 2 where the name is not known."""
    return read("getent", "ahosts", name, timeout=LOG_SECONDS)


def quick_ping(address: str) -> Read:
    """Three echo requests in little more than a second; exit codes as of `ping`."""
    return read("ping", "-n", "-c", "3", "-i", "0.3", "-W", "1", address)


def ping(address: str) -> Read:
    """Two echo requests; exit code 0 if one was answered, 1 if none."""
    return read("ping", "-n", "-c", "2", "-W", "2", address)


def connect(address: str, port: int) -> Read:
    """Open a TCP connection and close it; exit code 0 if something accepted it."""
    where = f"TCP6:[{address}]" if isinstance(ip_address(address), IPv6Address) else f"TCP4:{address}"
    return read(*SOCAT, f"{where}:{port},connect-timeout={PROBE_SECONDS}")
