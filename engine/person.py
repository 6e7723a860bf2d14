"""Whose process this is, as the kernel says: what two persons are told apart by. No variable is believed."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from engine.who import NO_LOGINUID, PROC

ROOT = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account of their own: the user id they logged in with, and its name."""

    uid: int
    name: str

    @property
    def known(self) -> dict[str, str]:
        """As the journal holds it."""
        return {"person": self.name, "uid": str(self.uid)}


def person_of(pid: int, proc: Path = PROC) -> Person | None:
    """The person behind a process; None where that cannot be told, as behind a login of root itself.

    The login that the kernel keeps through sudo and su counts. Where no login was kept, it is the one user besides
    root among the process and those above it; where there are several, somebody has become somebody else.
    """
    try:
        login = int((proc / str(pid) / "loginuid").read_text(encoding="ascii"))
        users = {login} if login != NO_LOGINUID else set(_users(pid, proc)) - {ROOT}
    except (OSError, ValueError):
        return None
    if len(users) != 1 or ROOT in users:
        return None
    uid = users.pop()
    try:
        return Person(uid, pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Person(uid, f"uid {uid}")


def me() -> Person | None:
    """The person behind this process."""
    return person_of(os.getpid())


def _users(pid: int, proc: Path) -> list[int]:
    """The real users of a process and of all above it.

    Raises:
        OSError, ValueError: one of them cannot be looked at.
    """
    users = []
    while pid > 0:
        text = (proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
        fields = dict(line.partition(":")[::2] for line in text.splitlines())
        users.append(int(fields.get("Uid", "").split()[0]))
        pid = int(fields.get("PPid", ""))
    return users
