"""Every command this pack reads a node with; none of them needs a daemon, takes a lock or leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from checks.paths import DATA_DIR, FAKE_HYPERVISOR, KERNEL_LOG, LVM_CONF, PUBLIC_KEYS, QUEUE_DIR
from engine.transport.reads import Read, ReadForm, allow, read

SSCONF = read(
    "grep", "-r", "-H", "-s", "", DATA_DIR, "--include=ssconf_*", "--exclude-dir=queue", "--exclude-dir=rapi"
)  # fmt: skip
QUEUE_SECONDS = 120.0
"""A queue that was never archived can hold many thousands of jobs."""
QUEUE = read("grep", "-r", "-H", "-s", "", QUEUE_DIR, "--include=job-*", "--exclude-dir=archive", timeout=QUEUE_SECONDS)
PROCESSES = read("ps", "-e", "-ww", "-o", "pid=,ppid=,user:20=,stat=,etimes=,args=")
ADDRESSES = read("ip", "-o", "address", "show")
DATE = read("date", "+%s")
KEY_OWNERS = read("grep", "-o", "-E", "^[0-9a-f-]{36}", PUBLIC_KEYS)
"""The uuids of the nodes with a public key, without the keys."""

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
JOURNAL_WORDS = (
    "journalctl", "--quiet", "--no-pager", "--output=short-iso", "--lines=5000", f"--grep={DRBD_EVENTS}",
    "_TRANSPORT=kernel",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MinorForm(ReadForm):
    """A tool of DRBD that is asked about one device by its number, and about nothing else."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        head, rest = argv[: len(self.words)], argv[len(self.words) :]
        return head == self.words and len(rest) == 1 and rest[0].isascii() and rest[0].isdecimal()


READ_FORMS = (
    ConnectForm(SOCAT),
    MinorForm(GET_GI),
    ReadForm(SUSPENDED_WORDS, exact=True),
    ReadForm(VOLUMES_WORDS, exact=True),
    ReadForm(JOURNAL_WORDS, exact=True),
)
# A read is refused unless its form is known, also when this module is used without its pack.
allow(READ_FORMS)

KERNEL_FILE = read("grep", "-a", "-h", "-E", DRBD_EVENTS, KERNEL_LOG)
KERNEL_JOURNAL = read(*JOURNAL_WORDS)
"""The journal; only since systemd 237 it can search, and only some keep it over a restart."""
SUSPENDED = read(*SUSPENDED_WORDS, timeout=DRBD_SECONDS)
VOLUMES = read(*VOLUMES_WORDS, timeout=DRBD_SECONDS)
FAKE_INSTANCES = read("ls", "-1", FAKE_HYPERVISOR)


def generations(minor: int) -> Read:
    """The generation identifiers of one side; exit code 1 where it has no disk."""
    return read(*GET_GI, str(minor), timeout=DRBD_SECONDS)


def cat(path: str) -> Read:
    return read("cat", path)


def resolve(name: str) -> Read:
    """The addresses of a name as programs on that node get them: exit code 0, or 2 where the name is not known."""
    return read("getent", "ahosts", name)


def ping(address: str) -> Read:
    """Two echo requests; exit code 0 if one was answered, 1 if none."""
    return read("ping", "-n", "-c", "2", "-W", "2", address)


def connect(address: str, port: int) -> Read:
    """Open a TCP connection and close it; exit code 0 if something accepted it."""
    where = f"TCP6:[{address}]" if isinstance(ip_address(address), IPv6Address) else f"TCP4:{address}"
    return read(*SOCAT, f"{where}:{port},connect-timeout={PROBE_SECONDS}")
