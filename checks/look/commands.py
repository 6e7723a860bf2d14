"""Every command this pack reads a node with; none of them needs a daemon, takes a lock or leaves a trace."""

from __future__ import annotations

import re

from checks.look.grammar import ADDRESS_FORM, DEVICE, HOST, V4, V6, VOLUME_PATH
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
from engine.hosts.reads import LARGEST, PATH, READ_TIMEOUT, Read, ReadForm, allow, read

_FIXED: list[ReadForm] = []


def _fixed(*argv: str, timeout: float = READ_TIMEOUT, limit: int = LARGEST) -> Read:
    """A command that is always the same, word by word: it is a form by itself."""
    _FIXED.append(ReadForm(argv, exact=True))
    allow(_FIXED[-1:])
    return Read(argv, timeout, limit)


def _grep(*argv: str, timeout: float = READ_TIMEOUT, limit: int = LARGEST) -> Read:
    """Lines of files, whatever is in them: one with NULs, as a power cut leaves it, must not cost all the others."""
    return _fixed("grep", "-a", *argv, timeout=timeout, limit=limit)


SSCONF = _grep(
    "-r", "-H", "-s", "", DATA_DIR, "--include=ssconf_*", "--exclude-dir=queue", "--exclude-dir=rapi"
)  # fmt: skip
QUEUE_SECONDS = 120.0
"""A queue that was never archived can hold many thousands of jobs."""
LOG_SECONDS = 30.0
"""How long a log may be searched, or a name looked up: that depends on how much there is, and on other hosts."""
LARGE = 32 * 1024 * 1024
"""Bytes of what grows with the cluster: the queue, that was never archived, and the configuration."""
QUEUE = _grep(
    "-r", "-H", "-s", "", QUEUE_DIR, "--include=job-*", "--exclude-dir=archive",
    timeout=QUEUE_SECONDS, limit=LARGE,
)  # fmt: skip
PROCESSES = _fixed("ps", "-e", "-ww", "-o", "pid=,ppid=,user:20=,stat=,etimes=,args=")
ADDRESSES = _fixed("ip", "-o", "address", "show")
DATE = _fixed("date", "+%s")

MODULE_OPTIONS = _grep(
    "-r", "-H", "-s", "-E", "^[[:space:]]*options[[:space:]]+drbd[[:space:]]", "/etc/modprobe.d",
    "--include=*.conf",
)  # fmt: skip
BOOT_MODULES = _grep(
    "-r", "-h", "-s", "-E", "^[[:space:]]*drbd[[:space:]]*$", "/etc/modules", "/etc/modules-load.d",
    "/lib/modules-load.d",
)  # fmt: skip
LVM_SETTINGS = _grep("-h", "-s", "-v", "-E", "^[[:space:]]*(#|$)", LVM_CONF)
"""lvm.conf without its comments, which are most of its hundred kilobytes."""

HOST_KEYS = _grep("-r", "-H", "-s", "", SSH_CONF, "--include=ssh_host_*_key.pub")
ROOT_KEYS = _grep("-r", "-H", "-s", "", ROOT_SSH, "--include=id_*.pub")
"""The public halves of the keys of root."""
ROOT_SSH_THERE = _fixed("test", "-d", ROOT_SSH)

SSH_SECONDS = 15.0
PROBE_SECONDS = 3
"""How long a TCP connection may take to be answered."""


DRBD_SECONDS = 10.0
"""How long DRBD's tools and LVM's are waited for: on a node with a stuck disk they may hang for good."""
DRBD_EVENTS = (
    r"drbd.*(role\(|disk\(|conn\(|Local IO failed|IO ERROR|self [0-9A-F]{16}:|peer [0-9A-F]{16}:"
    r"|uuid_compare|Split-Brain|Unrelated data|I shall become)"
)
"""What is looked for in the kernel log: changes of state, handshakes, errors of the backing disk."""
_LVM = ("--noheadings", "--nosuffix", "--units=b", "--separator=:")
KERNEL_FILE = _grep("-h", "-E", DRBD_EVENTS, KERNEL_LOG, timeout=LOG_SECONDS)
KERNEL_JOURNAL = _fixed(
    "journalctl", "--quiet", "--no-pager", "--output=short-iso", "--lines=5000", "--reverse",
    f"--grep={DRBD_EVENTS}", "_TRANSPORT=kernel", timeout=LOG_SECONDS,
)  # fmt: skip
"""The journal, the newest line first: newer versions print it like that where lines are searched for and limited, and
older ones do not, unless they are told to. Only since systemd 237 it can search; only some keep it over a restart."""
SUSPENDED = _fixed(
    "dmsetup", "info", "--columns", "--noheadings", "--separator=:", "--options=name,suspended", timeout=DRBD_SECONDS
)
VOLUMES = _fixed("lvs", *_LVM, "--options=vg_name,lv_name,lv_size,vg_free", timeout=DRBD_SECONDS)
TAGGED = _fixed("lvs", *_LVM, "--options=vg_name,lv_name,lv_size,lv_tags", timeout=DRBD_SECONDS)
EXTENTS = _fixed("vgs", *_LVM, "--options=vg_name,vg_extent_size,vg_free", timeout=DRBD_SECONDS)
GROUPS = _fixed("vgs", *_LVM, "--options=vg_name,vg_size,vg_free", timeout=DRBD_SECONDS)
MEMBERS = _fixed("pvs", "--noheadings", "--separator=:", "--options=pv_name,vg_name", timeout=DRBD_SECONDS)
DEVICES = _fixed(
    "lsblk", "--pairs", "--bytes", "--paths", "--output=NAME,TYPE,SIZE,MOUNTPOINT,FSTYPE,PKNAME", timeout=DRBD_SECONDS
)
NEEDED_PACKAGES = ("ganeti", "drbd-utils", "drbd8-utils", "lvm2", "rsync", "openssh-server")
PACKAGES = _fixed("dpkg-query", "--show", r"--showformat=${Package} ${Version} ${db:Status-Status}\n", *NEEDED_PACKAGES)
"""Exit code 1 where one of them is not known there; the others are told all the same."""
CONF_FILES = _fixed("find", GANETI_CONF, "-type", "f", "-exec", "sha256sum", "{}", "+", timeout=LOG_SECONDS)
CONF_LINKS = _fixed("find", GANETI_CONF, "-type", "l", "-printf", r"%p\t%l\n")
KEPT_COPIES = _fixed("ls", "-1", KEPT)
KEPT_FOLDERS = ("/etc", "/etc/default", "/etc/lvm", "/etc/modprobe.d", ROOT_SSH, DATA_DIR, BACKUPS)
"""Where runbooks keep what they change: the backup of a file stands beside it, what they move away in /var/backups."""
KEPT_FILES = _fixed(
    "find", *KEPT_FOLDERS, "-maxdepth", "1", "-type", "f", "-name", "*.[0-9]*-[0-9]*-*-????", "-printf", r"%s\t%p\n"
)
"""Files named after a run; exit code 1 where a folder is not there, and the others are told all the same."""
FAKE_INSTANCES = _fixed("ls", "-1", FAKE_HYPERVISOR)
PROBES = (TAGGED,)
"""LVM hangs where a disk or a device below it does, and then all that Ganeti does with volumes hangs as well."""

