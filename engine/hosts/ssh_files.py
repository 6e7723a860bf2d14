"""ssh_config without OpenSSH: paramiko reads it, after what it would get wrong was put right or refused."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from engine.errors import NOTHING_CHANGED, UsageError

USER_CONFIG = "~/.ssh/config"
SYSTEM_CONFIG = Path("/etc/ssh/ssh_config")

_INCLUDES = 16
"""Files within files, as many as OpenSSH allows."""
_CRITERIA = frozenset({"all", "host", "originalhost", "user", "localuser"})
"""Of Match, those that paramiko judges as OpenSSH does."""
_EVERYBODY = ("host *", "match all")
_ARGUMENT = re.compile(r"""\s*("[^"]*"|'[^']*'|[^\s"'])+""")


def block(*, user: str | None, port: int | None) -> Iterator[str]:
    yield "Host *"
    if user:
        if any(one.isspace() for one in user):
            raise UsageError(f"{user!r} cannot be a login name.", code="user-invalid")
        yield f"User {user}"
    if port:
        yield f"Port {port}"


def files(given: Path | None) -> Iterator[str]:
    if given is not None:
        yield from _lines(given, Path("~/.ssh").expanduser())
        return
    for path in (Path(USER_CONFIG).expanduser(), SYSTEM_CONFIG):
        if path.is_file():
            yield "Host *"
            yield from _lines(path, path.parent)


def _lines(path: Path, base: Path, depth: int = 0) -> Iterator[str]:
    """The lines of a file and of those it includes, without comments: paramiko knows of neither.

    Raises:
        UsageError: what would be understood in another way than OpenSSH does (code `ssh-config-unsupported`).
    """
    if depth > _INCLUDES:
        raise UsageError(f"{path} is included by itself.", code="ssh-config")
    block = "Host *"
    for number, whole in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = _without_comment(whole)
        words = line.strip().replace("=", " ", 1).split(None, 1)
        keyword = words[0].lower() if words else ""
        value = words[1] if len(words) > 1 else ""
        if keyword == "include" and value:
            for pattern in shlex.split(value):
                for name in sorted(glob.glob(str(base / expand(pattern)))):  # noqa: PTH207 - absolute
                    inner = list(_lines(Path(name), base, depth + 1))
                    if block.lower() not in _EVERYBODY and any(map(_section, inner)):
                        raise _unsupported(path, number, f"{name}, which is included within {block!r}, has sections")
                    yield from inner
                    yield block
            continue
        if keyword in ("host", "match"):
            block = " ".join([words[0], *value.split()])
            if keyword == "match":
                _judge(path, number, value)
        yield line


def _judge(path: Path, number: int, criteria: str) -> None:
    """Refuse a Match that cannot be judged here."""
    words = iter(shlex.split(criteria))
    for word in words:
        name = word.lower().removeprefix("!")
        if name not in _CRITERIA:
            raise _unsupported(path, number, f"Match {name}")
        if name != "all":
            next(words, None)


def _section(line: str) -> bool:
    return line.strip().replace("=", " ", 1).split(None, 1)[:1] in (["Host"], ["Match"]) or bool(
        re.match(r"\s*(?:host|match)\b", line, re.IGNORECASE)
    )


def _without_comment(line: str) -> str:
    """A line as OpenSSH reads it: an argument that begins with # ends it, but for commands."""
    keyword = re.match(r"\s*([A-Za-z]*)", line)
    if line.strip().startswith("#") or (
        keyword and keyword[1].lower() in ("proxycommand", "localcommand", "remotecommand")
    ):
        return line
    at = 0
    while match := _ARGUMENT.match(line, at):
        if match[0].lstrip().startswith("#"):
            return line[:at].rstrip()
        at = match.end()
    return line


def _unsupported(path: Path, number: int, what: str) -> UsageError:
    return UsageError(
        f"ssh_config cannot be understood here without OpenSSH: {what}.",
        why=f"It stands in {path}, line {number}, and no ssh was found on this machine to ask.",
        changed=NOTHING_CHANGED,
        hint="Install OpenSSH's client, or give an ssh_config without it by -F.",
        code="ssh-config-unsupported",
    )


def expand(text: str) -> Path:
    """A path with the home it begins with; as it is where there is no such user."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises
