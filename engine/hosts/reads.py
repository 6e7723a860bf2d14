"""Commands that only look. A `Read` cannot be made of any other command; this is what keeps a dry run dry.

The engine knows the plain tools of a Unix host; a pack adds the forms of its own tools. A form says every word of a
command: what it is, or what it has to be made of. For a word may come from what a host says, and many a program has a
language of its own in its arguments: an address of socat can execute a program, a name that begins with a dash is an
option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from engine.errors import FactError
from engine.hosts.command import shown

READ_TIMEOUT = 10.0
"""Seconds a read may take unless it says otherwise: a program that answers at once on a host that is well, and has not
by then, hangs."""
LARGEST = 4 * 1024 * 1024
"""Bytes a read may print, to each of its streams, unless it says otherwise."""

OPERAND = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./:@+=,-]*", re.ASCII)
"""A word that is no option and has nothing in it that a shell or a matcher of file names would take for its own."""
PATH = re.compile(r"/|(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.:@%+=,~-]+)+", re.ASCII)
"""The absolute path of one file, with no way upwards in it."""
NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", re.ASCII)
"""The name of a host, or of a unit of systemd."""
COUNT = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
COLUMNS = re.compile(r"[a-z]+(?::[0-9]{1,3})?=(?:,[a-z]+(?::[0-9]{1,3})?=)*", re.ASCII)
"""What `ps` is to print."""
FORMAT = re.compile(r"%[A-Za-z](?:[ :]?%[A-Za-z])*", re.ASCII)
"""What `stat` is to print."""


class UnknownReadError(FactError, ValueError):
    """A command that is not of a known form: the pack has no form for it, or what a host said would be a part of it."""

    code = "read-unknown"

    def __init__(self, argv: tuple[str, ...]) -> None:
        super().__init__(
            f"This is not a known read-only command: {shown(argv)}",
            why="A word of it is not what may stand there.",
            changed="It was not executed anywhere.",
            hint="If it holds something that a host said, that host is not to be believed: look at it. If not, the pack"
            " that made the command has to say its form.",
        )


@dataclass(frozen=True, slots=True)
class ReadForm:
    """The shape of a command that changes nothing.

    Attributes:
        words: the leading words, the program first: each as it is, or a form that it has to fit as a whole.
        exact: nothing may follow the leading words.
        forbidden: words that may not follow, as the whole word or as its beginning up to an equals sign.
        more: the form of each word that may follow; if not given, none of them can be an option.
    """

    words: tuple[str | re.Pattern[str], ...]
    exact: bool = False
    forbidden: frozenset[str] = field(default_factory=frozenset)
    more: re.Pattern[str] = OPERAND

    def allows(self, argv: tuple[str, ...]) -> bool:
        rest = argv[len(self.words) :]
        if len(argv) < len(self.words) or (self.exact and rest):
            return False
        return all(map(_fits, argv, self.words)) and not any(
            word.split("=", 1)[0] in self.forbidden or self.more.fullmatch(word) is None for word in rest
        )


def _fits(word: str, form: str | re.Pattern[str]) -> bool:
    return word == form if isinstance(form, str) else form.fullmatch(word) is not None


ANCHORS = ("journalctl", "-q", "--no-pager", "-o", "short", "-n", "5000", "-t", "gnt-runbook", "_UID=0")
"""What root left in the journal of systemd under our name; who sent it is noted there by the kernel's word."""

BASIC_FORMS = (
    ReadForm(("cat", PATH), more=PATH),
    ReadForm(("date", "+%s"), exact=True),
    ReadForm(("df", "-P", PATH), more=PATH),
    ReadForm(("getent", re.compile("ahosts|hosts"), NAME), exact=True),
    ReadForm(("head", "-n", COUNT, PATH), exact=True),
    ReadForm(("hostname", "--fqdn"), exact=True),
    ReadForm(ANCHORS, exact=True),
    ReadForm(("id",), exact=True),
    ReadForm(("id", "-u"), exact=True),
    ReadForm(("ip", "-o", "address", "show"), exact=True),
    ReadForm(("ls", "-1", PATH), exact=True),
    ReadForm(("ps", "-e", "-ww", "-o", COLUMNS), exact=True),
    ReadForm(("readlink", "-f", PATH), exact=True),
    ReadForm(("sha256sum", PATH), more=PATH),
    ReadForm(("stat", "-c", FORMAT, PATH), more=PATH),
    ReadForm(("stat", "-f", "-c", FORMAT, PATH), more=PATH),
    ReadForm(("systemctl", re.compile("cat|is-active|show"), NAME), exact=True),
    ReadForm(("tail", "-n", COUNT, PATH), exact=True),
    *(ReadForm(("test", f"-{what}", PATH), exact=True) for what in "defhrsx"),
    *(ReadForm(("uname", f"-{what}"), exact=True) for what in "mnrs"),
)

_known: set[ReadForm] = set(BASIC_FORMS)


def allow(forms: Iterable[ReadForm]) -> None:
    """Add a pack's forms. Called once, when the pack is loaded."""
    _known.update(forms)
    _only_looks.cache_clear()


def known() -> frozenset[ReadForm]:
    """Every form of which a read can be made now."""
    return frozenset(_known)


@lru_cache(maxsize=4096)
def _only_looks(argv: tuple[str, ...]) -> bool:
    return any(form.allows(argv) for form in _known)


@dataclass(frozen=True, slots=True)
class Read:
    """A command that only looks.

    Attributes:
        timeout: seconds until it counts as one that hangs.
        limit: bytes until it counts as one that prints without end.

    Raises:
        UnknownReadError: no known form allows this command.
    """

    argv: tuple[str, ...]
    timeout: float = READ_TIMEOUT
    limit: int = LARGEST

    def __post_init__(self) -> None:
        if not _only_looks(self.argv):
            raise UnknownReadError(self.argv)


def read(*argv: str, timeout: float = READ_TIMEOUT, limit: int = LARGEST) -> Read:
    """Short for `Read((…))`."""
    return Read(argv, timeout, limit)
