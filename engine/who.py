"""The person behind a run, not only the account it runs under, and where each thing said of them was read.

Nothing here is proof: docs/audit.md says what each source is worth.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import pwd
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
ANCESTORS = 32
"""How many processes above ours are looked at."""
LARGEST = 1 << 18
"""Bytes that are read of a file which others may have written."""
NO_LOGINUID = 2**32 - 1
"""What the kernel says of a process that no login began."""


@dataclass(frozen=True, slots=True)
class Who:
    """What is known of the person.

    Attributes:
        known: by name; only what is known is in it.
        sources: where each of these was read; for what is not known, why it is not.
    """

    known: Mapping[str, str]
    sources: Mapping[str, str]


def look() -> Who:
    """Look at everything that may tell who is behind this process. Raises nothing."""
    found = {
        "account": (_account(), "the user this process runs as"),
        "sudo_user": (os.environ.get("SUDO_USER", ""), "SUDO_USER, set by sudo"),
        "login": _login(),
        "loginuid": _loginuid(PROC / "self" / "loginuid"),
        "from": _origin(),
        "ssh_key": _key(),
        "terminal": (_terminal(), "the terminal this process reads from or writes to"),
        "machine": (socket.gethostname(), "the name of this machine"),
    }
    return Who(
        {name: value for name, (value, _source) in found.items() if value},
        {name: source for name, (value, source) in found.items() if value or name == "ssh_key"},
    )


def name_of(known: Mapping[str, str]) -> str:
    """The name of whoever is behind a run: the login that the kernel kept goes before what accounts say."""
    names = (str(known.get(one) or "") for one in ("loginuid", "login", "sudo_user", "account"))
    return next(filter(None, names), "")


def in_a_word(known: Mapping[str, str]) -> str:
    """The same, and where from."""
    name, origin = name_of(known), known.get("from", "")
    return f"{name} from {origin}" if name and origin else name


def _account() -> str:
    # Not getpass: it believes LOGNAME before the user id.
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def _login() -> tuple[str, str]:
    try:
        return os.getlogin(), "getlogin(3): the login that this terminal belongs to"
    except OSError:
        return "", ""


def _loginuid(path: Path) -> tuple[str, str]:
    """Whose login began all this, by the kernel's own book; sudo and su leave it as it is."""
    try:
        number = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return "", ""
    if number == NO_LOGINUID:
        return "", ""
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"uid {number}"
    return name, "/proc/self/loginuid, set at login and kept by the kernel"


def _origin() -> tuple[str, str]:
    value, source = _variable("SSH_CONNECTION")
    return value.split(" ")[0], source


def _key() -> tuple[str, str]:
    """The fingerprint of the key that was logged in with, if sshd was told to say so (ExposeAuthInfo)."""
    path, source = _variable("SSH_USER_AUTH")
    if not path:
        if _variable("SSH_CONNECTION")[0]:
            return "", "not known: sshd does not say it (ExposeAuthInfo in sshd_config)"
        return "", "not known: no ssh session was found"
    prints = list(fingerprints(_content(Path(path))))
    if not prints:
        return "", f"not known: {path} names no key (SSH_USER_AUTH)"
    return ", ".join(prints), f"{path}, written by sshd (SSH_USER_AUTH: {source})"


def fingerprints(text: str) -> Iterator[str]:
    """The SHA256 fingerprints in what sshd writes by ExposeAuthInfo: a line a method, `publickey TYPE KEY`."""
    for line in text.splitlines():
        match line.split():
            case ["publickey", _kind, encoded, *_]:
                try:
                    blob = base64.b64decode(encoded, validate=True)
                except (binascii.Error, ValueError):
                    continue
                yield "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _terminal() -> str:
    for number in (0, 1, 2):
        try:
            return os.ttyname(number)
        except OSError:
            continue
    return ""


def _variable(name: str) -> tuple[str, str]:
    """A variable of our environment, or of the nearest process above us that has it: sudo takes most of them away."""
    if value := os.environ.get(name):
        return value, name
    for pid, program in ancestors(os.getppid()):
        for one in _content(PROC / str(pid) / "environ").split("\0"):
            if one.startswith(f"{name}=") and (value := one.partition("=")[2]):
                return value, f"{name} of the process {pid} ({program}) above this one"
    return "", ""


def ancestors(pid: int) -> Iterator[tuple[int, str]]:
    """A process and those above it, the nearest first, with the names of their programs."""
    for _ in range(ANCESTORS):
        if pid <= 1:
            return
        fields = dict(line.partition(":")[::2] for line in _content(PROC / str(pid) / "status").splitlines())
        if "Name" not in fields:
            return
        yield pid, fields["Name"].strip()
        parent = fields.get("PPid", "").strip()
        pid = int(parent) if parent.isdigit() else 0


def _content(path: Path) -> str:
    """What is in a file, as far as it may be read; nothing of what is no file: a pipe could make us wait."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            return file.read(LARGEST).decode(errors="replace")
    except (OSError, ValueError):
        return ""
