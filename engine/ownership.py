"""Files and folders that the program relies on: nobody but root and whoever runs it may have written them."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from pathlib import Path

from engine.bounded_files import LARGEST, read_stream

NOT_FOLLOWED = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""For what nobody else should have put there: no symbolic link is followed, and no pipe is waited for."""


REMEDY = "See who put there what, then give it to yourself alone (chown, chmod go-w), or set another: docs/settings.md."
"""What to do about a `StrangerError`."""


class StrangerError(OSError):
    """Somebody else may have written it, or put it there."""

    def __init__(self, path: Path | str, why: str) -> None:
        super().__init__(errno.EPERM, f"{path}: {why}", str(path))


def stranger(status: os.stat_result) -> str:
    """Who else may have written what has this status, as the rest of a sentence; nothing if nobody else may."""
    if status.st_uid not in _ours():
        return f"it belongs to {name_of(status.st_uid)}"
    return "everybody may write to it" if status.st_mode & stat.S_IWOTH else ""


def stranger_of(path: Path) -> str:
    """The same of a file; nothing of one that cannot be looked at."""
    try:
        return stranger(path.stat())
    except OSError:
        return ""


def name_of(uid: int) -> str:
    """The name of an account, or its number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def check(path: Path, *, on_the_way: bool = False) -> None:
    """Look at a file or a folder that is relied on, wherever symbolic links lead; one that is not there is nobody's.

    Args:
        path: the file or the folder.
        on_the_way: only what is in it by one name is relied on, and looked at by itself: where nobody may take away
            what is another's (the sticky bit, as in /tmp), everybody may write.

    Raises:
        StrangerError: somebody else may have written it.
        OSError: it cannot be looked at.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    why = stranger(status)
    if why and not (on_the_way and status.st_uid in _ours() and status.st_mode & stat.S_ISVTX):
        raise StrangerError(path, why)


def read_own(path: Path, flags: int = os.O_CLOEXEC | os.O_NONBLOCK) -> bytes:
    """What is in a file that is relied on.

    Raises:
        StrangerError: somebody else may have written it.
        OSError: it cannot be read, or is no file.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if why := stranger(status):
            raise StrangerError(path, why)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        return read_stream(stream, str(path), LARGEST)


def make_folder(path: Path) -> list[Path]:
    """Make a folder for us alone, and those above it, where there are none.

    Returns:
        Those that were made.

    Raises:
        StrangerError: it is there, and somebody else may write to it.
        OSError: it cannot be made.
    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        # Each by itself: with `parents`, those above would be open to whomever the umask leaves them open.
        one.mkdir(mode=0o700, exist_ok=True)
    check(path)
    return missing


def _ours() -> set[int]:
    """Root, whoever runs this, and who became root by sudo to run it."""
    ours = {0, os.geteuid()}
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        ours.add(int(os.environ["SUDO_UID"]))
    return ours
