"""Every command this pack reads a node with; none of them needs a daemon, takes a lock or leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from checks.paths import DATA_DIR, KERNEL_LOG, PUBLIC_KEYS, QUEUE_DIR
from engine.transport.reads import Read, ReadForm, read

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
SPLIT_BRAINS = read("grep", "-a", "-h", "-E", "Split-Brain|split-brain|uuid_compare", KERNEL_LOG)

PROBE_SECONDS = 3
"""How long a TCP connection may take to be answered."""
SOCAT = ("socat", "-u", "OPEN:/dev/null")


@dataclass(frozen=True, slots=True)
class ConnectForm(ReadForm):
    """socat that sends nothing to one TCP port: `socat -u OPEN:/dev/null TCP4:…`, and no other use of it."""

    def allows(self, argv: tuple[str, ...]) -> bool:
        rest = argv[len(self.words) :]
        return argv[: len(self.words)] == self.words and len(rest) == 1 and rest[0].startswith(("TCP4:", "TCP6:"))


READ_FORMS = (ConnectForm(SOCAT),)


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
