"""From an argument list to what is executed: the same words here and on a host, and no shell in between.

sshd hands a command line to the login shell; `line` makes one in which each argument is one quoted word, so
that no argument can ever become syntax. The words around it fix what a command sees: the C locale, the search
path, an empty standard input.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from engine.errors import RefusedError
from engine.redaction.redactor import REDACTOR

LONGEST = 128 * 1024 - 1
"""Bytes Linux takes as one argument (MAX_ARG_STRLEN, less its NUL): the limit of a whole line sent by ssh."""


class UnusableCommandError(RefusedError, ValueError):
    """No host could be given this; what made it is at fault."""

    code = "command-unusable"


def shown(argv: Sequence[str]) -> str:
    """The command for a person to read, on one line and without secrets; what does not print is escaped."""
    text = shlex.join(REDACTOR.argv(argv))
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def words(argv: Sequence[str], *, search_path: Sequence[str], sudo: bool) -> list[str]:
    """The command with its environment, and with sudo where that is needed.

    sudo gets the environment too: it is then found by our search path and complains in English; it clears
    what it is given, so the command is given it again.

    Raises:
        UnusableCommandError: no program at all, a NUL or half a surrogate pair in a word, or a program whose
            name `env` would take for a variable.
    """
    if not argv or not argv[0]:
        raise UnusableCommandError("A command needs a program.")
    if "=" in argv[0]:
        raise UnusableCommandError(f"{argv[0]!r} cannot be the name of a program.")
    for word in argv:
        if "\0" in word:
            raise UnusableCommandError(f"A NUL byte cannot be part of a command: {word!r}.")
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise UnusableCommandError(f"No text that UTF-8 can hold: {word!r}.") from error
    environment = ["env", "LC_ALL=C", f"PATH={':'.join(search_path)}"]
    if sudo:
        return [*environment, "sudo", "-n", "--", *environment, *argv]
    return [*environment, *argv]


def line(argv: Sequence[str], *, search_path: Sequence[str], sudo: bool) -> str:
    """The one line that is sent. `exec` spares a process and lets a signal to the command show as what it is.

    Raises:
        UnusableCommandError: as for `words`.
        RefusedError: longer than a host would take.
    """
    text = f"exec {shlex.join(words(argv, search_path=search_path, sudo=sudo))} </dev/null"
    refuse_too_long(text)
    return text


def refuse_too_long(text: str) -> None:
    """Refuse what the kernel would refuse, before anything is sent.

    Raises:
        RefusedError: always with code `command-too-long`.
    """
    size = len(text.encode())
    if size > LONGEST:
        raise RefusedError(
            f"A command of {size} bytes is longer than a host takes ({LONGEST}).",
            changed="It was not sent.",
            code="command-too-long",
        )
