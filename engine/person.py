"""Whose process this is, as the kernel says: what two persons are told apart by. No variable is believed."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from engine.who import NO_LOGINUID, PROC

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
