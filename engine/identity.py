"""Who is behind this process and behind another one, by what the kernel says."""

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
from itertools import pairwise
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


ROOT = 0
FIRST = 1
"""The process above all others. Whatever leaves those above it ends up there: to be below it says nothing."""
LOGIN_PROGRAMS = frozenset({"login", "sshd", "sshd-session"})
"""Programs that root runs and that begin a session as somebody only after finding out who that is."""
NOT_THERE = " (deleted)"
"""What the kernel adds to the path of a program whose file was replaced since, as by an upgrade."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account of their own: the user id they logged in with, and its name.

    Attributes:
        kept: the kernel keeps the login; else the processes above told it.
    """

    uid: int
    name: str
    kept: bool = True

    @property
    def known(self) -> dict[str, str]:
        """As the journal holds it."""
        return {"person": self.name, "uid": str(self.uid)}


def person_of(pid: int, proc: Path = PROC) -> Person | None:
    """The person behind a process; None where that cannot be told, as behind a login of root itself.

    The login that the kernel keeps through sudo and su counts. Where none was kept, it is the one user besides root
    among the process and those above it, and only where they lead to a login or sshd that began a session as that very
    user: whoever is root can become anybody, and leave those above behind.
    """
    try:
        login = int((proc / str(pid) / "loginuid").read_text(encoding="ascii"))
        kept = login != NO_LOGINUID
        uid = login if kept else _logged_in(pid, proc)
    except (OSError, ValueError):
        return None
    if uid is None or uid == ROOT:
        return None
    try:
        return Person(uid, pwd.getpwuid(uid).pw_name, kept)
    except KeyError:
        return Person(uid, f"uid {uid}", kept)


def me() -> Person | None:
    """The person behind this process."""
    return person_of(os.getpid())


def why_not_two(one: Person, other: Person) -> str:
    """Why these two may be the same person, said to the other one; nothing if they are two."""
    if one.uid == other.uid:
        return f"{other.name} is who asks"
    if one.kept and not other.kept:
        # Where logins are kept, what has none is a service, or was begun by one: it may have become anybody.
        return f"the kernel keeps the login of {one.name}, who asks, and none behind {other.name}"
    if other.kept and not one.kept:
        return f"the kernel keeps the login of {other.name}, and none behind {one.name}, who asks"
    return ""


def _logged_in(pid: int, proc: Path) -> int | None:
    """The only user besides root among a process and those above it, if root's login program made it theirs.

    Raises:
        OSError, ValueError: one of them cannot be looked at.
    """
    above = list(_above(pid, proc))
    users = {uid for _pid, uid in above} - {ROOT}
    if len(users) != 1:
        return None
    user = users.pop()
    begun = (
        uid == ROOT and below == user and number != FIRST and _is_login_program(number, proc)
        for (_below, below), (number, uid) in pairwise(above)
    )
    return user if any(begun) else None


def _above(pid: int, proc: Path) -> Iterator[tuple[int, int]]:
    """A process and all above it, each with its real user.

    Raises:
        OSError, ValueError: one of them cannot be looked at.
    """
    while pid > 0:
        text = (proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
        fields = dict(line.partition(":")[::2] for line in text.splitlines())
        yield pid, int(fields.get("Uid", "").split()[0])
        pid = int(fields.get("PPid", ""))


def _is_login_program(pid: int, proc: Path) -> bool:
    """Whether a process runs such a program from where only root can put one: its own name is what it likes.

    Raises:
        OSError: it cannot be looked at; of root's processes only root can tell.
    """
    link = proc / str(pid) / "exe"
    path = Path(str(link.readlink()).removesuffix(NOT_THERE))
    return path.name in LOGIN_PROGRAMS and _is_roots(link) and _is_roots(path.parent)


def _is_roots(path: Path) -> bool:
    found = path.stat()
    return found.st_uid == ROOT and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
