"""Commands that only look. A `Read` cannot be made of any other command; this is what keeps a dry run dry.

The engine knows the plain tools of a Unix host; a pack adds the forms of its own tools. A form names the leading
words of a command and, where a tool can also change things, forbids or limits the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

READ_TIMEOUT = 10.0
"""Seconds a read may take unless it says otherwise: a program that answers at once on a host that is well, and has not
by then, hangs."""
LARGEST = 4 * 1024 * 1024
"""Bytes a read may print, to each of its streams, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class ReadForm:
    """The shape of a command that changes nothing.

    Attributes:
        words: the leading words, the program first.
        exact: nothing may follow the leading words.
        forbidden: words that may not follow, as the whole word or as its beginning up to an equals sign.
    """

    words: tuple[str, ...]
    exact: bool = False
    forbidden: frozenset[str] = field(default_factory=frozenset)

    def allows(self, argv: tuple[str, ...]) -> bool:
        head, rest = argv[: len(self.words)], argv[len(self.words) :]
        if head != self.words or (self.exact and rest):
            return False
        return not any(word.split("=", 1)[0] in self.forbidden for word in rest)


ANCHORS = ("journalctl", "-q", "--no-pager", "-o", "short", "-n", "5000", "-t", "gnt-runbook", "_UID=0")
"""What root left in the journal of systemd under our name; who sent it is noted there by the kernel's word."""

BASIC_FORMS = (
    ReadForm(("cat",)),
    ReadForm(("date", "+%s"), exact=True),
    ReadForm(("df",)),
    ReadForm(("getent",)),
    ReadForm(("grep",)),
    ReadForm(("head",)),
    ReadForm(("hostname", "--fqdn"), exact=True),
    ReadForm(("id",)),
    ReadForm(("ls",)),
    ReadForm(("ping",), forbidden=frozenset({"-f"})),
    ReadForm(("ps",)),
    ReadForm(("readlink",)),
    ReadForm(("sha256sum",)),
    ReadForm(("stat",)),
    ReadForm(("tail",), forbidden=frozenset({"-f", "-F", "--follow", "--retry"})),
    ReadForm(("test",)),
    ReadForm(("uname",)),
    ReadForm(ANCHORS, exact=True),
    ReadForm(("ip", "-o", "address", "show")),
    ReadForm(("systemctl", "cat")),
    ReadForm(("systemctl", "is-active")),
    ReadForm(("systemctl", "show")),
)

_known: set[ReadForm] = set(BASIC_FORMS)


def allow(forms: Iterable[ReadForm]) -> None:
    """Add a pack's forms. Called once, when the pack is loaded."""
    _known.update(forms)
    _only_looks.cache_clear()


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
        ValueError: no known form allows this command; a mistake of the pack that made it.
    """

    argv: tuple[str, ...]
    timeout: float = READ_TIMEOUT
    limit: int = LARGEST

    def __post_init__(self) -> None:
        if not _only_looks(self.argv):
            raise ValueError(f"not a known read-only command: {' '.join(self.argv)}")


def read(*argv: str, timeout: float = READ_TIMEOUT, limit: int = LARGEST) -> Read:
    """Short for `Read((…))`."""
    return Read(argv, timeout, limit)