_GET_GI = ("drbdsetup", "get-gi")
_METADATA = ("flex-external", "get-gi")
"""The metadata of Ganeti's disks: on a volume of their own, of any size (lib/storage/drbd_cmdgen.py, for 8.4)."""
_MARKS = ("wipefs", "--no-act", "--parsable")
_OWNERS = ("stat", "-c", "%U %G %a %F:%n")
_SSH_SETTINGS = ("ssh", "-G")
"""What ssh would use for one host, without connecting: since OpenSSH 6.8."""
_QUICK_PING = ("ping", "-n", "-c", "3", "-i", "0.3", "-W", "1")
_PING = ("ping", "-n", "-c", "2", "-W", "2")
_CONNECT = ("socat", "-u", "OPEN:/dev/null")
"""socat that sends nothing. Its addresses are a language in which programs can be executed and files written."""
_MINOR = re.compile(r"[0-9]{1,7}", re.ASCII)
_TARGET = re.compile(rf"(?:TCP4:{V4}|TCP6:\[{V6}\]):[1-9][0-9]{{0,4}},connect-timeout={PROBE_SECONDS}", re.ASCII)

READ_FORMS = (
    *_FIXED,
    ReadForm((*_CONNECT, _TARGET), exact=True),
    ReadForm((*_GET_GI, _MINOR), exact=True),
    ReadForm((*_MARKS, DEVICE.form), exact=True),
    ReadForm((*_OWNERS, PATH), more=PATH),
    ReadForm((*_PING, ADDRESS_FORM), exact=True),
    ReadForm((*_QUICK_PING, ADDRESS_FORM), exact=True),
    ReadForm((*_SSH_SETTINGS, HOST.form), exact=True),
    ReadForm(
        ("drbdmeta", re.compile(r"/dev/drbd[0-9]{1,7}", re.ASCII), "v08", VOLUME_PATH.form, *_METADATA), exact=True
    ),
)
# A read is refused unless its form is known, also when this module is used without its pack.
allow(READ_FORMS)


def generations(minor: int) -> Read:
    """The generation identifiers of one side; exit code 1 where it has no disk."""
    return read(*_GET_GI, str(minor), timeout=DRBD_SECONDS)


def marks(device: str) -> Read:
    """What stands on a device: labels of file systems, partition tables, LVM; empty where it is empty."""
    return read(*_MARKS, device, timeout=DRBD_SECONDS)


def metadata(minor: int, volume: str) -> Read:
    """The generation identifiers in metadata that no device uses, by the path of their volume.

    Exit code 255 or 20 where there are none, or the device is in use (drbd-utils, drbdmeta).
    """
    return read("drbdmeta", f"/dev/drbd{minor}", "v08", volume, *_METADATA, timeout=DRBD_SECONDS)


def cat(path: str) -> Read:
    return read("cat", path, limit=LARGE if path == CONFIG_DATA else LARGEST)


def owner_and_mode(*paths: str) -> Read:
    """Owner, group, mode in octal, kind and path of each; exit code 1 where one of them is not there."""
    return read(*_OWNERS, *paths)


def hashes(*paths: str) -> Read:
    """The SHA-256 of each file; exit code 1 where one of them is not there."""
    return read("sha256sum", *paths)


def ssh_settings(name: str) -> Read:
    """What ssh on that node would use for this host; exit code 255 where ssh is too old to say."""
    return read(*_SSH_SETTINGS, name, timeout=SSH_SECONDS)


def resolve(name: str) -> Read:
    """The addresses of a name as programs on that node get them: exit code 0, or 2 where the name is not known."""
    return read("getent", "ahosts", name, timeout=LOG_SECONDS)


def quick_ping(address: str) -> Read:
    """Three echo requests in little more than a second; exit codes as of `ping`."""
    return read(*_QUICK_PING, address)


def ping(address: str) -> Read:
    """Two echo requests; exit code 0 if one was answered, 1 if none."""
    return read(*_PING, address)


def connect(address: str, port: int) -> Read:
    """Open a TCP connection and close it; exit code 0 if something accepted it."""
    where = f"TCP6:[{address}]" if ":" in address else f"TCP4:{address}"
    return read(*_CONNECT, f"{where}:{port},connect-timeout={PROBE_SECONDS}")
